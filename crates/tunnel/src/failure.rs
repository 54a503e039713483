//! Why something that was asked of a gateway was not answered: where it failed, how far it got, and whether to try again.

use std::{fmt, time::Duration};

use serde::{Deserialize, Serialize};

/// The part of the way that failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Leg {
    /// This server: no tunnel, or no room.
    Server,
    /// Another server that holds the tunnel.
    Peer,
    /// The tunnel itself.
    Tunnel,
    /// The gateway, by its own policy or limits.
    Gateway,
    /// From the gateway to where it leads.
    Target,
}

impl Leg {
    /// The word.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Server => "server",
            Self::Peer => "peer",
            Self::Tunnel => "tunnel",
            Self::Gateway => "gateway",
            Self::Target => "target",
        }
    }
}

impl fmt::Display for Leg {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.word())
    }
}

/// How far something got.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Reached {
    /// The gateway certainly did nothing.
    NotSent,
    /// It left, and no answer came.
    Unknown,
    /// The gateway answered that it did not.
    Refused,
}

/// Something that was asked and not answered.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct CallFailed {
    /// Where.
    pub leg: Leg,
    /// How far it got.
    pub reached: Reached,
    /// Stable word for programs.
    pub code: String,
    /// For people.
    pub message: String,
    /// When to try again, where the gateway says so.
    pub retry_after: Option<Duration>,
}

/// A gateway's answer that it does not do something.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Refusal {
    /// Where it failed.
    pub leg: Leg,
    /// Stable word for programs.
    pub code: String,
    /// For people.
    pub message: String,
    /// Milliseconds after which to try again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_after_ms: Option<u64>,
    /// Whether something may have been done all the same.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub may_have_acted: bool,
}

impl Refusal {
    /// By the gateway's own word.
    pub fn of_gateway(code: &str, message: impl Into<String>) -> Self {
        Self {
            leg: Leg::Gateway,
            code: code.to_owned(),
            message: message.into(),
            retry_after_ms: None,
            may_have_acted: false,
        }
    }

    /// The same, where something may have been done before.
    #[must_use]
    pub fn after_acting(self) -> Self {
        Self { may_have_acted: true, ..self }
    }

    /// There is too much to do.
    pub fn overloaded(retry_after: Duration) -> Self {
        let retry_after_ms = u64::try_from(retry_after.as_millis()).ok();
        Self { retry_after_ms, ..Self::of_gateway("overloaded", "the gateway has too much to do") }
    }
}

impl From<CallFailed> for Refusal {
    /// As a server tells it to another that asked it ([`peer`](crate::peer)).
    fn from(failed: CallFailed) -> Self {
        let CallFailed { leg, reached, code, message, retry_after } = failed;
        let retry_after_ms = retry_after.and_then(|pause| u64::try_from(pause.as_millis()).ok());
        Self { leg, code, message, retry_after_ms, may_have_acted: reached == Reached::Unknown }
    }
}

impl From<Refusal> for CallFailed {
    fn from(refusal: Refusal) -> Self {
        let Refusal { leg, code, message, retry_after_ms, may_have_acted } = refusal;
        let retry_after = retry_after_ms.map(Duration::from_millis);
        let reached = match leg {
            _ if may_have_acted => Reached::Unknown,
            Leg::Gateway | Leg::Target => Reached::Refused,
            // It was another server that answered, and the gateway was not asked.
            Leg::Server | Leg::Peer | Leg::Tunnel => Reached::NotSent,
        };
        Self { leg, reached, code, message, retry_after }
    }
}

impl CallFailed {
    /// Nothing was sent.
    pub fn not_sent(leg: Leg, code: &str, message: impl Into<String>) -> Self {
        Self { leg, reached: Reached::NotSent, code: code.to_owned(), message: message.into(), retry_after: None }
    }

    /// The tunnel takes nothing new.
    pub(crate) fn closing() -> Self {
        Self::not_sent(Leg::Tunnel, "tunnel_closing", "the tunnel was closing")
    }

    /// The tunnel broke, or its other end spoke nonsense, after something was sent.
    pub(crate) fn unknown(code: &str, message: impl Into<String>) -> Self {
        Self { reached: Reached::Unknown, ..Self::not_sent(Leg::Tunnel, code, message) }
    }

    /// What HTTP/2 says. It knows for certain when a stream was not worked on: `REFUSED_STREAM`, and every stream above the
    /// last one that a `GOAWAY` names (RFC 9113 sections 6.8 and 8.7).
    pub(crate) fn of_stream(error: &h2::Error) -> Self {
        let was_refused =
            error.reason() == Some(h2::Reason::REFUSED_STREAM) || (error.is_go_away() && error.is_remote());
        if was_refused { Self::closing() } else { Self::unknown("tunnel_broke", format!("the tunnel broke: {error}")) }
    }
}
