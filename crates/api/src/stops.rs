//! Stops: where nothing is issued until somebody lifts them.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct StopRequest {
    /// `everywhere`, `environment`, `cluster-connection` or `dynamic-secret`.
    #[schema(example = "everywhere")]
    pub scope: String,
    /// The id of what the scope names.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(format = Uuid)]
    pub target_id: Option<String>,
    /// Why; whoever asks for a token is told.
    pub reason: String,
}

#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Stop {
    #[schema(format = Uuid)]
    pub id: String,
    pub scope: String,
    #[schema(format = Uuid)]
    pub target_id: Option<String>,
    pub reason: String,
    #[schema(format = DateTime)]
    pub created_at: String,
}

#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct StopBody {
    pub stop: Stop,
}

#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct StopList {
    pub stops: Vec<Stop>,
    /// Give it as `cursor` for the next page; null on the last.
    pub next_cursor: Option<String>,
}
