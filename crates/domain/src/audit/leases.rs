//! Leases and stops.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::LeaseFacts;
use crate::{
    ids::{ApprovalRequestId, StopId},
    stop::StopScope,
};

/// Leases and stops.
#[expect(missing_docs, reason = "the fields are the words of the wire; their types say the rest")]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", content = "metadata", rename_all = "kebab-case", rename_all_fields = "camelCase")]
pub enum LeaseEvent {
    /// A token was issued.
    CreateDynamicSecretLease {
        #[serde(flatten)]
        lease: LeaseFacts,
        /// Why, in the holder's words.
        #[serde(skip_serializing_if = "Option::is_none")]
        reason: Option<String>,
        /// Lifetime that the cluster was asked for, in seconds.
        token_seconds_asked: u64,
        /// Lifetime that it gave; fewer where it shortens them.
        token_seconds_granted: u64,
        /// The approval that it needed.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        approval_request_id: Option<ApprovalRequestId>,
        /// Whether the role had other rules than when the dynamic secret was saved.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        role_changed: bool,
        /// Whether another token may have been made for it, that nobody received: one of the same temporary account, which ends with it.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        undelivered_token_possible: bool,
        /// Id of the key that the token says it is signed by, where a gateway returned it and that key is not known: nobody checked the
        /// signature.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        unchecked_key_id: Option<String>,
    },
    /// A token was asked for, and none was given.
    FailDynamicSecretLease {
        #[serde(flatten)]
        lease: LeaseFacts,
        /// What stood in the way; holds no secret.
        why: String,
        /// Set when a token may have been made all the same: it cannot live beyond this.
        #[serde(skip_serializing_if = "Option::is_none")]
        possibly_issued_until: Option<Timestamp>,
        /// The approval that it used.
        #[serde(skip_serializing_if = "Option::is_none")]
        approval_request_id: Option<ApprovalRequestId>,
    },
    /// Somebody looked at a lease: told once an hour of each who looks, and each lease.
    GetDynamicSecretLease {
        #[serde(flatten)]
        lease: LeaseFacts,
    },
    /// A renewal was asked for and refused.
    RefuseDynamicSecretLeaseRenewal {
        #[serde(flatten)]
        lease: LeaseFacts,
    },
    /// Somebody ended a lease.
    DeleteDynamicSecretLease {
        #[serde(flatten)]
        lease: LeaseFacts,
        /// State it went to.
        #[serde(skip_serializing_if = "Option::is_none")]
        lease_status: Option<String>,
        /// As asked.
        #[serde(skip_serializing_if = "Option::is_none")]
        is_forced: Option<bool>,
    },
    /// A lease's time was up.
    ExpireDynamicSecretLease {
        #[serde(flatten)]
        lease: LeaseFacts,
    },
    /// What was made for a lease is gone.
    CleanUpDynamicSecretLease {
        #[serde(flatten)]
        lease: LeaseFacts,
        /// How the lease ended.
        outcome: String,
        /// Objects that were removed now.
        removed: Vec<String>,
        /// Objects that were not there any more, or never.
        absent: Vec<String>,
    },
    /// What was made for a lease could not be removed yet; it is tried again until it is.
    DelayDynamicSecretLeaseCleanUp {
        #[serde(flatten)]
        lease: LeaseFacts,
        /// What stood in the way; holds no secret.
        why: String,
        /// Objects that may still be there.
        left: Vec<String>,
    },
    /// A named person gave up on removing what was made for a lease.
    ForgetDynamicSecretLease {
        #[serde(flatten)]
        lease: LeaseFacts,
        /// Why, in their words.
        reason: String,
        /// Objects that may still be there.
        left: Vec<String>,
    },
    /// Many leases were ended at once; each has its own event too.
    EndLeases {
        /// Which, as the filter said it; all of them where it is empty.
        filter: Vec<String>,
        /// Why.
        reason: String,
    },
    /// Issuing was stopped.
    StopIssuing {
        /// The stop.
        stop_id: StopId,
        /// Where.
        #[serde(flatten)]
        scope: StopScope,
        /// Why.
        reason: String,
    },
    /// Issuing goes on.
    LiftStop {
        /// The stop.
        stop_id: StopId,
        /// Where.
        #[serde(flatten)]
        scope: StopScope,
    },
}
