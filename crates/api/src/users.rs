//! People, and their invitations.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct User {
    #[schema(format = Uuid)]
    pub id: String,
    pub email: String,
    pub name: Option<String>,
    /// `admin`, `member` or `no-access`, in the organization.
    pub role: String,
    pub is_disabled: bool,
    pub has_second_factor: bool,
    #[schema(format = DateTime)]
    pub created_at: String,
    #[schema(format = DateTime)]
    pub updated_at: String,
}

#[derive(Clone, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct UserBody {
    pub user: User,
    /// What is left of the leases of those who may have none any more, where somebody lost the right: those that cannot be
    /// taken back, and those that are still ending. At most 100.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub leases_left: Option<Vec<crate::leases::Lease>>,
}

#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct UserList {
    pub users: Vec<User>,
    /// Give it as `cursor` for the next page; null on the last.
    pub next_cursor: Option<String>,
}

#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct OwnUser {
    pub user: User,
    #[schema(format = Uuid)]
    pub organization_id: String,
    pub organization_name: String,
    /// How many are left.
    pub recovery_codes: i64,
}

/// What is absent stays.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct UpdateUserRequest {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// `admin`, `member` or `no-access`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub role: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub is_disabled: Option<bool>,
    /// What becomes of live leases of whoever may have none any more: `end` (when absent) or `run-out`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub leases: Option<String>,
}

#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct InviteUserRequest {
    #[schema(example = "ben@example.com")]
    pub email: String,
    /// `admin`, `member` or `no-access`; `member` when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub role: Option<String>,
    /// Whether the link is sent by mail, too.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub by_mail: Option<bool>,
}

#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Invitation {
    #[schema(format = Uuid)]
    pub id: String,
    pub email: String,
    pub role: String,
    #[schema(format = DateTime)]
    pub created_at: String,
    #[schema(format = DateTime)]
    pub expires_at: String,
}

#[derive(Clone, Serialize, Deserialize, ToSchema)]
pub struct InvitedUser {
    pub invitation: Invitation,
    /// Where to join, once, within seven days. Shown this once.
    pub link: String,
}

#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct InvitationBody {
    pub invitation: Invitation,
}

#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct InvitationList {
    pub invitations: Vec<Invitation>,
    /// Give it as `cursor` for the next page; null on the last.
    pub next_cursor: Option<String>,
}

#[derive(Clone, Serialize, Deserialize, ToSchema)]
pub struct AcceptInvitationRequest {
    /// What stands behind the `#` of the link.
    pub token: String,
    #[schema(example = "Ben")]
    pub name: String,
    /// 12 to 128 characters, and not a common one.
    pub password: String,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ResetUserPasswordRequest {
    /// Whether the link is sent by mail, too.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub by_mail: Option<bool>,
}

#[derive(Clone, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct PasswordLink {
    /// Where to set a password, once. Shown this once.
    pub link: String,
    #[schema(format = DateTime)]
    pub expires_at: String,
}
