//! Memberships of all kinds as one shape.

use mayfly_api::{
    leases::Lease,
    memberships::{
        GroupMembership, GroupMembershipBody, Membership, MembershipBody, MembershipRole, UserMembership,
        UserMembershipBody,
    },
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::{commands::principal::Kind, time};

/// What somebody may do in a project.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Member {
    #[serde(rename = "type")]
    kind: &'static str,
    id: String,
    name: String,
    pub(super) roles: Vec<MembershipRole>,
    created_at: String,
    updated_at: String,
}

/// As the server answers for each kind.
#[derive(Deserialize)]
#[serde(untagged)]
pub(super) enum AnyMembership {
    User(UserMembershipBody),
    Identity(MembershipBody),
    Group(GroupMembershipBody),
}

/// As the server answers a removal: with the leases that are not over, where it names them.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Removed {
    #[serde(flatten)]
    pub(super) membership: AnyMembership,
    pub(super) leases_left: Option<Vec<Lease>>,
}

impl From<AnyMembership> for Member {
    fn from(any: AnyMembership) -> Self {
        match any {
            AnyMembership::User(body) => body.user_membership.into(),
            AnyMembership::Identity(body) => body.identity_membership.into(),
            AnyMembership::Group(body) => body.group_membership.into(),
        }
    }
}

impl From<UserMembership> for Member {
    fn from(of: UserMembership) -> Self {
        let UserMembership { user_id, roles, user, created_at, updated_at, .. } = of;
        Self { kind: Kind::User.word(), id: user_id, name: user.email, roles, created_at, updated_at }
    }
}

impl From<Membership> for Member {
    fn from(of: Membership) -> Self {
        let Membership { identity_id, roles, identity, created_at, updated_at, .. } = of;
        Self { kind: Kind::Identity.word(), id: identity_id, name: identity.name, roles, created_at, updated_at }
    }
}

impl From<GroupMembership> for Member {
    fn from(of: GroupMembership) -> Self {
        let GroupMembership { group_id, roles, group, created_at, updated_at, .. } = of;
        Self { kind: Kind::Group.word(), id: group_id, name: group.slug, roles, created_at, updated_at }
    }
}

impl Member {
    /// A row of a list.
    pub(super) fn row(&self) -> Vec<String> {
        let roles: Vec<String> = self.roles.iter().map(role).collect();
        vec![self.kind.to_owned(), self.name.clone(), roles.join(", "), self.id.clone()]
    }

    /// All of it, for a screen.
    pub(super) fn sheet(&self) -> Value {
        let roles: Vec<String> = self.roles.iter().map(role).collect();
        json!({
            "type": self.kind,
            "name": self.name,
            "id": self.id,
            "roles": roles,
            "createdAt": self.created_at,
            "updatedAt": self.updated_at,
        })
    }
}

/// A role by its slug, and until when it counts.
fn role(role: &MembershipRole) -> String {
    let slug = role.custom_role_slug.as_ref().unwrap_or(&role.role);
    match &role.temporary_access_end_time {
        Some(end) => format!("{slug} until {}", time::moment(end, time::now())),
        None => slug.clone(),
    }
}
