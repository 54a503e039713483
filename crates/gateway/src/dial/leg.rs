//! The legs of the way to the server, how long each may take, and why one failed.

use std::{fmt, time::Duration};

use mayfly_domain::clock::Ambient;

/// One leg of the way. They are gone in this order, those of a proxy only where there is one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Leg {
    /// Looking up the name: the server's, or the proxy's.
    Dns,
    /// TCP, to the server or to the proxy.
    Tcp,
    /// TLS with a proxy whose address begins with `https`.
    ProxyTls,
    /// The proxy's answer to `CONNECT`.
    Proxy,
    /// The outer TLS.
    OuterTls,
    /// The WebSocket.
    Upgrade,
}

impl Leg {
    /// How long it may take.
    pub const fn limit(self) -> Duration {
        match self {
            Self::Dns => Duration::from_secs(5),
            Self::Tcp | Self::ProxyTls | Self::Proxy | Self::OuterTls | Self::Upgrade => Duration::from_secs(10),
        }
    }

    /// What `work` on this leg comes to. `whose` is said of a failure where it is not the server's own: `the proxy …: `.
    pub(super) async fn go<T, E: fmt::Display>(
        self,
        ambient: &Ambient,
        whose: &str,
        work: impl Future<Output = Result<T, E>>,
    ) -> Result<T, DialFailed> {
        let done = ambient.within(self.limit(), work).await;
        let late = || self.failed(format!("{whose}no answer within {} s", self.limit().as_secs()));
        done.ok_or_else(late)?.map_err(|error| self.failed(format!("{whose}{error}")))
    }

    /// It failed.
    pub(super) fn failed(self, why: String) -> DialFailed {
        DialFailed { leg: self, why, retry_after: None }
    }
}

/// Why the server was not reached.
#[derive(Debug, thiserror::Error)]
#[error("{leg:?}: {why}")]
pub struct DialFailed {
    /// Where.
    pub leg: Leg,
    /// Why, for people.
    pub why: String,
    /// When to try again, where the server or the proxy says so.
    pub retry_after: Option<Duration>,
}
