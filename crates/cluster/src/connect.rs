//! How a connection to an API server is made: look up, check, dial, TLS.
//!
//! [`Dial`] is the part that a tunnel replaces; [`Direct`] is the one that goes straight out, past the egress guard.
//! TLS is ours in both cases, so nobody in between sees what is said. No proxy variable of the environment is read, and
//! no redirect followed: nothing here knows how.

mod direct;
mod resolve;
mod secured;
mod tls;

use std::sync::Arc;

use futures::future::BoxFuture;
use tokio::io::{AsyncRead, AsyncWrite};

pub use direct::Direct;
pub(crate) use secured::{Look, SecureConnector};
pub(crate) use tls::TlsSettings;

use crate::{
    error::{Kind, Step, Unreachable},
    place::Deadline,
};

/// A byte stream to an API server, before TLS.
pub trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> Stream for T {}

/// A way to reach hosts: directly, or through a tunnel.
pub trait Dial: Send + Sync {
    /// Opens a connection to `host` (a name or an address without brackets) at `port`, before `limit`.
    fn dial<'a>(
        &'a self,
        host: &'a str,
        port: u16,
        limit: Deadline,
    ) -> BoxFuture<'a, Result<Box<dyn Stream>, ConnectError>>;
}

/// Why there is no connection.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{kind}")]
pub struct ConnectError {
    /// How far it got.
    pub step: Step,
    /// What happened.
    pub kind: Kind,
}

impl ConnectError {
    fn unreachable(step: Step, reason: Unreachable) -> Self {
        Self { step, kind: Kind::Unreachable(reason) }
    }
}

/// A dialler, as it is shared between the clients of one executor.
pub(crate) type SharedDial = Arc<dyn Dial>;
