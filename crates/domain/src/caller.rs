//! Who is asking, from where: made once at the door and handed to every operation.

use std::net::IpAddr;

use serde::{Deserialize, Serialize};

use crate::{
    access::role::OrganizationRole,
    ids::{AccessTokenId, IdentityId, OrganizationId, SessionId, UserId},
    membership::Principal,
};

/// Who did, or wanted to do, something.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "camelCase")]
pub enum Actor {
    /// Nobody we know.
    #[serde(rename = "unknownUser")]
    Anonymous,
    /// A machine.
    #[serde(rename_all = "camelCase")]
    Identity {
        /// Which.
        identity_id: IdentityId,
        /// Its name at that time.
        name: String,
    },
    /// A person.
    #[serde(rename_all = "camelCase")]
    User {
        /// Which.
        user_id: UserId,
        /// Their address at that time.
        email: String,
    },
    /// Mayfly itself, such as the loop that ends leases.
    Platform,
}

impl Actor {
    /// Whether both are the same machine or person, whatever they were called at the time. Nobody is the same as
    /// nobody else.
    pub fn is_same_as(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Identity { identity_id: one, .. }, Self::Identity { identity_id: other, .. }) => one == other,
            (Self::User { user_id: one, .. }, Self::User { user_id: other, .. }) => one == other,
            (Self::Anonymous | Self::Platform | Self::Identity { .. } | Self::User { .. }, _) => false,
        }
    }
}

/// What a request tells about where it came from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Origin {
    /// The client's address.
    pub ip_address: Option<IpAddr>,
    /// Its `User-Agent`, cut to [`Origin::LONGEST_USER_AGENT`] characters.
    pub user_agent: String,
}

impl Origin {
    /// More than any honest program sends; the rest is dropped.
    pub const LONGEST_USER_AGENT: usize = 256;

    /// The origin of what Mayfly does by itself.
    pub fn platform() -> Self {
        Self { ip_address: None, user_agent: String::new() }
    }

    /// The kind of program, in the words of existing clients.
    pub fn user_agent_type(&self) -> &'static str {
        let agent = self.user_agent.to_ascii_lowercase();
        let kinds = [
            ("terraform", "terraform"),
            ("k8-operator", "k8-operator"),
            ("infisical-cli", "cli"),
            ("mayfly-cli", "cli"),
            ("infisicalpythonsdk", "InfisicalPythonSDK"),
            ("infisicalnodesdk", "InfisicalNodeSDK"),
            ("mozilla", "web"),
        ];
        kinds.iter().find(|(word, _)| agent.contains(word)).map_or("other", |(_, kind)| kind)
    }
}

/// The one who calls an operation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caller {
    /// Who.
    pub actor: Actor,
    /// The organization they were signed in to; nobody has none.
    pub organization: Option<OrganizationId>,
    /// What they may do in the organization.
    pub organization_role: Option<OrganizationRole>,
    /// The access token they showed, where they are a machine.
    pub access_token: Option<AccessTokenId>,
    /// The session they showed, where they are a person.
    pub session: Option<SessionId>,
    /// From where.
    pub origin: Origin,
}

impl Caller {
    /// Somebody who showed no credential.
    pub fn anonymous(origin: Origin) -> Self {
        Self {
            actor: Actor::Anonymous,
            organization: None,
            organization_role: None,
            access_token: None,
            session: None,
            origin,
        }
    }

    /// Mayfly itself, at work for an organization.
    pub fn platform(organization: OrganizationId) -> Self {
        Self {
            actor: Actor::Platform,
            organization: Some(organization),
            organization_role: None,
            access_token: None,
            session: None,
            origin: Origin::platform(),
        }
    }

    /// Whoever calls, as one who can hold roles; Mayfly itself and nobody hold none.
    pub fn principal(&self) -> Option<Principal> {
        match &self.actor {
            Actor::Identity { identity_id, .. } => Some(Principal::Identity(*identity_id)),
            Actor::User { user_id, .. } => Some(Principal::User(*user_id)),
            Actor::Anonymous | Actor::Platform => None,
        }
    }

    /// The identity that calls, where it is one.
    pub fn identity(&self) -> Option<IdentityId> {
        match &self.actor {
            Actor::Identity { identity_id, .. } => Some(*identity_id),
            Actor::Anonymous | Actor::User { .. } | Actor::Platform => None,
        }
    }

    /// The person who calls, where it is one.
    pub fn user(&self) -> Option<UserId> {
        match &self.actor {
            Actor::User { user_id, .. } => Some(*user_id),
            Actor::Anonymous | Actor::Identity { .. } | Actor::Platform => None,
        }
    }
}
