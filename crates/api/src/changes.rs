//! What happened that a screen may have to show anew.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Something that happened and that the caller may see; what it is now is read where it lies. Beside these, `reload` says that
/// some were missed, and `beat` that the server is still there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Change {
    /// `lease-issued`, `lease-failed`, `lease-changed`, `lease-expired`, `lease-ended`, `approval-asked`, `approval-decided`,
    /// `dynamic-secret-changed`, `connection-changed`, `project-changed` or `issuing-changed`; others may follow.
    #[schema(example = "lease-issued")]
    pub kind: String,
    pub project_id: Option<String>,
    pub lease_id: Option<String>,
    pub dynamic_secret_id: Option<String>,
    pub approval_request_id: Option<String>,
    pub connection_id: Option<String>,
    #[schema(format = DateTime)]
    pub created_at: String,
}
