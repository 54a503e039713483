//! Proxies that end TLS and read what passes: one in front of a server, as balancers are, and one that a company puts before its
//! people, which shows certificates of its own for whatever they ask for.

use std::{
    io,
    net::SocketAddr,
    sync::{Arc, Mutex, PoisonError},
};

use anyhow::Context as _;
use rustls::{
    ClientConfig, RootCertStore, ServerConfig,
    crypto::aws_lc_rs,
    pki_types::{CertificateDer, ServerName},
    sign::SingleCertAndKey,
};
use tokio::{
    io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _},
    net::TcpStream,
};
use tokio_rustls::{TlsAcceptor, TlsConnector, server::TlsStream};

use super::{Inside, Room};
use crate::{
    certificates::{ServerCertificate, TestAuthority},
    connect_proxy::read_head,
};

/// One of them, in a room. It ends when it is dropped.
#[derive(Debug)]
pub struct TlsProxy {
    address: SocketAddr,
    seen: Seen,
    _serving: Inside,
}

/// What passed, decrypted.
type Seen = Arc<Mutex<Vec<u8>>>;

impl TlsProxy {
    /// In front of the server at `upstream`, to which it speaks without TLS. `authority` vouches for it.
    ///
    /// # Errors
    /// When it cannot listen.
    pub fn reverse(room: &Room, authority: &TestAuthority, upstream: SocketAddr) -> anyhow::Result<Self> {
        let acceptor = acceptor(&authority.sign_for(&[&room.address().to_string()]))?;
        Self::start(room, move |client, seen| {
            let acceptor = acceptor.clone();
            async move {
                let client = acceptor.accept(client).await?;
                read_along(client, TcpStream::connect(upstream).await?, &seen).await
            }
        })
    }

    /// A proxy that is asked to `CONNECT`, and then plays the server, by certificates of `authority`. Itself it believes whomever
    /// `believed` vouches for.
    ///
    /// # Errors
    /// When it cannot listen.
    pub fn intercepting(
        room: &Room,
        authority: Arc<TestAuthority>,
        believed: CertificateDer<'static>,
    ) -> anyhow::Result<Self> {
        let connector = connector(believed)?;
        Self::start(room, move |client, seen| {
            let (authority, connector) = (Arc::clone(&authority), connector.clone());
            async move {
                let (target, client) = play(client, &authority).await?;
                let name = ServerName::try_from(host(&target).to_owned()).map_err(io::Error::other)?;
                let server = connector.connect(name, TcpStream::connect(&target).await?).await?;
                read_along(client, server, &seen).await
            }
        })
    }

    fn start<W>(room: &Room, serve: impl Fn(TcpStream, Seen) -> W + Send + 'static) -> anyhow::Result<Self>
    where
        W: Future<Output = io::Result<()>> + Send + 'static,
    {
        let listener = room.listen()?;
        let (address, seen) = (listener.local_addr()?, Seen::default());
        let book = Arc::clone(&seen);
        let serving = room.serve(listener, move |client| serve(client, Arc::clone(&book)))?;
        Ok(Self { address, seen, _serving: serving })
    }

    /// Where it listens.
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// What it read so far, in the order of its passing.
    pub fn seen(&self) -> Vec<u8> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// Answers a `CONNECT`, and shows a certificate for whom the client wanted.
async fn play(mut client: TcpStream, authority: &TestAuthority) -> io::Result<(String, TlsStream<TcpStream>)> {
    let head = read_head(&mut client).await?;
    let target = head.strip_prefix("CONNECT ").and_then(|rest| rest.split(' ').next());
    let target = target.ok_or_else(|| io::Error::other("no CONNECT"))?.to_owned();
    client.write_all(b"HTTP/1.1 200 Connection established\r\n\r\n").await?;
    let shown = acceptor(&authority.sign_for(&[host(&target)])).map_err(io::Error::other)?;
    Ok((target, shown.accept(client).await?))
}

fn host(target: &str) -> &str {
    target.rsplit_once(':').map_or(target, |(host, _)| host)
}

/// Passes both directions on, and writes both down.
async fn read_along(
    client: impl AsyncRead + AsyncWrite,
    server: impl AsyncRead + AsyncWrite,
    seen: &Mutex<Vec<u8>>,
) -> io::Result<()> {
    let ((from_client, to_client), (from_server, to_server)) = (tokio::io::split(client), tokio::io::split(server));
    tokio::try_join!(pass(from_client, to_server, seen), pass(from_server, to_client, seen)).map(drop)
}

async fn pass(
    mut from: impl AsyncRead + Unpin,
    mut to: impl AsyncWrite + Unpin,
    seen: &Mutex<Vec<u8>>,
) -> io::Result<()> {
    let mut piece = Vec::with_capacity(16 * 1024);
    while from.read_buf(&mut piece).await? > 0 {
        seen.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(&piece);
        to.write_all(&piece).await?;
        to.flush().await?;
        piece.clear();
    }
    to.shutdown().await
}

fn acceptor(shown: &ServerCertificate) -> anyhow::Result<TlsAcceptor> {
    let builder = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()));
    let builder = builder.with_safe_default_protocol_versions().context("the provider has cipher suites")?;
    let shown = SingleCertAndKey::from(shown.as_ref().clone());
    Ok(TlsAcceptor::from(Arc::new(builder.with_no_client_auth().with_cert_resolver(Arc::new(shown)))))
}

fn connector(believed: CertificateDer<'static>) -> anyhow::Result<TlsConnector> {
    let mut roots = RootCertStore::empty();
    roots.add(believed).context("believe an authority")?;
    let builder = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()));
    let builder = builder.with_safe_default_protocol_versions().context("the provider has cipher suites")?;
    Ok(TlsConnector::from(Arc::new(builder.with_root_certificates(roots).with_no_client_auth())))
}
