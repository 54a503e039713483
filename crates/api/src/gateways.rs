//! Gateways: agents in private clusters.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Gateway {
    #[schema(format = Uuid)]
    pub id: String,
    pub name: String,
}
