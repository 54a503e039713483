//! A lease and its life: from the intent to issue a token to the proof that it ended.
//!
//! ```text
//! Reserved ──► Active ──► Ending ──► Ended      leases with objects to remove
//!     │           └─────► Closed ──► Ended      leases with nothing to remove
//!     ├──────────────────► Ending ──► Ended(never issued | possibly issued, dead by T)
//!     └─────────────────────────────► Ended(never issued | possibly issued, dead by T)
//! ```
//!
//! Each state owns the facts that are true in it alone. The store writes each arrow as one guarded update, in one
//! transaction with its audit event.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{
    caller::{Actor, Origin},
    connection::ClusterIdentity,
    dynamic_secret::SecretPlace,
    ids::{ConnectionId, DynamicSecretId, LeaseId},
    plan::{Grant, LeasePlan, OwnedObject},
    slug::DynamicSecretName,
    ttl::EndsWhen,
};

/// A lease.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lease {
    /// Id.
    pub id: LeaseId,
    /// Where it was issued from, as it was then.
    pub source: LeaseSource,
    /// What it does in its cluster.
    pub plan: LeasePlan,
    /// What the caller chose, as sent: `{"namespace": …}` or nothing.
    pub config: Option<serde_json::Value>,
    /// Who holds it.
    pub holder: Actor,
    /// From where it was asked for.
    pub origin: Origin,
    /// Why, in the holder's words.
    pub reason: Option<String>,
    /// What its end does.
    pub ends_when: EndsWhen,
    /// When the lease ends: never later than the token's own expiry.
    pub expire_at: Timestamp,
    /// Where it is in its life.
    pub state: LeaseState,
    /// When it was asked for.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
}

impl Lease {
    /// What existing clients read as the external entity: the account's name.
    pub fn external_entity_id(&self) -> &str {
        self.plan.account.name().as_str()
    }

    /// Whether its role had other rules when the token was issued than when the dynamic secret was saved; not where either
    /// could not be read.
    pub fn is_role_changed(&self) -> bool {
        let expected = self.plan.expected_rules.as_ref().map(|expected| &expected.sha256);
        let seen = self.state.grant().and_then(|grant| grant.rules_sha256.as_ref());
        expected.zip(seen).is_some_and(|(expected, seen)| expected != seen)
    }

    /// Whether the reference's lists show it: its holder has a token that counts.
    pub fn is_live(&self) -> bool {
        match self.state {
            // Of an issue that is undone nobody ever held the token.
            LeaseState::Ending { reason, .. } => reason != EndReason::Undone,
            LeaseState::Active { .. } => true,
            LeaseState::Reserved { .. } | LeaseState::Closed { .. } | LeaseState::Ended { .. } => false,
        }
    }
}

/// Where a lease came from. Kept with the lease, so that it still tells its story when the secret is gone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeaseSource {
    /// Organization, project, environment and folder.
    pub place: SecretPlace,
    /// The dynamic secret.
    pub dynamic_secret: DynamicSecretId,
    /// Its name.
    pub name: DynamicSecretName,
    /// Its version.
    pub version: i64,
    /// The connection used.
    pub connection: ConnectionId,
    /// Its version.
    pub connection_version: i64,
}

/// Where a lease is in its life.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LeaseState {
    /// The intent is stored; the cluster may or may not have been asked.
    Reserved {
        /// After this, whoever was at work is gone and the loop takes over.
        deadline: Timestamp,
    },
    /// The holder has the token.
    Active {
        /// What the cluster granted.
        grant: Grant,
    },
    /// Ended for its holder, but its token cannot be taken back and lives on.
    Closed {
        /// What the cluster granted.
        grant: Grant,
        /// Who ended it, and when.
        closed_at: Timestamp,
    },
    /// Its objects are being removed.
    Ending {
        /// What the cluster granted, where it got that far.
        grant: Option<Grant>,
        /// Why it ends.
        reason: EndReason,
        /// For an issue that is undone: what became of its token.
        undone: Option<Outcome>,
        /// Since when.
        began_at: Timestamp,
        /// Attempts so far.
        attempts: u32,
        /// What the last attempt failed with.
        last_error: Option<String>,
        /// When the next attempt is due.
        next_attempt_at: Timestamp,
    },
    /// Over.
    Ended {
        /// What the cluster had granted, where it got that far.
        grant: Option<Grant>,
        /// How.
        outcome: Outcome,
        /// When.
        ended_at: Timestamp,
    },
}

impl LeaseState {
    /// The state's name on the wire and in the table.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Reserved { .. } => "reserved",
            Self::Active { .. } => "active",
            Self::Closed { .. } => "closed",
            Self::Ending { .. } => "ending",
            Self::Ended { .. } => "ended",
        }
    }

    /// What the cluster granted, where it did.
    pub fn grant(&self) -> Option<&Grant> {
        match self {
            Self::Active { grant } | Self::Closed { grant, .. } => Some(grant),
            Self::Ending { grant, .. } | Self::Ended { grant, .. } => grant.as_ref(),
            Self::Reserved { .. } => None,
        }
    }
}

/// Why a lease ends before it is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EndReason {
    /// Its time is up.
    Due,
    /// Somebody ended it.
    Revoked,
    /// Issuing failed or was interrupted.
    Undone,
}

/// How a lease ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub enum Outcome {
    /// What was made for it is gone, and we looked.
    Revoked,
    /// Its time was up.
    Expired,
    /// A named person gave up on removing what is left.
    Forgotten {
        /// Who.
        by: String,
        /// What may still be there.
        left: Vec<OwnedObject>,
    },
    /// No token was ever made.
    NeverIssued {
        /// What stood in the way.
        why: String,
    },
    /// A token may have been made, and nobody received it.
    PossiblyIssued {
        /// It cannot live beyond this.
        dead_by: Timestamp,
    },
}

impl Outcome {
    /// The outcome's name on the wire and in the table.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Revoked => "revoked",
            Self::Expired => "expired",
            Self::Forgotten { .. } => "forgotten",
            Self::NeverIssued { .. } => "never_issued",
            Self::PossiblyIssued { .. } => "possibly_issued",
        }
    }
}

/// The latest moment a token made by `plan` could expire, when its answer never reached us: the request may have been
/// served until `deadline`, the API server gives no more than it was asked for, and its clock may be ahead of ours.
pub fn possibly_lives_until(plan: &LeasePlan, deadline: Timestamp) -> Timestamp {
    // A century: what a saturated addition falls back to; real lifetimes are bounded to ten years.
    let lifetime = i64::try_from(plan.token_seconds).unwrap_or(i64::from(u32::MAX));
    let longest = lifetime.saturating_add(LeasePlan::CLOCKS_DIFFER_SECONDS);
    deadline.saturating_add(jiff::SignedDuration::from_secs(longest)).unwrap_or(Timestamp::MAX)
}

/// How a lease ends whose objects are gone at `now`. An issue that may have made a token made one that was bound to them.
pub fn outcome_of(reason: EndReason, undone: Option<Outcome>, now: Timestamp) -> Outcome {
    let refused_by = now.saturating_add(jiff::SignedDuration::from_secs(LeasePlan::REFUSED_WITHIN_SECONDS));
    match (reason, undone) {
        (EndReason::Due, _) => Outcome::Expired,
        (EndReason::Revoked, _) => Outcome::Revoked,
        (EndReason::Undone, Some(never @ Outcome::NeverIssued { .. })) => never,
        (EndReason::Undone, Some(Outcome::PossiblyIssued { dead_by })) => {
            Outcome::PossiblyIssued { dead_by: dead_by.min(refused_by.unwrap_or(Timestamp::MAX)) }
        }
        (EndReason::Undone, _) => Outcome::PossiblyIssued { dead_by: refused_by.unwrap_or(Timestamp::MAX) },
    }
}

/// The end of a lease: what was wished, but never later than what the cluster granted.
pub fn expire_at(wished: Timestamp, grant: &Grant) -> Timestamp {
    wished.min(grant.token_expires_at)
}

/// The identity a plan is pinned to once the cluster has answered.
pub fn pinned(plan: LeasePlan, identity: &ClusterIdentity) -> LeasePlan {
    let cluster = identity.clone().unless_known_better(plan.cluster.as_ref());
    LeasePlan { cluster: Some(cluster), ..plan }
}
