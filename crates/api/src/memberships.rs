//! What machines, people and groups may do in a project.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{groups::Group, identities::IdentitySummary};

/// One role, or several.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
pub struct MembershipRequest {
    /// `admin`, `member`, `viewer`, `provisioner`, `no-access`, or the slug of one of the project's own roles.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(default = "no-access")]
    pub role: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub roles: Option<Vec<RoleRequest>>,
    /// Of a change: what becomes of live leases if it takes the last right to lease away, `end` or `run-out`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(default = "end")]
    pub leases: Option<String>,
}

#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct RoleRequest {
    pub role: String,
    /// Whether it is given for a time.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(default = false)]
    pub is_temporary: Option<bool>,
    /// `relative`, with `isTemporary`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub temporary_mode: Option<String>,
    /// For how long, such as `8h`; required with `isTemporary`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub temporary_range: Option<String>,
    /// From when; from now on where absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(format = DateTime)]
    pub temporary_access_start_time: Option<String>,
}

#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Membership {
    #[schema(format = Uuid)]
    pub id: String,
    #[schema(format = Uuid)]
    pub identity_id: String,
    #[schema(format = Uuid)]
    pub project_id: String,
    pub roles: Vec<MembershipRole>,
    pub identity: IdentitySummary,
    #[schema(format = DateTime)]
    pub created_at: String,
    #[schema(format = DateTime)]
    pub updated_at: String,
}

#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct MembershipRole {
    pub id: String,
    pub role: String,
    pub custom_role_id: Option<String>,
    pub custom_role_name: Option<String>,
    pub custom_role_slug: Option<String>,
    pub is_temporary: bool,
    pub temporary_mode: Option<String>,
    pub temporary_range: Option<String>,
    pub temporary_access_start_time: Option<String>,
    pub temporary_access_end_time: Option<String>,
}

#[derive(Clone, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct MembershipBody {
    pub identity_membership: Membership,
    /// After the last right to lease was lost: the leases there that are not over, at most 100.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub leases_left: Option<Vec<crate::leases::Lease>>,
}

#[derive(Clone, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct MembershipRolesBody {
    pub roles: Vec<MembershipRole>,
    /// After the last right to lease was lost: the leases there that are not over, at most 100.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub leases_left: Option<Vec<crate::leases::Lease>>,
}

#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct MembershipList {
    pub identity_memberships: Vec<Membership>,
    pub total_count: u64,
}

/// A person, as a membership names them.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct UserSummary {
    #[schema(format = Uuid)]
    pub id: String,
    pub email: String,
}

#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct UserMembership {
    #[schema(format = Uuid)]
    pub id: String,
    #[schema(format = Uuid)]
    pub user_id: String,
    #[schema(format = Uuid)]
    pub project_id: String,
    pub roles: Vec<MembershipRole>,
    pub user: UserSummary,
    #[schema(format = DateTime)]
    pub created_at: String,
    #[schema(format = DateTime)]
    pub updated_at: String,
}

#[derive(Clone, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct UserMembershipBody {
    pub user_membership: UserMembership,
    /// Of a removal: leases that end now or run out, and tokens that cannot be taken back.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub leases_left: Option<Vec<crate::leases::Lease>>,
}

#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct UserMembershipList {
    pub user_memberships: Vec<UserMembership>,
    pub total_count: u64,
}

#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct GroupMembership {
    #[schema(format = Uuid)]
    pub id: String,
    #[schema(format = Uuid)]
    pub group_id: String,
    #[schema(format = Uuid)]
    pub project_id: String,
    pub roles: Vec<MembershipRole>,
    pub group: Group,
    #[schema(format = DateTime)]
    pub created_at: String,
    #[schema(format = DateTime)]
    pub updated_at: String,
}

#[derive(Clone, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct GroupMembershipBody {
    pub group_membership: GroupMembership,
    /// Of a removal: leases that end now or run out, and tokens that cannot be taken back.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub leases_left: Option<Vec<crate::leases::Lease>>,
}

#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct GroupMembershipList {
    pub group_memberships: Vec<GroupMembership>,
    pub total_count: u64,
}
