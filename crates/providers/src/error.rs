//! Why a provider cannot be asked, and why a token is not believed. The texts are for the audit log and for
//! administrators; who shows a token learns only that it was not accepted.

use mayfly_cluster::HttpsError;

use crate::key::InvalidKeys;

/// A provider did not give what it should.
#[derive(Clone, Debug, thiserror::Error)]
pub enum ProviderError {
    /// It could not be asked.
    #[error("{what} could not be fetched: {reason}")]
    Fetch {
        /// `the discovery document` or `the key set`.
        what: &'static str,
        /// Why.
        reason: HttpsError,
    },
    /// It answered with another status than 200.
    #[error("{what} was answered with status {status}")]
    Status {
        /// What was asked for.
        what: &'static str,
        /// HTTP status.
        status: u16,
    },
    /// What came is no such document.
    #[error("the discovery document cannot be understood: {0}")]
    Document(&'static str),
    /// The document speaks for somebody else.
    #[error("the discovery document is of another issuer than the one that is trusted")]
    Issuer,
    /// It has no endpoint of this kind, or says nothing that helps.
    #[error("the provider does not offer {0}")]
    Missing(&'static str),
    /// What came is no such answer.
    #[error("{0} cannot be understood")]
    Answer(&'static str),
    /// What came are no keys.
    #[error("the key set cannot be understood: {0}")]
    Keys(InvalidKeys),
    /// The last try failed a moment ago, and is not repeated yet.
    #[error("the provider failed a moment ago and is asked again soon")]
    Resting,
    /// Others wait for it already, and the time was up.
    #[error("there was no answer in time")]
    TimedOut,
}

impl ProviderError {
    /// Whether the egress guard refused the address.
    pub fn is_blocked(&self) -> bool {
        matches!(self, Self::Fetch { reason, .. } if reason.is_blocked())
    }
}

/// A token is not believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TokenRefused {
    /// Not three parts of base64url, or no JSON objects in them.
    #[error("it is not a JWT: {0}")]
    Malformed(&'static str),
    /// `alg` is not one that is believed, or fits no key.
    #[error("its algorithm is not accepted")]
    Algorithm,
    /// No key has its `kid`.
    #[error("no key of the issuer has its key id")]
    UnknownKey,
    /// The signature does not fit.
    #[error("its signature does not fit")]
    Signature,
    /// A claim has the wrong type or is missing.
    #[error("its claim `{0}` is missing or of the wrong type")]
    Claim(&'static str),
    /// `iss` is somebody else.
    #[error("it is of another issuer")]
    Issuer,
    /// `aud` names none of ours.
    #[error("it is meant for another audience")]
    Audience,
    /// `exp` has passed.
    #[error("it has expired, by this server's clock")]
    Expired,
    /// `nbf` or `iat` lies ahead.
    #[error("it is not valid yet: its issuer's clock is ahead of this server's")]
    NotYetValid,
    /// `nonce` is not the one that was sent along.
    #[error("its nonce is another one")]
    Nonce,
    /// `azp` is somebody else, or missing beside several audiences.
    #[error("it was made for another party")]
    Party,
    /// `at_hash` does not fit the access token.
    #[error("it does not belong to the access token that came with it")]
    AccessToken,
    /// Issued longer ago than is accepted.
    #[error("it is older than is accepted, by this server's clock")]
    TooOld,
}
