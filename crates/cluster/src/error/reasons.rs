//! The reasons inside a [`Kind`](super::Kind).

use std::{fmt, net::IpAddr};

use jiff::Timestamp;
use mayfly_domain::{error::ErrorClass, plan::LeasePlan};
use serde::{Deserialize, Serialize};

use crate::{ca::InvalidCa, egress::BlockReason, token_file::TokenFileFault};

/// Why a call is impossible with the settings we have.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(tag = "because", content = "detail", rename_all = "snake_case")]
pub enum Misconfigured {
    /// The connection wants no verification and this server does not allow that.
    #[error("the connection turns certificate verification off, which this server's settings do not allow")]
    VerificationOff,
    /// The stored CA cannot be used.
    #[error("`ca` {0}")]
    Ca(InvalidCa),
    /// The stored token cannot be put into a header.
    #[error("`clusterToken` contains characters that no token has")]
    Credential,
    /// The file that is to hold the token gives none.
    #[error("the token file {0}")]
    TokenFile(TokenFileFault),
    /// The address cannot be put into a request.
    #[error("`url` cannot be used as an address")]
    Address,
    /// A gateway is to be on the way, and there is none here. Nothing is sent by another way.
    #[error("a gateway is on the way there, and none can be reached from here")]
    OtherWay,
}

/// Why no answer came.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(tag = "because", rename_all = "snake_case")]
pub enum Unreachable {
    /// The host name has no address.
    #[error("the host name does not resolve; check `url`")]
    NameDoesNotResolve,
    /// An address we never connect to.
    #[error("its address {address} is blocked: {reason}")]
    Blocked {
        /// The first blocked one.
        address: IpAddr,
        /// Which rule.
        reason: BlockReason,
    },
    /// Nobody listens there.
    #[error("the connection was refused")]
    ConnectionRefused,
    /// Nobody answered in time.
    #[error("there was no answer in time")]
    TimedOut,
    /// The connection broke.
    #[error("the connection was closed before the answer was complete")]
    ConnectionLost,
    /// The network said something else.
    #[error("the network failed: {what}")]
    Network {
        /// The operating system's word for it.
        what: String,
    },
}

impl Unreachable {
    pub(super) fn public_text(&self) -> &'static str {
        match self {
            Self::NameDoesNotResolve => "the host name does not resolve; check `url`",
            Self::Blocked { .. } => "the address is in a range that this server never connects to",
            Self::ConnectionRefused | Self::TimedOut | Self::ConnectionLost | Self::Network { .. } => {
                "the API server could not be reached in time; check `url` and the network in between"
            }
        }
    }
}

/// Why the other side is not believed to be the API server.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(tag = "because", rename_all = "snake_case")]
pub enum Untrusted {
    /// Signed by somebody else than the given CA, or the roots where none is given.
    #[error("the server's certificate is not signed by a CA that this connection trusts; check `ca`")]
    UnknownIssuer,
    /// For another host.
    #[error("the server's certificate is not for this host name; check `url`")]
    WrongName,
    /// No longer valid.
    #[error("the server's certificate has expired")]
    Expired,
    /// Not valid yet, or our clock is behind.
    #[error("the server's certificate is not valid yet; check this machine's clock")]
    NotYetValid,
    /// Whatever else is wrong with it.
    #[error("the server's certificate is not acceptable: {what}")]
    Certificate {
        /// The TLS library's words.
        what: String,
    },
    /// No TLS 1.2 or 1.3 at all.
    #[error("the server does not speak TLS 1.2 or later there: {what}")]
    Handshake {
        /// The TLS library's words.
        what: String,
    },
}

impl Untrusted {
    pub(super) fn public_text(&self) -> &'static str {
        match self {
            Self::UnknownIssuer => {
                "the server's certificate is not signed by a CA that this connection trusts; check `ca`"
            }
            Self::WrongName => "the server's certificate is not for this host name; check `url`",
            Self::Expired => "the server's certificate has expired",
            Self::NotYetValid => "the server's certificate is not valid yet",
            Self::Certificate { .. } => "the server's certificate is not acceptable",
            Self::Handshake { .. } => "the server does not speak TLS 1.2 or later there",
        }
    }
}

/// The certificate that somebody showed who is not believed: what it takes to tell a wrong CA from a wrong server.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Presented {
    /// Who signed it, as the certificate says (RFC 5280 section 4.1.2.4): not proven by anything.
    pub issuer: String,
    /// SHA-256 of the certificate (DER), in hex.
    pub sha256: String,
}

impl fmt::Display for Presented {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { issuer, sha256 } = self;
        write!(formatter, "it was issued by `{issuer}` and has the SHA-256 fingerprint {sha256}")
    }
}

/// Why the token in an answer is not handed out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(tag = "because", rename_all = "snake_case")]
pub enum WrongToken {
    /// The answer held none.
    #[error("there is none")]
    Absent,
    /// Longer than any real one, or with characters none has.
    #[error("it is not a printable text of at most {longest} characters")]
    Shape {
        /// Characters accepted.
        longest: usize,
    },
    /// Not three parts of which the second is a JSON object.
    #[error("it is not a JWT")]
    NotJwt,
    /// A claim is not what was asked for.
    #[error("its claim `{claim}` is not the one asked for")]
    Claim {
        /// Name of the claim.
        claim: String,
    },
    /// `exp` is not a number of seconds.
    #[error("its claim `exp` is not a time in whole seconds")]
    Expiry,
    /// It has ended already.
    #[error("it expired at {expires_at}; check the clocks here and there")]
    Expired {
        /// Its `exp`.
        expires_at: Timestamp,
    },
    /// It lives longer than asked, and nobody could end it.
    #[error("it would live until {expires_at}, longer than the {asked_seconds} s asked for")]
    LivesTooLong {
        /// Its `exp`.
        expires_at: Timestamp,
        /// What was asked for.
        asked_seconds: u64,
    },
    /// It lives shorter than any token that Kubernetes gives.
    #[error(
        "it lives {granted_seconds} s, where {asked_seconds} s were asked for and Kubernetes gives no less than {} s; look \
         at the API server's `--service-account-max-token-expiration` and at whatever signs its tokens",
        LeasePlan::SHORTEST_TOKEN_SECONDS
    )]
    LivesTooShort {
        /// Its `exp`.
        expires_at: Timestamp,
        /// From its `iat` to its `exp`.
        granted_seconds: u64,
        /// What was asked for.
        asked_seconds: u64,
    },
    /// The answer says one end and the token another.
    #[error("its claim `exp` and the answer's `expirationTimestamp` do not agree")]
    ExpiryDisagrees,
    /// Whoever issued it says something else of it than it says itself, or than was planned.
    #[error("what is said of it (`{what}`) is not so")]
    Disagrees {
        /// The field that is not so.
        what: String,
    },
    /// Its cluster's keys are known, and none of them signed it.
    #[error("its signature is not that of the gateway's cluster: {why}")]
    Signature {
        /// Why it is not believed.
        why: String,
    },
    /// The cluster does not take it, or takes it for somebody else.
    #[error("the cluster does not accept it as the account's")]
    NotAccepted,
}

/// What a gateway did not do, and which part of the way failed. Plain words, because who knows gateways is not known here.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("{message} ({leg})")]
pub struct GatewayFault {
    /// `server`, `peer`, `tunnel`, `gateway` or `target`.
    pub leg: String,
    /// Stable word for programs.
    pub code: String,
    /// For people.
    pub message: String,
}

impl GatewayFault {
    /// No tunnel of the gateway was there.
    pub const OFFLINE: &'static str = "offline";
    /// It has too much to do, or lets itself be asked no more often.
    pub const OVERLOADED: &'static str = "overloaded";
    /// The deadline passed.
    pub const TIMED_OUT: &'static str = "timed_out";
    /// Its own policy.
    pub const POLICY: &'static str = "policy";

    /// What this means to whoever has to react.
    pub fn class(&self) -> ErrorClass {
        match self.code.as_str() {
            Self::POLICY | "not_known" | "not_understood" | "too_long" => ErrorClass::Invalid,
            _ => ErrorClass::Unavailable,
        }
    }
}
