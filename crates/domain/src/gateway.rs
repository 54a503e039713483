//! Gateways: agents in private networks, which open the way in from inside.
//!
//! A gateway is made by a person, and proven by each of its processes ([`GatewayInstance`]). What it lets itself be asked is
//! its own ([`gateway_policy`](crate::gateway_policy)); what is kept of that here is what it showed last.

mod name;
mod trust;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{
    gateway_policy::GatewayPolicy,
    ids::{GatewayId, GatewayPoolId, GatewayTokenId, OrganizationId},
    slug::DisplayName,
};

pub use name::{GatewayName, InstanceName, InvalidGatewayName, InvalidInstanceName};
pub use trust::{
    ClusterKeys, EnrolmentMethod, KeyAuthority, KeyChanges, PublishedKeys, ServiceAccountTrust, ToldKeys, TrustedKeys,
};

/// A gateway.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gateway {
    /// Id.
    pub id: GatewayId,
    /// The organization it belongs to.
    pub organization: OrganizationId,
    /// Unique in the organization.
    pub name: DisplayName,
    /// How its processes prove themselves the first time.
    pub enrolment: EnrolmentMethod,
    /// The keys that it told since somebody pasted some; they count instead of those.
    pub told_keys: Option<ToldKeys>,
    /// Whether it may come at all.
    pub standing: Standing,
    /// What it said of itself when it was here last.
    pub shown: Option<ShownGateway>,
    /// When a tunnel of it was opened last.
    pub connected_at: Option<Timestamp>,
    /// When its last tunnel ended, and why; nothing while it is here.
    pub left: Option<Departed>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last changed by somebody.
    pub updated_at: Timestamp,
}

/// Whether a gateway may come at all.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "standing", rename_all = "kebab-case")]
pub enum Standing {
    /// It may.
    Open,
    /// Two hold one key, or it looked so: until somebody looked into it, nobody may.
    Locked {
        /// When.
        at: Timestamp,
        /// Why, for people.
        why: String,
    },
    /// Somebody said that it may not come any more.
    Revoked {
        /// When.
        at: Timestamp,
    },
}

impl Standing {
    /// Whether it may come.
    pub const fn is_open(&self) -> bool {
        matches!(self, Self::Open)
    }
}

/// What a gateway said of itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ShownGateway {
    /// Its version.
    pub version: String,
    /// What it lets itself be asked.
    pub policy: GatewayPolicy,
    /// SHA-256 of the policy, in hex.
    pub policy_digest: String,
    /// The API server that it speaks to with its own account, where it does.
    pub api_server: Option<String>,
}

/// Gateways that lead to the same network: whichever of them is there is as good as the others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GatewayPool {
    /// Id.
    pub id: GatewayPoolId,
    /// The organization it belongs to.
    pub organization: OrganizationId,
    /// Unique in the organization.
    pub name: DisplayName,
    /// Its gateways.
    pub members: Vec<GatewayId>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
}

/// How a gateway went.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Departed {
    /// When its last tunnel ended.
    pub at: Timestamp,
    /// Why, for people.
    pub why: String,
}

/// A process of a gateway that was proven.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GatewayInstance {
    /// Its gateway.
    pub gateway: GatewayId,
    /// Which.
    pub name: InstanceName,
    /// Counts its certificates.
    pub generation: u64,
    /// SHA-256 of the public key of the newest.
    pub key_digest: Vec<u8>,
    /// When the newest ends.
    pub certificate_expires_at: Timestamp,
    /// When it was proven first.
    pub enrolled_at: Timestamp,
}

/// A token that lets processes enrol as a gateway. Only its digest is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GatewayToken {
    /// Id.
    pub id: GatewayTokenId,
    /// For which gateway.
    pub gateway: GatewayId,
    /// How many more may enrol by it.
    pub uses_left: i64,
    /// Until when.
    pub expires_at: Timestamp,
    /// When it was made.
    pub created_at: Timestamp,
}

/// How a gateway is, in the words of its page.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum GatewayState {
    /// It has never been here.
    NeverConnected,
    /// At least two tunnels are good.
    Healthy,
    /// One is.
    Degraded,
    /// None is.
    Offline,
    /// See [`Standing::Locked`].
    Locked,
    /// See [`Standing::Revoked`].
    Revoked,
}

impl Gateway {
    /// How it is with so many good `tunnels`, where `wanted` are enough: two, or one where there is but one server.
    pub fn state(&self, tunnels: usize, wanted: usize) -> GatewayState {
        match &self.standing {
            Standing::Locked { .. } => GatewayState::Locked,
            Standing::Revoked { .. } => GatewayState::Revoked,
            Standing::Open if tunnels >= wanted.max(1) => GatewayState::Healthy,
            Standing::Open if tunnels > 0 => GatewayState::Degraded,
            Standing::Open if self.connected_at.is_some() => GatewayState::Offline,
            Standing::Open => GatewayState::NeverConnected,
        }
    }
}

impl GatewayState {
    /// The word.
    pub const fn word(self) -> &'static str {
        match self {
            Self::NeverConnected => "never-connected",
            Self::Healthy => "healthy",
            Self::Degraded => "degraded",
            Self::Offline => "offline",
            Self::Locked => "locked",
            Self::Revoked => "revoked",
        }
    }
}
