//! Projects, environments with their policies, and folders.

use serde::{Deserialize, Serialize};

use crate::{
    ids::{ApprovalRequestId, EnvironmentId, FolderId, ProjectId},
    policy::PolicyRules,
};

/// Projects, environments with their policies, and folders.
#[expect(missing_docs, reason = "the fields are the words of the wire; their types say the rest")]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", content = "metadata", rename_all = "kebab-case", rename_all_fields = "camelCase")]
pub enum PlaceEvent {
    /// A project was made.
    CreateProject { project_id: ProjectId, name: String, slug: String },
    /// A project was changed.
    UpdateProject { project_id: ProjectId, updated_fields: Vec<String> },
    /// A project was removed.
    DeleteProject { project_id: ProjectId, name: String, slug: String },
    /// An environment was made.
    CreateEnvironment { project_id: ProjectId, env_id: EnvironmentId, name: String, slug: String },
    /// An environment was changed.
    UpdateEnvironment {
        project_id: ProjectId,
        env_id: EnvironmentId,
        updated_fields: Vec<String>,
        old_slug: String,
        new_slug: String,
    },
    /// An environment was removed.
    DeleteEnvironment { project_id: ProjectId, env_id: EnvironmentId, name: String, slug: String },
    /// A folder was made.
    CreateFolder { project_id: ProjectId, environment: String, folder_id: FolderId, folder_path: String },
    /// A folder was renamed or described anew.
    UpdateFolder {
        project_id: ProjectId,
        environment: String,
        folder_id: FolderId,
        folder_path: String,
        old_folder_path: String,
    },
    /// A folder was removed.
    DeleteFolder { project_id: ProjectId, environment: String, folder_id: FolderId, folder_path: String },
    /// What an environment asks of leases was changed.
    UpdateEnvironmentPolicy {
        project_id: ProjectId,
        env_id: EnvironmentId,
        environment: String,
        version: i64,
        rules: PolicyRules,
        /// The approval that it needed.
        #[serde(skip_serializing_if = "Option::is_none")]
        approval_request_id: Option<ApprovalRequestId>,
    },
}
