//! Who belongs to a project, and the roles they were given there.

use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Deserializer, Serialize};

use crate::{
    access::{
        held::{RoleName, Span},
        role::ProjectRole,
    },
    ids::{CustomRoleId, GroupId, IdentityId, MembershipId, ProjectId, UserId},
    ttl::Ttl,
};

/// Somebody who can be given roles. People and machines act; a group only passes on what it was given.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(tag = "type", content = "id", rename_all = "kebab-case")]
pub enum Principal {
    /// A machine.
    Identity(IdentityId),
    /// A person.
    User(UserId),
    /// A group of both.
    Group(GroupId),
}

impl Principal {
    /// Its kind, as the wire and the table spell it.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Identity(_) => "identity",
            Self::User(_) => "user",
            Self::Group(_) => "group",
        }
    }

    /// What kind and id together name; `None` for a kind there is not, or no id.
    pub fn named(kind: &str, id: &str) -> Option<Self> {
        match kind {
            "identity" => id.parse().ok().map(Self::Identity),
            "user" => id.parse().ok().map(Self::User),
            "group" => id.parse().ok().map(Self::Group),
            _ => None,
        }
    }
}

impl fmt::Display for Principal {
    /// The bare id: ids of all kinds differ.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Identity(id) => id.fmt(formatter),
            Self::User(id) => id.fmt(formatter),
            Self::Group(id) => id.fmt(formatter),
        }
    }
}

/// What somebody was given in a project.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Membership {
    /// Id.
    pub id: MembershipId,
    /// Whose.
    pub principal: Principal,
    /// Where.
    pub project: ProjectId,
    /// One or more.
    pub roles: Vec<AssignedRole>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
}

impl Membership {
    /// The roles that the project made, among those it names.
    pub fn custom_roles(&self) -> impl Iterator<Item = CustomRoleId> {
        self.roles.iter().filter_map(AssignedRole::custom)
    }
}

/// One role of a membership.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AssignedRole {
    /// Which.
    pub role: RoleName,
    /// For how long, where not for ever.
    pub temporary: Option<Temporary>,
}

impl AssignedRole {
    /// The project's own role that it is, where it is one.
    pub const fn custom(&self) -> Option<CustomRoleId> {
        match self.role {
            RoleName::Custom(id) => Some(id),
            RoleName::BuiltIn(_) => None,
        }
    }
}

/// A role that is given for a time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Temporary {
    /// How long, as it was asked for.
    pub range: Ttl,
    /// From then on.
    pub from: Timestamp,
}

impl Temporary {
    /// When it counts.
    pub fn span(&self) -> Span {
        let seconds = i64::try_from(self.range.seconds()).unwrap_or(i64::MAX);
        let until = self.from.saturating_add(jiff::SignedDuration::from_secs(seconds)).unwrap_or(Timestamp::MAX);
        Span { from: self.from, until }
    }
}

impl From<ProjectRole> for AssignedRole {
    /// Given for ever.
    fn from(role: ProjectRole) -> Self {
        Self { role: RoleName::BuiltIn(role), temporary: None }
    }
}

/// As it is stored. A bare word is how 0.1.0 wrote a built-in role.
#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum Stored {
    Word(ProjectRole),
    Whole {
        #[serde(skip_serializing_if = "Option::is_none", default)]
        role: Option<ProjectRole>,
        #[serde(skip_serializing_if = "Option::is_none", default)]
        custom: Option<CustomRoleId>,
        #[serde(skip_serializing_if = "Option::is_none", default)]
        temporary: Option<Temporary>,
    },
}

impl Serialize for AssignedRole {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let (role, custom) = match self.role {
            RoleName::BuiltIn(role) => (Some(role), None),
            RoleName::Custom(id) => (None, Some(id)),
        };
        Stored::Whole { role, custom, temporary: self.temporary.clone() }.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for AssignedRole {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let (role, temporary) = match Stored::deserialize(deserializer)? {
            Stored::Word(role) => (Some(RoleName::BuiltIn(role)), None),
            Stored::Whole { role, custom, temporary } => {
                (role.map(RoleName::BuiltIn).or(custom.map(RoleName::Custom)), temporary)
            }
        };
        let role = role.ok_or_else(|| serde::de::Error::custom("names no role"))?;
        Ok(Self { role, temporary })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_role_reads_back_as_it_was_stored_and_as_the_first_version_wrote_it() {
        let custom: CustomRoleId = "01893b9e-7c1a-7def-8abc-0123456789ab".parse().unwrap();
        let temporary = Temporary { range: "1h".parse().unwrap(), from: Timestamp::UNIX_EPOCH };
        let roles = [
            AssignedRole::from(ProjectRole::NoAccess),
            AssignedRole { role: RoleName::Custom(custom), temporary: Some(temporary) },
        ];
        let text = serde_json::to_string(&roles).unwrap();
        assert_eq!(serde_json::from_str::<Vec<AssignedRole>>(&text).unwrap(), roles);
        let old: Vec<AssignedRole> = serde_json::from_str(r#"["admin"]"#).unwrap();
        assert_eq!(old, [AssignedRole::from(ProjectRole::Admin)]);
        assert!(serde_json::from_str::<Vec<AssignedRole>>("[{}]").is_err());
    }
}
