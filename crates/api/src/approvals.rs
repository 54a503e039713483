//! Requests that wait for another person's word.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
pub struct ApproveRequest {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
pub struct DenyRequest {
    /// Why; whoever asked is told.
    pub reason: String,
}

/// Who asks.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Requester {
    /// `user` or `identity`.
    #[serde(rename = "type")]
    pub kind: String,
    #[schema(format = Uuid)]
    pub id: String,
    /// A person's address, or a machine's name.
    pub name: String,
}

#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Vote {
    #[schema(format = Uuid)]
    pub user_id: String,
    pub email: String,
    pub comment: Option<String>,
    #[schema(format = DateTime)]
    pub at: String,
}

#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ApprovalRequest {
    #[schema(format = Uuid)]
    pub id: String,
    /// Null where it is the organization's own.
    #[schema(format = Uuid)]
    pub project_id: Option<String>,
    /// What is asked for; its `type` is `issue-lease`, `loosen-policy` or `loosen-connection`.
    #[schema(value_type = Object)]
    pub wish: serde_json::Value,
    pub requester: Requester,
    /// The address it was asked from.
    pub ip_address: Option<String>,
    pub reason: Option<String>,
    /// `pending`, `approved`, `denied`, `used`, `expired` or `cancelled`.
    pub state: String,
    /// How many have to agree.
    pub approvals: u8,
    pub votes: Vec<Vote>,
    /// Until when it may be used, once approved.
    #[schema(format = DateTime)]
    pub usable_until: Option<String>,
    /// Who denied it.
    pub denied_by: Option<String>,
    pub denied_because: Option<String>,
    /// The lease it became.
    #[schema(format = Uuid)]
    pub lease_id: Option<String>,
    #[schema(format = DateTime)]
    pub created_at: String,
    /// Until when people may agree.
    #[schema(format = DateTime)]
    pub expires_at: String,
    #[schema(format = DateTime)]
    pub updated_at: String,
}

#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ApprovalRequestBody {
    pub approval_request: ApprovalRequest,
}

#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ApprovalRequestList {
    pub approval_requests: Vec<ApprovalRequest>,
    /// Give it as `cursor` for the next page; null on the last.
    pub next_cursor: Option<String>,
}
