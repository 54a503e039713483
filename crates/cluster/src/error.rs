//! What can go wrong between us and a cluster, and how certain we are of what it did.
//!
//! The errors are plain data: they cross the tunnel like the outcomes do. They hold no secret; texts that came from a
//! cluster were cleaned by [`clean`] before they got in.

mod clean;
mod kind;
mod reasons;

use std::fmt;

use jiff::Timestamp;
use mayfly_domain::error::ErrorClass;
use serde::{Deserialize, Serialize};

pub use clean::clean;
pub use kind::Kind;
pub use reasons::{GatewayFault, Misconfigured, Presented, Unreachable, Untrusted, WrongToken};

/// A call to a cluster that did not do what it was for.
///
/// `Display` is the internal text, for logs and organization administrators; [`ClusterError::public_text`] is for
/// everybody else.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("{call} at `{server}`: {kind}")]
pub struct ClusterError {
    /// The API server: scheme, host and port.
    pub server: String,
    /// The call that failed.
    pub call: Call,
    /// How far it got.
    pub step: Step,
    /// What happened.
    pub kind: Kind,
    /// Whether the cluster may have acted all the same.
    pub certainty: Certainty,
}

/// The calls we make.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Call {
    /// `GET /version`.
    ReadVersion,
    /// `GET` of a namespace.
    ReadNamespace,
    /// `GET` of a service account.
    ReadAccount,
    /// `GET` of all namespaces.
    ListNamespaces,
    /// `GET` of the service accounts of a namespace or of all.
    ListAccounts,
    /// `POST` of a TokenRequest.
    CreateToken,
    /// `POST` of an object of ours.
    CreateObject,
    /// `GET` of an object of ours.
    ReadObject,
    /// `DELETE` of an object of ours.
    DeleteObject,
    /// `GET` of the objects that carry our label.
    ListObjects,
    /// `GET` of a Role or ClusterRole.
    ReadRole,
    /// `POST` of a SelfSubjectAccessReview.
    ReviewAccess,
    /// `POST` of a SelfSubjectReview.
    ReviewSelf,
    /// `POST` of a TokenReview.
    ReviewToken,
    /// `GET` of the keys that tokens of service accounts are signed by.
    ReadKeys,
}

impl fmt::Display for Call {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::ReadVersion => "reading the version",
            Self::ReadNamespace => "reading the namespace",
            Self::ReadAccount => "reading the service account",
            Self::ListNamespaces => "listing namespaces",
            Self::ListAccounts => "listing service accounts",
            Self::CreateToken => "requesting a token",
            Self::CreateObject => "making an object",
            Self::ReadObject => "reading an object",
            Self::DeleteObject => "removing an object",
            Self::ListObjects => "listing our objects",
            Self::ReadRole => "reading the role",
            Self::ReviewAccess => "asking for our rights",
            Self::ReviewSelf => "asking who we are",
            Self::ReviewToken => "asking whose a token is",
            Self::ReadKeys => "reading the keys of its tokens",
        })
    }
}

/// How far a call got.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Step {
    /// Settings were read; nothing left this machine.
    Prepare,
    /// The host name was looked up.
    Resolve,
    /// The addresses were checked and one of them dialled.
    Connect,
    /// TLS was set up and the certificate checked.
    Handshake,
    /// The request was on its way and no answer had begun.
    Send,
    /// The answer was read and checked.
    Answer,
}

impl fmt::Display for Step {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Prepare => "preparing the call",
            Self::Resolve => "looking up the host name",
            Self::Connect => "connecting",
            Self::Handshake => "setting up TLS",
            Self::Send => "waiting for the answer",
            Self::Answer => "reading the answer",
        })
    }
}

/// What is known about the cluster after a failed call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Certainty {
    /// No byte of the request left: nothing happened.
    NeverSent,
    /// The API server definitely refused: nothing happened.
    Refused,
    /// The request may have been carried out.
    Unknown,
}

impl ClusterError {
    /// What this means to whoever has to react.
    pub fn class(&self) -> ErrorClass {
        self.kind.class()
    }

    /// Whether a right is missing.
    pub fn is_forbidden(&self) -> bool {
        matches!(self.kind, Kind::Forbidden { .. })
    }

    /// Whether the object is not there: where something had to be removed, this is success.
    pub fn is_missing(&self) -> bool {
        matches!(self.kind, Kind::Missing { .. })
    }

    /// Whether the role was refused for what it allows, and nothing was made.
    pub fn is_closed_role(&self) -> bool {
        matches!(self.kind, Kind::RoleClosed { .. })
    }

    /// The text for people who may not learn what listens where: it names the step and the way out, and does not tell a
    /// closed port from a silent one.
    pub fn public_text(&self) -> String {
        format!("{} at `{}` failed while {}: {}", self.call, self.server, self.step, self.kind.public_text())
    }

    /// The certificate that was shown, where it is not believed and somebody looked at it.
    pub fn presented(&self) -> Option<&Presented> {
        let Kind::UntrustedCertificate { presented, .. } = &self.kind else { return None };
        Some(presented)
    }

    /// Whether the deadline passed before the cluster had answered.
    pub fn is_timeout(&self) -> bool {
        match &self.kind {
            Kind::Unreachable(Unreachable::TimedOut) => true,
            Kind::Gateway(fault) => fault.code == GatewayFault::TIMED_OUT,
            _ => false,
        }
    }

    /// Whether it was not tried at all, because the gateway on the way is away or has no room: nothing is known of the cluster.
    pub fn was_not_tried(&self) -> bool {
        let Kind::Gateway(fault) = &self.kind else { return false };
        let is_passing = [GatewayFault::OFFLINE, GatewayFault::OVERLOADED].contains(&fault.code.as_str());
        is_passing && self.certainty != Certainty::Unknown
    }

    /// The end of a token that exists although it was refused, where its answer told.
    pub fn token_expires_at(&self) -> Option<Timestamp> {
        let Kind::WrongToken(reason) = &self.kind else { return None };
        if let WrongToken::LivesTooLong { expires_at, .. } | WrongToken::LivesTooShort { expires_at, .. } = reason {
            Some(*expires_at)
        } else {
            None
        }
    }
}

#[cfg(test)]
mod tests;
