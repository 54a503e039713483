//! Roles that a project makes for itself.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// One line of a role. Within a role the last line that speaks decides; across roles one that forbids wins.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct PermissionRule {
    /// Such as `dynamic-secrets`.
    #[schema(example = "dynamic-secrets")]
    pub subject: String,
    /// One action, or a list.
    #[schema(value_type = Vec<String>, example = json!(["lease"]))]
    pub action: serde_json::Value,
    /// Whether the line forbids.
    #[serde(default)]
    pub inverted: bool,
    /// Where the line speaks: `environment`, `secretPath` and `metadata`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    pub conditions: Option<serde_json::Value>,
}

#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[schema(as = CreateRoleRequest)]
pub struct RoleRequest {
    /// What it is called where roles are given.
    pub slug: String,
    pub name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    pub permissions: Vec<PermissionRule>,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
pub struct RoleUpdateRequest {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub slug: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub permissions: Option<Vec<PermissionRule>>,
}

#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Role {
    /// Of a built-in role, its slug.
    pub id: String,
    #[schema(format = Uuid)]
    pub project_id: String,
    pub slug: String,
    pub name: String,
    pub description: Option<String>,
    pub permissions: Vec<PermissionRule>,
    /// Null of a built-in role.
    #[schema(format = DateTime)]
    pub created_at: Option<String>,
    /// Null of a built-in role.
    #[schema(format = DateTime)]
    pub updated_at: Option<String>,
}

#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct RoleBody {
    pub role: Role,
}

#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct RoleList {
    pub roles: Vec<Role>,
}
