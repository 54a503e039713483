//! Going on with a database that is a copy or was restored.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Adopted {
    /// Whether the database was held until now.
    pub was_held: bool,
}
