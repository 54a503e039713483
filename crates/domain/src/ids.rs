//! One type for each kind of id, so that mixing two kinds does not compile.
//!
//! Every id is a UUID of version 7 (RFC 9562 section 5.7): ordered by the time it was made, so that new rows land at
//! the right edge of each index. Outside it is plain lower-case text, because existing clients expect a bare UUID.

use std::{fmt, str::FromStr};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::clock::Ambient;

/// The text is not a UUID in its usual 36-character form.
#[derive(Debug, thiserror::Error)]
#[error("is not an id: expected a UUID such as `01893b9e-7c1a-7def-8abc-0123456789ab`")]
pub struct InvalidId;

macro_rules! ids {
    ($($(#[$meta:meta])* $name:ident;)+) => {$(
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(Uuid);

        impl $name {
            /// Makes a new id from the given time and chance.
            pub fn generate(ambient: &Ambient) -> Self {
                Self(time_ordered(ambient))
            }

            /// Wraps an id that was read back from where we stored it.
            pub const fn from_uuid(id: Uuid) -> Self {
                Self(id)
            }

            /// The bare UUID.
            pub const fn as_uuid(&self) -> &Uuid {
                &self.0
            }

            /// When it was made, in whole milliseconds; nothing for an id that does not say.
            pub fn made_at(&self) -> Option<Timestamp> {
                made_at(&self.0)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.hyphenated().fmt(formatter)
            }
        }

        impl FromStr for $name {
            type Err = InvalidId;

            fn from_str(text: &str) -> Result<Self, InvalidId> {
                hyphenated(text).map(Self)
            }
        }
    )+};
}

ids! {
    /// A machine's access token: the row that decides whether its JWT still counts.
    AccessTokenId;
    /// A request that waits for another person's word.
    ApprovalRequestId;
    /// One event of the audit log.
    AuditEventId;
    /// The key of the audit log's marks.
    AuditKeyId;
    /// A place outside to which the audit log is sent.
    AuditStreamId;
    /// One client secret of a universal-auth configuration.
    ClientSecretId;
    /// A cluster connection: address, trust and credential of one Kubernetes API server.
    ConnectionId;
    /// A role that a project made.
    CustomRoleId;
    /// A data key that seals values at rest.
    DataKeyId;
    /// A dynamic secret: the configuration from which leases are issued.
    DynamicSecretId;
    /// An environment of a project.
    EnvironmentId;
    /// A folder of an environment.
    FolderId;
    /// A gateway: an agent in a private network.
    GatewayId;
    /// What a gateway is asked to do, whatever the number of tries.
    GatewayOperationId;
    /// A tunnel of a gateway to one of several servers.
    GatewayTunnelId;
    /// Gateways that lead to the same network.
    GatewayPoolId;
    /// A token that lets processes enrol as a gateway.
    GatewayTokenId;
    /// An authority that signs gateways and servers.
    GatewayAuthorityId;
    /// A group of people and machines.
    GroupId;
    /// A machine identity.
    IdentityId;
    /// This installation: one database, whatever the number of servers on it.
    InstallationId;
    /// An invitation of a person.
    InvitationId;
    /// A rotation of keys.
    KeyRotationId;
    /// A lease.
    LeaseId;
    /// A membership of a person, a machine or a group in a project.
    MembershipId;
    /// The organization of an installation.
    OrganizationId;
    /// A passkey of a person.
    PasskeyId;
    /// A link by which a person sets a new password.
    PasswordLinkId;
    /// A right to lease that somebody lost.
    LostRightId;
    /// How an identity signs in with a token from outside.
    OutsideAuthId;
    /// A project.
    ProjectId;
    /// One running server process; new at each start.
    ReplicaId;
    /// A key that seals objects in clusters.
    SealKeyId;
    /// A session of a person.
    SessionId;
    /// A key that signs access tokens.
    SigningKeyId;
    /// A sign-in at an identity provider that has begun in a browser.
    SsoAttemptId;
    /// An identity provider by which people sign in.
    SsoProviderId;
    /// A sign-in that a command line asked for.
    SsoRequestId;
    /// A stop of issuing.
    StopId;
    /// An identity's universal-auth configuration.
    UniversalAuthId;
    /// A person.
    UserId;
}

fn made_at(id: &Uuid) -> Option<Timestamp> {
    let (seconds, nanoseconds) = id.get_timestamp()?.to_unix();
    let milliseconds = seconds.checked_mul(1_000)?.checked_add(u64::from(nanoseconds / 1_000_000))?;
    Timestamp::from_millisecond(i64::try_from(milliseconds).ok()?).ok()
}

impl From<LeaseId> for GatewayOperationId {
    /// What issues a lease's token is called by the lease: there is one for each, and whoever finds the call in a cluster's audit
    /// log finds the lease, whether its token ever reached anybody or not.
    fn from(lease: LeaseId) -> Self {
        Self(lease.0)
    }
}

fn time_ordered(ambient: &Ambient) -> Uuid {
    let milliseconds = u64::try_from(ambient.now().as_millisecond()).unwrap_or(0);
    uuid::Builder::from_unix_timestamp_millis(milliseconds, &ambient.random()).into_uuid()
}

/// Accepts the 36-character form only: the other spellings a UUID may have would give one id several names.
fn hyphenated(text: &str) -> Result<Uuid, InvalidId> {
    const HYPHENATED_LENGTH: usize = 36;
    if text.len() != HYPHENATED_LENGTH {
        return Err(InvalidId);
    }
    Uuid::parse_str(text).map_err(|_| InvalidId)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_hyphenated_form_is_an_id() {
        let text = "01893b9e-7c1a-7def-8abc-0123456789ab";
        assert_eq!(text.parse::<LeaseId>().unwrap().to_string(), text);
        for other in ["", "abc", "01893b9e7c1a7def8abc0123456789ab", "urn:uuid:01893b9e-7c1a-7def-8abc-0123456789ab"] {
            assert!(other.parse::<LeaseId>().is_err(), "{other} was accepted");
        }
    }
}
