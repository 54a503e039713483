//! Who was refused, who is in which project and group, and what roles allow.

use serde::{Deserialize, Serialize};

use crate::{
    access::permission::Rule,
    ids::{CustomRoleId, GroupId, IdentityId, ProjectId, SsoProviderId, UserId},
    membership::Principal,
};

/// Who was refused, who is in which project and group, and what roles allow.
#[expect(missing_docs, reason = "the fields are the words of the wire; their types say the rest")]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", content = "metadata", rename_all = "kebab-case", rename_all_fields = "camelCase")]
pub enum AccessEvent {
    /// Something was refused for want of rights.
    AccessDenied {
        /// The operation, as the access table names it.
        operation: String,
        /// Why, in the words of the decision.
        reason: String,
    },
    /// Refusals of callers nobody knows, counted for one source and minute.
    AnonymousAccessDenied {
        operation: String,
        reason: String,
        count: u64,
        /// Whose token or secret it was.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        identity_id: Option<IdentityId>,
    },
    /// A machine was added to a project. Roles are named by their slugs.
    AddProjectIdentity { project_id: ProjectId, identity_id: IdentityId, roles: Vec<String> },
    /// Its roles were changed.
    UpdateProjectIdentity { project_id: ProjectId, identity_id: IdentityId, roles: Vec<String> },
    /// It was removed from the project.
    RemoveProjectIdentity { project_id: ProjectId, identity_id: IdentityId },
    /// A person was added to a project.
    AddProjectUser { project_id: ProjectId, user_id: UserId, roles: Vec<String> },
    /// Their roles were changed.
    UpdateProjectUser { project_id: ProjectId, user_id: UserId, roles: Vec<String> },
    /// They were removed from the project.
    RemoveProjectUser { project_id: ProjectId, user_id: UserId },
    /// A group was added to a project.
    AddProjectGroup { project_id: ProjectId, group_id: GroupId, roles: Vec<String> },
    /// Its roles were changed.
    UpdateProjectGroup { project_id: ProjectId, group_id: GroupId, roles: Vec<String> },
    /// It was removed from the project.
    RemoveProjectGroup { project_id: ProjectId, group_id: GroupId },
    /// A project made a role.
    CreateProjectRole { project_id: ProjectId, role_id: CustomRoleId, slug: String, rules: Vec<Rule> },
    /// It changed one.
    UpdateProjectRole {
        project_id: ProjectId,
        role_id: CustomRoleId,
        slug: String,
        updated_fields: Vec<String>,
        rules: Vec<Rule>,
    },
    /// It removed one.
    DeleteProjectRole { project_id: ProjectId, role_id: CustomRoleId, slug: String },
    /// A group was made.
    CreateGroup { group_id: GroupId, name: String, slug: String },
    /// A group was changed.
    UpdateGroup { group_id: GroupId, updated_fields: Vec<String> },
    /// A group was removed, and what it gave.
    DeleteGroup { group_id: GroupId, name: String, slug: String },
    /// Somebody came into a group.
    AddGroupMember {
        group_id: GroupId,
        member: Principal,
        /// The identity provider that said so at their sign-in.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        sso_provider_id: Option<SsoProviderId>,
    },
    /// Somebody left a group.
    RemoveGroupMember {
        group_id: GroupId,
        member: Principal,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        sso_provider_id: Option<SsoProviderId>,
    },
}
