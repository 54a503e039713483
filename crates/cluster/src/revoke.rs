//! Revoke: ends what a plan made, as far as it can be ended.
//!
//! A token of an existing account that is bound to no object of ours cannot be ended by anybody before its `exp`. The
//! outcome says so, and says until when.

use jiff::Timestamp;
use mayfly_domain::{
    connection::Target,
    plan::{Account, LeasePlan},
};
use serde::{Deserialize, Serialize};

/// What to end.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Revoke {
    /// The connection to use: the newest working one of the lease's cluster.
    pub target: Target,
    /// The plan, as it is stored with the lease.
    pub plan: LeasePlan,
    /// `exp` of the token that was issued, or the latest it could have if the answer was lost.
    pub token_valid_until: Timestamp,
}

/// What has been achieved.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub enum Revoked {
    /// Nothing of ours is there to be removed: the token stays valid until its own end. No call was made.
    NothingToRevoke {
        /// That end. API servers accept a token up to a minute longer.
        token_valid_until: Timestamp,
    },
}

/// Ends what `operation.plan` made.
pub(crate) fn perform(operation: &Revoke) -> Revoked {
    match operation.plan.account {
        Account::Existing { .. } => Revoked::NothingToRevoke { token_valid_until: operation.token_valid_until },
    }
}
