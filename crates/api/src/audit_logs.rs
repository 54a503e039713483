//! The audit log.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct AuditLog {
    #[schema(format = Uuid)]
    pub id: String,
    pub event: AuditEvent,
    pub actor: AuditActor,
    pub ip_address: Option<String>,
    pub user_agent: Option<String>,
    /// `web`, `cli`, `k8-operator`, `terraform`, `InfisicalPythonSDK`, `InfisicalNodeSDK` or `other`.
    pub user_agent_type: Option<String>,
    pub project_id: Option<String>,
    pub project_name: Option<String>,
    /// On the older path of a project only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub project: Option<AuditProject>,
    pub org_id: Option<String>,
    #[schema(format = DateTime)]
    pub created_at: String,
    #[schema(format = DateTime)]
    pub updated_at: String,
    pub expires_at: Option<String>,
}

#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct AuditProject {
    pub name: String,
    pub slug: String,
}

#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct AuditEvent {
    #[serde(rename = "type")]
    #[schema(example = "create-dynamic-secret-lease")]
    pub kind: String,
    /// Fields of this kind of event.
    pub metadata: serde_json::Value,
}

#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct AuditActor {
    /// `identity`, `user`, `platform` or `unknownUser`.
    #[serde(rename = "type")]
    pub kind: String,
    pub metadata: serde_json::Value,
}

#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct AuditLogList {
    pub audit_logs: Vec<AuditLog>,
}
