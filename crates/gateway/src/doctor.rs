//! Looking at each leg of a gateway's ways, and naming the one that is broken. Nothing is changed, and no token is used up.
//!
//! [`way`] goes to the server, as far as it can without being a gateway's tunnel; [`post`] looks at the gateway's own account and
//! its API server.

pub mod post;
pub mod way;

use serde::Serialize;

/// What is looked at, in this order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Check {
    /// The policy's file.
    Policy,
    /// Whether there is an identity, or an enrolment.
    Enrolment,
    /// Looking up the server's or the proxy's name.
    Dns,
    /// TCP.
    Tcp,
    /// TLS with the proxy.
    ProxyTls,
    /// The proxy's answer.
    Proxy,
    /// The outer TLS, and who vouches for it.
    OuterTls,
    /// The WebSocket.
    Upgrade,
    /// The inner TLS: whether the server is the installation's.
    InnerTls,
    /// What the server says to this gateway.
    Hello,
    /// This machine's clock against the server's.
    Clock,
    /// The token of the gateway's account.
    TokenFile,
    /// The API server.
    ApiServer,
    /// What the account may do there.
    Rights,
}

impl Check {
    /// Every one, in order.
    pub const ALL: [Self; 14] = [
        Self::Policy,
        Self::Enrolment,
        Self::Dns,
        Self::Tcp,
        Self::ProxyTls,
        Self::Proxy,
        Self::OuterTls,
        Self::Upgrade,
        Self::InnerTls,
        Self::Hello,
        Self::Clock,
        Self::TokenFile,
        Self::ApiServer,
        Self::Rights,
    ];

    /// The word.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Policy => "policy",
            Self::Enrolment => "enrolment",
            Self::Dns => "dns",
            Self::Tcp => "tcp",
            Self::ProxyTls => "proxy-tls",
            Self::Proxy => "proxy",
            Self::OuterTls => "outer-tls",
            Self::Upgrade => "upgrade",
            Self::InnerTls => "inner-tls",
            Self::Hello => "hello",
            Self::Clock => "clock",
            Self::TokenFile => "token-file",
            Self::ApiServer => "api-server",
            Self::Rights => "rights",
        }
    }

    /// The process's exit code where this is the first that failed: 10 for the first one, and so on.
    pub fn exit_code(self) -> u8 {
        let place = Self::ALL.iter().position(|check| *check == self).unwrap_or_default();
        10 + u8::try_from(place).unwrap_or_default()
    }
}

/// What came of a look.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// As it should be.
    Good,
    /// Broken.
    Failed,
    /// Not looked at, because of something before it.
    Skipped,
}

impl Verdict {
    /// The word.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Good => "good",
            Self::Failed => "FAILED",
            Self::Skipped => "skipped",
        }
    }
}

/// What was seen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// Where.
    pub check: Check,
    /// How it is.
    pub verdict: Verdict,
    /// For people.
    pub text: String,
}

impl Finding {
    /// It is as it should be.
    pub fn good(check: Check, text: impl Into<String>) -> Self {
        Self { check, verdict: Verdict::Good, text: text.into() }
    }

    /// It is broken.
    pub fn failed(check: Check, text: impl Into<String>) -> Self {
        Self { check, verdict: Verdict::Failed, text: text.into() }
    }

    /// It was not looked at.
    pub fn skipped(check: Check, text: impl Into<String>) -> Self {
        Self { check, verdict: Verdict::Skipped, text: text.into() }
    }
}
