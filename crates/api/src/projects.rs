//! Projects.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::environments::EnvironmentSummary;

#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct CreateProjectRequest {
    #[schema(example = "Shop")]
    pub project_name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub project_description: Option<String>,
    /// Made from the name when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub slug: Option<String>,
    /// `secret-manager`, the only type there is.
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    /// Development, Staging and Production.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(default = true)]
    pub should_create_default_envs: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(default = false)]
    pub has_delete_protection: Option<bool>,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct UpdateProjectRequest {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub slug: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub has_delete_protection: Option<bool>,
}

#[expect(clippy::struct_excessive_bools, reason = "the shape existing clients know")]
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Project {
    #[schema(format = Uuid)]
    pub id: String,
    /// The same as `id`, for older clients.
    #[serde(rename = "_id")]
    #[schema(format = Uuid)]
    pub underscore_id: String,
    pub name: String,
    pub slug: String,
    pub description: Option<String>,
    #[serde(rename = "type")]
    pub kind: String,
    #[schema(format = Uuid)]
    pub org_id: String,
    pub auto_capitalization: bool,
    pub pit_version_limit: u32,
    pub audit_logs_retention_days: Option<u32>,
    pub has_delete_protection: bool,
    pub version: u32,
    pub upgrade_status: Option<String>,
    pub kms_certificate_key_id: Option<String>,
    pub secret_sharing: bool,
    pub show_snapshots_legacy: bool,
    pub secret_detection_ignore_values: Option<Vec<String>>,
    pub default_product: Option<String>,
    pub environments: Vec<EnvironmentSummary>,
    #[schema(format = DateTime)]
    pub created_at: String,
    #[schema(format = DateTime)]
    pub updated_at: String,
}

#[derive(Clone, Serialize, Deserialize, ToSchema)]
pub struct ProjectBody {
    pub project: Project,
    /// After a removal: the leases in it that are not over, at most 100.
    #[serde(rename = "leasesLeft", skip_serializing_if = "Option::is_none")]
    pub leases_left: Option<Vec<crate::leases::Lease>>,
}

#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct WorkspaceBody {
    pub workspace: Project,
}

#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct ProjectList {
    pub projects: Vec<Project>,
}

#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct WorkspaceList {
    pub workspaces: Vec<Project>,
}
