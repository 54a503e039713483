//! The kinds of failure, their texts, and what each means to the caller.

use mayfly_domain::error::ErrorClass;
use serde::{Deserialize, Serialize};

use super::reasons::{GatewayFault, Misconfigured, Presented, Unreachable, Untrusted, WrongToken};
use crate::right::Right;

/// What happened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(tag = "kind", content = "detail", rename_all = "snake_case")]
pub enum Kind {
    /// Our own settings make the call impossible.
    #[error("{0}")]
    Misconfigured(Misconfigured),
    /// No connection, or it broke.
    #[error("{0}")]
    Unreachable(Unreachable),
    /// Somebody answered who cannot prove to be the API server.
    #[error("{0}")]
    Untrusted(Untrusted),
    /// The same, found by a probe, which looked at what was shown.
    #[error("{why}; {presented}")]
    UntrustedCertificate {
        /// Why it is not believed.
        why: Untrusted,
        /// What was shown.
        presented: Presented,
    },
    /// A redirect, which is never followed.
    #[error("the answer was a redirect ({status}), which is not followed; give the API server's own address")]
    Redirected {
        /// HTTP status.
        status: u16,
    },
    /// An answer that no Kubernetes API server gives.
    #[error("the answer is not from a Kubernetes API ({found}); check the address and its path")]
    NotKubernetes {
        /// What came instead, in a few words.
        found: String,
    },
    /// More bytes than any answer we ask for has.
    #[error("the answer is larger than {limit} bytes")]
    TooLarge {
        /// Bytes accepted.
        limit: usize,
    },
    /// The answer looks right and makes no sense.
    #[error("the answer cannot be understood: {why}")]
    Unreadable {
        /// What is wrong with it.
        why: String,
    },
    /// 401: the stored token is not accepted.
    #[error("the cluster does not accept the stored token; give a new `clusterToken`")]
    CredentialRefused,
    /// 403: a right is missing.
    #[error("the stored token lacks the right {missing} (403: {message})")]
    Forbidden {
        /// The right it takes.
        missing: Box<Right>,
        /// The API server's own words.
        message: String,
    },
    /// 404: the object is not there. Where something had to be removed this counts as done.
    #[error("{object} does not exist in the cluster (404: {message})")]
    Missing {
        /// What is not there.
        object: String,
        /// The API server's own words.
        message: String,
    },
    /// Another definite refusal.
    #[error("the API server refused the request ({status} {reason}: {message})")]
    Rejected {
        /// HTTP status, 400 to 499.
        status: u16,
        /// The API server's reason, such as `Invalid`.
        reason: String,
        /// The API server's own words.
        message: String,
    },
    /// 429: too much asked of it.
    #[error("the API server is too busy (429); try again later")]
    Busy {
        /// Seconds it asks us to wait.
        retry_after_seconds: Option<u64>,
    },
    /// 5xx: it failed, and may have acted before it did.
    #[error("the API server failed ({status}: {message})")]
    ServerFailed {
        /// HTTP status, 500 to 599.
        status: u16,
        /// The API server's own words.
        message: String,
    },
    /// A token came that is not the one asked for.
    #[error("the token in the answer is not the one asked for: {0}")]
    WrongToken(WrongToken),
    /// The role has other rules than when the dynamic secret was saved.
    #[error("{role} has other rules than when this dynamic secret was saved; look at them and save it again")]
    RoleChanged {
        /// Which role.
        role: String,
    },
    /// The role lets its holder become more than it is, or nobody may look, and that is closed here.
    #[error("{role} {why}")]
    RoleClosed {
        /// Which role.
        role: String,
        /// What it allows, and the way out.
        why: String,
    },
    /// The namespace's labels are not those that were asked for.
    #[error("namespace `{namespace}` does not have the labels that this dynamic secret asks for")]
    NamespaceNotSelected {
        /// Which namespace.
        namespace: String,
    },
    /// The object is to be removed, and something in the cluster holds it.
    #[error("{object} waits for a finalizer in the cluster: {finalizers}")]
    Held {
        /// Which object.
        object: String,
        /// Who holds it.
        finalizers: String,
    },
    /// The gateway on the way did not do its part.
    #[error("{0}")]
    Gateway(GatewayFault),
    /// The address leads to another cluster than the plan was made for.
    #[error("the address now leads to another cluster than before; test the connection and save it again")]
    OtherCluster,
    /// Something is not there, and nothing shows that this is the cluster it was made in.
    #[error("it is not there, but nothing shows that this is the cluster it was made in: {why}")]
    Unrecognized {
        /// What would show it.
        why: String,
    },
}

impl Kind {
    /// What this means to whoever has to react.
    pub fn class(&self) -> ErrorClass {
        match self {
            Self::Unreachable(Unreachable::Blocked { .. })
            | Self::Misconfigured(_)
            | Self::Untrusted(_)
            | Self::UntrustedCertificate { .. }
            | Self::Redirected { .. }
            | Self::NotKubernetes { .. }
            | Self::CredentialRefused
            | Self::Forbidden { .. }
            | Self::Missing { .. }
            | Self::Rejected { .. }
            | Self::RoleClosed { .. }
            | Self::NamespaceNotSelected { .. }
            | Self::WrongToken(WrongToken::LivesTooShort { .. }) => ErrorClass::Invalid,
            Self::Gateway(fault) => fault.class(),
            Self::OtherCluster | Self::Unrecognized { .. } | Self::RoleChanged { .. } | Self::Held { .. } => {
                ErrorClass::Conflict
            }
            Self::Unreachable(_)
            | Self::TooLarge { .. }
            | Self::Unreadable { .. }
            | Self::Busy { .. }
            | Self::ServerFailed { .. }
            | Self::WrongToken(_) => ErrorClass::Unavailable,
        }
    }

    /// The text without what a stranger could scan a network with.
    pub(crate) fn public_text(&self) -> String {
        if let Self::Unreachable(unreachable) = self {
            unreachable.public_text().to_owned()
        } else if let Self::Untrusted(why) | Self::UntrustedCertificate { why, .. } = self {
            why.public_text().to_owned()
        } else {
            self.to_string()
        }
    }
}
