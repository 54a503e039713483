//! Probe: does this connection work, who are we there, and may we do what we will be asked to do?
//!
//! It asks only questions without side effects: version, access reviews, reads. Never a TokenRequest with `dryRun`,
//! because that answers with a real token.

mod look;
mod way;

use std::time::Duration;

use jiff::Timestamp;
use mayfly_domain::{
    connection::{ClusterIdentity, Target},
    kubernetes_name::{Namespace, RoleName},
    plan::{Account, LeasePlan, ObjectKind},
    rules::PolicyRule,
};
use serde::{Deserialize, Serialize};

use crate::right::Right;

pub(crate) use look::{check_rights, perform};

/// What to look at.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Probe<At = Target> {
    /// The connection in question.
    pub target: At,
    /// Plans as leases would have them, one for each namespace that a lease may choose. None looks at the connection
    /// alone. What they would make is only tried.
    pub samples: Vec<LeasePlan>,
    /// The ClusterRole that leases get wherever they are: it is looked at even where no sample can be had, because only
    /// labels say which namespaces may be theirs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cluster_role: Option<RoleName>,
}

impl<At> Probe<At> {
    /// The same at another place.
    pub fn at<Other>(self, target: Other) -> Probe<Other> {
        let Self { target: _, samples, cluster_role } = self;
        Probe { target, samples, cluster_role }
    }
}

/// What was seen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProbeReport {
    /// Such as `v1.36.3`; `None` where the API server does not tell.
    pub version: Option<String>,
    /// User name that our own credential has there.
    pub who: String,
    /// Which cluster this is, as far as our rights let us see.
    pub cluster: ClusterIdentity,
    /// The rights we asked about.
    pub rights: Vec<CheckedRight>,
    /// What was only tried, and did not go through: the first refusal of each kind of object.
    pub trials: Vec<FailedTrial>,
    /// The account asked about.
    pub account: AccountState,
    /// The roles of the samples, each once, in their order.
    pub roles: Vec<SeenRole>,
    /// When our own credential ends, if it is a token that says so.
    pub credential_expires_at: Option<Timestamp>,
    /// How long its parts took.
    #[serde(default)]
    pub times: ProbeTimes,
}

/// How long the parts of a probe took.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProbeTimes {
    /// Looking up the name, connecting and setting up TLS, where a connection could be opened only for that.
    pub way: Option<WayTimes>,
    /// Asking which version this is and who we are.
    pub who_am_i: Duration,
    /// Asking for rights, and trying.
    pub rights: Duration,
}

/// How long it took to get there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WayTimes {
    /// Looking up the name and connecting.
    pub connect: Duration,
    /// Setting up TLS.
    pub handshake: Duration,
}

/// An object that could not have been made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FailedTrial {
    /// Which.
    pub object: String,
    /// Its kind.
    pub kind: ObjectKind,
    /// Why, in the API server's own words.
    pub why: String,
}

/// A role that leases would get.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SeenRole {
    /// Its namespace, for a Role.
    pub namespace: Option<Namespace>,
    /// What was seen of it.
    pub state: RoleState,
}

/// Whether a role is there, and what it allows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum RoleState {
    /// It is there.
    Present {
        /// Its resolved rules.
        rules: Vec<PolicyRule>,
    },
    /// It is not there.
    Missing {
        /// Which.
        role: String,
    },
    /// Our credential may not look.
    Unknown,
}

/// One right, and whether our credential has it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CheckedRight {
    /// The right.
    pub right: Right,
    /// Whether issuing fails without it.
    pub need: Need,
    /// Whether our credential has it.
    pub is_held: bool,
}

/// How much a right matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Need {
    /// Issuing fails without it.
    Required,
    /// It only makes answers better.
    Optional,
}

/// Whether the account is there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum AccountState {
    /// No account was asked about.
    NotAsked,
    /// It is there.
    Present {
        /// Its UID.
        uid: String,
    },
    /// It is not there; nor, perhaps, its namespace, where that may not be read.
    Missing,
    /// Its whole namespace is not there.
    NamespaceMissing,
    /// Our credential may not look.
    Unknown,
}

/// The first thing in a report that would make issuing fail.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    /// Our own credential is past its end, although the cluster may still accept it for a moment.
    #[error("the stored token expired at {at}; give a new `clusterToken`")]
    CredentialExpired {
        /// Its `exp`.
        at: Timestamp,
    },
    /// The namespace is not there.
    #[error("namespace `{namespace}` does not exist in this cluster")]
    NamespaceMissing {
        /// Its name.
        namespace: String,
    },
    /// The account is not there.
    #[error("service account `{name}` does not exist in namespace `{namespace}`")]
    AccountMissing {
        /// Its namespace.
        namespace: String,
        /// Its name.
        name: String,
    },
    /// The cluster makes a lasting token with each account (Kubernetes before 1.24).
    #[error(
        "this cluster is {version}, which makes a lasting token with each account: temporary accounts need Kubernetes \
         1.24; use an existing account (`credentialType: static`)"
    )]
    ClusterTooOld {
        /// As the API server tells it.
        version: String,
    },
    /// The role is not there.
    #[error("{role} does not exist in this cluster")]
    RoleMissing {
        /// Which.
        role: String,
    },
    /// The cluster would refuse what a lease has to make.
    #[error("{object} could not be made: {why}")]
    TrialFailed {
        /// Which.
        object: String,
        /// The API server's own words.
        why: String,
    },
    /// A required right is not held.
    #[error("`{who}` lacks the right {right}; grant it in the cluster and test again")]
    RightMissing {
        /// Who we are there.
        who: String,
        /// The right.
        right: Right,
    },
}

impl ProbeReport {
    /// Rights without which issuing fails, and which are not held.
    pub fn missing_rights(&self) -> impl Iterator<Item = &Right> {
        let missing = self.rights.iter().filter(|checked| checked.need == Need::Required && !checked.is_held);
        missing.map(|checked| &checked.right)
    }

    /// The first thing that would make issuing for `account` fail, worst first.
    pub fn first_problem(&self, account: Option<&Account>, now: Timestamp) -> Option<Problem> {
        self.expired_credential(now)
            .or_else(|| self.missing_account(account?))
            .or_else(|| self.missing_role())
            .or_else(|| self.missing_right())
            .or_else(|| self.failed_trial())
    }

    /// Why accounts should not be made here, if they should not. An API server that does not tell its version is taken for a
    /// newer one.
    pub fn too_old_for_accounts(&self) -> Option<Problem> {
        let version = self.version.as_ref().filter(|version| makes_lasting_tokens(version))?;
        Some(Problem::ClusterTooOld { version: version.clone() })
    }

    fn missing_role(&self) -> Option<Problem> {
        self.roles.iter().find_map(|seen| match &seen.state {
            RoleState::Missing { role } => Some(Problem::RoleMissing { role: role.clone() }),
            RoleState::Present { .. } | RoleState::Unknown => None,
        })
    }

    fn failed_trial(&self) -> Option<Problem> {
        let failed = self.trials.first()?;
        Some(Problem::TrialFailed { object: failed.object.clone(), why: failed.why.clone() })
    }

    fn expired_credential(&self, now: Timestamp) -> Option<Problem> {
        let at = self.credential_expires_at.filter(|at| *at <= now)?;
        Some(Problem::CredentialExpired { at })
    }

    fn missing_account(&self, account: &Account) -> Option<Problem> {
        let namespace = account.namespace().to_string();
        match self.account {
            AccountState::NamespaceMissing => Some(Problem::NamespaceMissing { namespace }),
            AccountState::Missing => Some(Problem::AccountMissing { namespace, name: account.name().to_string() }),
            AccountState::NotAsked | AccountState::Present { .. } | AccountState::Unknown => None,
        }
    }

    fn missing_right(&self) -> Option<Problem> {
        let right = self.missing_rights().next()?.clone();
        Some(Problem::RightMissing { who: self.who.clone(), right })
    }
}

/// Whether a version such as `v1.23.17-gke.5` is one before 1.24, whose controller makes a Secret with a token that never
/// ends for each service account.
fn makes_lasting_tokens(version: &str) -> bool {
    let mut numbers = version.trim_start_matches('v').split(|sign: char| !sign.is_ascii_digit());
    let mut next = || numbers.next()?.parse::<u32>().ok();
    match (next(), next()) {
        (Some(major), Some(minor)) => (major, minor) < (1, 24),
        (None, _) | (_, None) => false,
    }
}

#[cfg(test)]
mod tests;
