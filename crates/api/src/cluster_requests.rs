//! What a lease's token did, as its cluster's audit log tells it.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A list of audit events as a Kubernetes API server sends it (`audit.k8s.io/v1`, `EventList`).
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
pub struct RequestImport {
    pub items: Vec<serde_json::Value>,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
pub struct ImportedRequests {
    /// Events that were read.
    pub events: u64,
    /// Those of them that were made with the token of a lease, and are kept.
    pub joined: u64,
}

#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ClusterRequest {
    /// `auditID` in the cluster.
    pub audit_id: String,
    #[schema(format = DateTime)]
    pub at: String,
    #[schema(example = "get")]
    pub verb: String,
    pub uri: String,
    pub api_group: Option<String>,
    pub resource: Option<String>,
    pub subresource: Option<String>,
    pub namespace: Option<String>,
    pub name: Option<String>,
    /// The status that the API server answered with.
    pub status: Option<i64>,
    pub source_ip: Option<String>,
    pub user_agent: Option<String>,
}

#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ClusterRequestList {
    pub requests: Vec<ClusterRequest>,
    /// Whether as many are kept as one lease may have: further ones are not.
    pub is_cut: bool,
    /// Give it as `cursor` for the next page; null on the last.
    pub next_cursor: Option<String>,
}

#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct AuditIntake {
    #[schema(format = Uuid)]
    pub connection_id: String,
    #[schema(format = DateTime)]
    pub created_at: String,
    /// When the API server was heard last.
    #[schema(format = DateTime)]
    pub last_heard_at: Option<String>,
    pub events: i64,
    pub joined: i64,
}

#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct AuditIntakeBody {
    /// Null where the connection has none.
    pub intake: Option<AuditIntake>,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct AuditIntakeRequest {
    /// The address at which the API server reaches Mayfly, such as `https://mayfly.example.com`.
    pub server_url: String,
    /// PEM certificates that it trusts there; absent, those of its machine.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub server_ca: Option<String>,
}

#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct MadeAuditIntake {
    pub intake: AuditIntake,
    /// For the API server's `--audit-webhook-config-file`. Shown this once: it holds the only copy of the token.
    pub kubeconfig: String,
}
