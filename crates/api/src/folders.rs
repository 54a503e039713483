//! Folders of an environment.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// The project is `projectId`, or `workspaceId` on the older path; the folder around it is `path`, or `directory`.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct CreateFolderRequest {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub project_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub workspace_id: Option<String>,
    /// Slug of the environment.
    pub environment: String,
    pub name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(default = "/")]
    pub path: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub directory: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
}

/// As [`CreateFolderRequest`], for a folder that exists.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct UpdateFolderRequest {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub project_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub workspace_id: Option<String>,
    pub environment: String,
    pub name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub directory: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct DeleteFolderRequest {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub project_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub workspace_id: Option<String>,
    pub environment: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub directory: Option<String>,
    /// Whether to remove what lies in it too; the older path always does.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(default = false)]
    pub force_delete: Option<bool>,
}

#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Folder {
    #[schema(format = Uuid)]
    pub id: String,
    pub name: String,
    #[schema(format = Uuid)]
    pub env_id: String,
    pub parent_id: Option<String>,
    pub is_reserved: bool,
    pub description: Option<String>,
    pub version: u32,
    pub last_secret_modified: Option<String>,
    /// Whole path of the folder.
    pub path: String,
    /// Path from the folder that was listed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub relative_path: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub project_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub environment: Option<FolderEnvironment>,
    #[schema(format = DateTime)]
    pub created_at: String,
    #[schema(format = DateTime)]
    pub updated_at: String,
}

#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct FolderEnvironment {
    pub env_id: String,
    pub env_name: String,
    pub env_slug: String,
}

#[derive(Clone, Serialize, Deserialize, ToSchema)]
pub struct FolderBody {
    pub folder: Folder,
    /// After a removal: the leases in it that are not over, at most 100.
    #[serde(rename = "leasesLeft", skip_serializing_if = "Option::is_none")]
    pub leases_left: Option<Vec<crate::leases::Lease>>,
}

#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct FolderList {
    pub folders: Vec<Folder>,
}
