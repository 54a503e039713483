//! How a connection to an API server is made.

use std::io;

use futures::future::BoxFuture;
use tokio::io::{AsyncRead, AsyncWrite};

use crate::error::{Kind, Step};

/// A byte stream to an API server, before TLS.
pub trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> Stream for T {}

/// A way to reach hosts: directly, or through a tunnel.
pub trait Dial: Send + Sync {
    /// Opens a connection to `host` (a name or an address without brackets) at `port`.
    fn dial(&self, host: &str, port: u16) -> BoxFuture<'_, Result<Box<dyn Stream>, DialError>>;
}

/// Why no connection could be opened.
#[derive(Debug, thiserror::Error)]
#[error("{kind}")]
pub struct DialError {
    /// How far it got.
    pub step: Step,
    /// What happened.
    pub kind: Kind,
    /// The operating system's error, for logs.
    #[source]
    pub source: Option<io::Error>,
}
