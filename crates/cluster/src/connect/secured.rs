//! From an address to a TLS stream that the HTTP client can pool.

use std::{
    future::Future,
    io,
    io::IoSlice,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use http::Uri;
use hyper_util::{
    client::legacy::connect::{Connected, Connection},
    rt::TokioIo,
};
use jiff::Timestamp;
use mayfly_domain::clock::Ambient;
use rustls::{
    CertificateError, ClientConfig,
    pki_types::{CertificateDer, ServerName},
};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio_rustls::{TlsConnector, client::TlsStream};
use tower::Service;

use super::{ConnectError, SharedDial, Stream};
use crate::{
    error::{Kind, Step, Unreachable, Untrusted},
    place::Deadline,
};

/// Time for look-up, TCP and TLS together. A healthy cluster needs a tenth of a second; five leave room for one lost
/// packet of each, and less than the eight of a whole lease.
const CONNECT_LIMIT: Duration = Duration::from_secs(5);

/// Opens TLS connections for one client. Never shared between two: sessions and trust belong to one target.
#[derive(Clone)]
pub(crate) struct SecureConnector {
    ambient: Ambient,
    dial: SharedDial,
    tls: TlsConnector,
}

impl SecureConnector {
    pub(crate) fn new(ambient: Ambient, dial: SharedDial, config: ClientConfig) -> Self {
        Self { ambient, dial, tls: TlsConnector::from(Arc::new(config)) }
    }

    /// Opens a connection to the host of `uri`.
    pub(crate) async fn open(self, uri: Uri) -> Result<TokioIo<SecuredStream>, ConnectError> {
        let limit = Deadline::after(&self.ambient, CONNECT_LIMIT);
        let (name, stream) = self.reach(&uri, limit).await?;
        Ok(TokioIo::new(SecuredStream(self.secure(name, stream, limit).await?)))
    }

    /// Opens a connection to the host of `uri`, looks at it, and closes it again. Nothing is sent over it.
    pub(crate) async fn look(&self, uri: &Uri) -> Result<Look, ConnectError> {
        let begun = self.ambient.now();
        let limit = Deadline::after(&self.ambient, CONNECT_LIMIT);
        let (name, stream) = self.reach(uri, limit).await?;
        let connected = self.ambient.now();
        let stream = self.secure(name, stream, limit).await?;
        let certificate =
            stream.get_ref().1.peer_certificates().and_then(<[_]>::first).map(|shown| shown.clone().into_owned());
        Ok(Look { connect: between(begun, connected), handshake: between(connected, self.ambient.now()), certificate })
    }

    async fn reach(&self, uri: &Uri, limit: Deadline) -> Result<(ServerName<'static>, Box<dyn Stream>), ConnectError> {
        const DEFAULT_PORT: u16 = 443;
        // The URI writes IPv6 addresses in brackets; neither resolvers nor certificates do.
        let host = uri.host().unwrap_or_default().trim_matches(['[', ']']).to_owned();
        let port = uri.port_u16().unwrap_or(DEFAULT_PORT);
        let name = ServerName::try_from(host.clone()).map_err(|_| untrusted(Untrusted::WrongName))?;
        let dialled = self.ambient.within(CONNECT_LIMIT, self.dial.dial(&host, port, limit)).await;
        let late = || ConnectError::unreachable(Step::Connect, Unreachable::TimedOut);
        Ok((name, dialled.unwrap_or_else(|| Err(late()))?))
    }

    async fn secure(
        &self,
        name: ServerName<'static>,
        stream: Box<dyn Stream>,
        limit: Deadline,
    ) -> Result<TlsStream<Box<dyn Stream>>, ConnectError> {
        match self.ambient.within(limit.left(&self.ambient), self.tls.connect(name, stream)).await {
            Some(Ok(stream)) => Ok(stream),
            Some(Err(error)) => Err(handshake_failed(&error)),
            None => Err(ConnectError::unreachable(Step::Handshake, Unreachable::TimedOut)),
        }
    }
}

/// What was seen of a connection that was only opened.
pub(crate) struct Look {
    /// Looking up the name and connecting.
    pub(crate) connect: Duration,
    /// TLS.
    pub(crate) handshake: Duration,
    /// What the other side showed.
    pub(crate) certificate: Option<CertificateDer<'static>>,
}

fn between(begun: Timestamp, ended: Timestamp) -> Duration {
    ended.duration_since(begun).unsigned_abs()
}

impl Service<Uri> for SecureConnector {
    type Response = TokioIo<SecuredStream>;
    type Error = ConnectError;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Self::Error>> + Send>>;

    fn poll_ready(&mut self, _context: &mut Context<'_>) -> Poll<Result<(), ConnectError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, uri: Uri) -> Self::Future {
        Box::pin(self.clone().open(uri))
    }
}

fn untrusted(reason: Untrusted) -> ConnectError {
    ConnectError { step: Step::Handshake, kind: Kind::Untrusted(reason) }
}

fn handshake_failed(error: &io::Error) -> ConnectError {
    match error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>()) {
        Some(rustls::Error::InvalidCertificate(reason)) => untrusted(why_untrusted(reason)),
        Some(other) => untrusted(Untrusted::Handshake { what: other.to_string() }),
        None => ConnectError::unreachable(Step::Handshake, Unreachable::ConnectionLost),
    }
}

#[expect(clippy::wildcard_enum_match_arm, reason = "the TLS library's enum grows, and the rest has one meaning here")]
fn why_untrusted(error: &CertificateError) -> Untrusted {
    match error {
        CertificateError::UnknownIssuer | CertificateError::BadSignature => Untrusted::UnknownIssuer,
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => Untrusted::WrongName,
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => Untrusted::Expired,
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => Untrusted::NotYetValid,
        other => Untrusted::Certificate { what: other.to_string() },
    }
}

/// A TLS stream, with what the HTTP client's pool wants to know of it.
pub(crate) struct SecuredStream(TlsStream<Box<dyn Stream>>);

impl Connection for SecuredStream {
    fn connected(&self) -> Connected {
        Connected::new()
    }
}

impl AsyncRead for SecuredStream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_read(context, buffer)
    }
}

impl AsyncWrite for SecuredStream {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.0).poll_write(context, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.0).poll_write_vectored(context, slices)
    }

    fn is_write_vectored(&self) -> bool {
        self.0.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_shutdown(context)
    }
}
