//! Requests that wait for another person's word.
//!
//! ```text
//! Pending ──► Approved ──► Used
//!    │            └──────► Expired
//!    ├──► Denied
//!    ├──► Cancelled
//!    └──► Expired
//! ```

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{
    caller::{Actor, Origin},
    dynamic_secret::SecretPlace,
    ids::{
        ApprovalRequestId, ConnectionId, DynamicSecretId, EnvironmentId, LeaseId, OrganizationId, ProjectId, UserId,
    },
    kubernetes_name::Namespace,
    policy::{ApprovalRule, PolicyRules},
    slug::{DynamicSecretName, EnvironmentSlug},
    ttl::Ttl,
};

/// A request that other people have to agree to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApprovalRequest {
    /// Id.
    pub id: ApprovalRequestId,
    /// In which organization.
    pub organization: OrganizationId,
    /// In which project; none where it is the organization's.
    pub project: Option<ProjectId>,
    /// What they agree to.
    pub wish: ApprovalWish,
    /// SHA-256 of what they agree to, in hex: who asks, what exactly, and of which version of the configuration.
    pub digest: String,
    /// Who asks.
    pub requester: Actor,
    /// From where.
    pub origin: Origin,
    /// Why, in their words.
    pub reason: Option<String>,
    /// How many have to agree, as it was when they were asked; what is asked for when it is used counts.
    pub approvals: u8,
    /// Those who did.
    pub votes: Vec<Vote>,
    /// Where it stands.
    pub state: ApprovalState,
    /// When it was made.
    pub created_at: Timestamp,
    /// Until when they may agree.
    pub expires_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
}

/// What is asked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "kebab-case", rename_all_fields = "camelCase")]
pub enum ApprovalWish {
    /// One lease.
    IssueLease(Box<LeaseWish>),
    /// A policy that asks for less than before.
    LoosenPolicy {
        /// Whose.
        environment: EnvironmentId,
        /// Its slug, for people.
        environment_slug: EnvironmentSlug,
        /// The version it was when it was asked for: of another one this changes nothing.
        version: i64,
        /// What it is to be.
        rules: PolicyRules,
    },
    /// A connection whose leases need less approval than before.
    LoosenConnection {
        /// Which.
        connection: ConnectionId,
        /// Its name, for people.
        name: String,
        /// What its leases are to need.
        approval: Option<ApprovalRule>,
        /// When it was last changed before it was asked for: once it was changed again this changes nothing. Older requests
        /// do not say it.
        #[serde(default)]
        updated_at: Option<Timestamp>,
    },
}

/// One lease that is asked for, with the configuration it is asked of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct LeaseWish {
    /// The dynamic secret.
    pub dynamic_secret: DynamicSecretId,
    /// Its name, for people.
    pub name: DynamicSecretName,
    /// Its version.
    pub version: i64,
    /// Its connection.
    pub connection: ConnectionId,
    /// That one's version.
    pub connection_version: i64,
    /// Where it lies.
    pub place: StoredPlace,
    /// How long, as it was asked; the default where nothing was.
    pub ttl: Option<Ttl>,
    /// The same in seconds.
    pub ttl_seconds: u64,
    /// In which namespace, where one was chosen.
    pub namespace: Option<Namespace>,
}

/// Where a dynamic secret lies, as it is kept in a request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct StoredPlace {
    /// Environment.
    pub environment: EnvironmentId,
    /// Its slug.
    pub environment_slug: EnvironmentSlug,
    /// Folder's path.
    pub path: String,
}

impl From<&SecretPlace> for StoredPlace {
    fn from(place: &SecretPlace) -> Self {
        Self {
            environment: place.environment,
            environment_slug: place.environment_slug.clone(),
            path: place.path.to_string(),
        }
    }
}

/// A person's word.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Vote {
    /// Whose.
    pub user_id: UserId,
    /// Their address at that time.
    pub email: String,
    /// What they said, if anything.
    pub comment: Option<String>,
    /// When.
    pub at: Timestamp,
}

/// Where a request stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "kebab-case", rename_all_fields = "camelCase")]
pub enum ApprovalState {
    /// It waits.
    Pending,
    /// Enough agreed: it may be used once.
    Approved {
        /// Until then.
        until: Timestamp,
    },
    /// Somebody said no.
    Denied {
        /// Who.
        by: String,
        /// Why.
        why: String,
        /// When.
        at: Timestamp,
    },
    /// It was used.
    Used {
        /// The lease that it became; none where it changed a policy.
        lease: Option<LeaseId>,
        /// When.
        at: Timestamp,
    },
    /// Nobody agreed, or nobody used it, in time.
    Expired,
    /// Whoever asked took it back.
    Cancelled,
}

impl ApprovalState {
    /// Its word on the wire and in the table.
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Approved { .. } => "approved",
            Self::Denied { .. } => "denied",
            Self::Used { .. } => "used",
            Self::Expired => "expired",
            Self::Cancelled => "cancelled",
        }
    }
}

impl ApprovalRequest {
    /// How long people have to agree, in hours.
    pub const WAITS_HOURS: i64 = 24;

    /// The state at `now`: what ran out is over, whether somebody noted it or not.
    pub fn state_at(&self, now: Timestamp) -> ApprovalState {
        match &self.state {
            ApprovalState::Pending if self.expires_at <= now => ApprovalState::Expired,
            ApprovalState::Approved { until } if *until <= now => ApprovalState::Expired,
            state => state.clone(),
        }
    }
}
