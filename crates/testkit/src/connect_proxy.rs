//! An HTTP proxy that only knows `CONNECT`, as firewalls of companies have one.

use std::{
    io,
    net::Ipv4Addr,
    sync::{Arc, Mutex, PoisonError},
};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use rustls::{ServerConfig, crypto::aws_lc_rs, sign::SingleCertAndKey};
use tokio::{
    io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _, copy_bidirectional},
    net::{TcpListener, TcpStream},
    task::AbortHandle,
};
use tokio_rustls::TlsAcceptor;

use crate::certificates::ServerCertificate;

/// Bytes of a request's head at most.
const LONGEST_HEAD: usize = 8 * 1024;

/// Bytes that are passed on at once.
const CHUNK: usize = 4 * 1024;

/// What a proxy does with whoever asks.
#[derive(Clone, Debug)]
pub enum ProxyManner {
    /// Lets everybody through.
    Open,
    /// Lets through who has this name and password.
    Asking(String, String),
    /// Answers this and nothing else: a status line and headers, without the empty line.
    Answering(String),
    /// Takes connections and never answers.
    Silent,
    /// Lets everybody through, and lets nothing come back once a client has sent so many bytes.
    Swallowing(usize),
}

/// A proxy on a free port of 127.0.0.1. It stops when it is dropped; what it passes on goes on.
#[derive(Debug)]
pub struct ConnectProxy {
    address: std::net::SocketAddr,
    is_secure: bool,
    shared: Arc<Shared>,
    accepting: AbortHandle,
}

#[derive(Debug)]
struct Shared {
    manner: Mutex<ProxyManner>,
    asked: Mutex<Vec<String>>,
}

impl ConnectProxy {
    /// One that is spoken to without TLS.
    ///
    /// # Errors
    /// When no port is free.
    pub async fn start(manner: ProxyManner) -> io::Result<Self> {
        Self::listen(manner, None).await
    }

    /// One that is spoken to by TLS, and shows `certificate`.
    ///
    /// # Errors
    /// When no port is free.
    ///
    /// # Panics
    /// When the certificate cannot be shown.
    pub async fn secure(manner: ProxyManner, certificate: &ServerCertificate) -> io::Result<Self> {
        let builder = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()));
        let builder = builder.with_safe_default_protocol_versions().expect("the provider has cipher suites");
        let shown = SingleCertAndKey::from(certificate.as_ref().clone());
        let config = builder.with_no_client_auth().with_cert_resolver(Arc::new(shown));
        Self::listen(manner, Some(TlsAcceptor::from(Arc::new(config)))).await
    }

    async fn listen(manner: ProxyManner, tls: Option<TlsAcceptor>) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let (address, is_secure) = (listener.local_addr()?, tls.is_some());
        let shared = Arc::new(Shared { manner: Mutex::new(manner), asked: Mutex::default() });
        let hall = Arc::clone(&shared);
        let accepting = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (hall, tls) = (Arc::clone(&hall), tls.clone());
                tokio::spawn(async move {
                    match tls {
                        None => serve(&hall, stream).await,
                        Some(tls) => serve(&hall, tls.accept(stream).await?).await,
                    }
                });
            }
        });
        Ok(Self { address, is_secure, shared, accepting: accepting.abort_handle() })
    }

    /// Its address, `http://127.0.0.1:port` or `https://…`.
    pub fn url(&self) -> String {
        self.url_with("")
    }

    /// The same with what stands before the host, such as `name:password@`.
    pub fn url_with(&self, who: &str) -> String {
        let scheme = if self.is_secure { "https" } else { "http" };
        format!("{scheme}://{who}{}", self.address)
    }

    /// Where it was asked to connect to, so far.
    pub fn asked(&self) -> Vec<String> {
        self.shared.asked.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Changes its manner, for new connections.
    pub fn behave(&self, manner: ProxyManner) {
        *self.shared.manner.lock().unwrap_or_else(PoisonError::into_inner) = manner;
    }
}

impl Drop for ConnectProxy {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

async fn serve(shared: &Shared, mut client: impl AsyncRead + AsyncWrite + Unpin) -> io::Result<()> {
    let head = read_head(&mut client).await?;
    let mut words = head.split(' ');
    let (Some("CONNECT"), Some(target)) = (words.next(), words.next()) else {
        return client.write_all(b"HTTP/1.1 405 Method Not Allowed\r\n\r\n").await;
    };
    shared.asked.lock().unwrap_or_else(PoisonError::into_inner).push(target.to_owned());
    let manner = shared.manner.lock().unwrap_or_else(PoisonError::into_inner).clone();
    match manner {
        ProxyManner::Silent => return std::future::pending().await,
        ProxyManner::Answering(head) => return client.write_all(format!("{head}\r\n\r\n").as_bytes()).await,
        ProxyManner::Asking(name, password) if !is_known(&head, &name, &password) => {
            let refusal =
                b"HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic realm=\"x\"\r\n\r\n";
            return client.write_all(refusal).await;
        }
        ProxyManner::Open | ProxyManner::Asking(..) | ProxyManner::Swallowing(_) => {}
    }
    let Ok(mut server) = TcpStream::connect(target).await else {
        return client.write_all(b"HTTP/1.1 502 Bad Gateway\r\n\r\n").await;
    };
    client.write_all(b"HTTP/1.1 200 Connection established\r\n\r\n").await?;
    match manner {
        ProxyManner::Swallowing(most) => swallow(client, server, most).await,
        _ => copy_bidirectional(&mut client, &mut server).await.map(drop),
    }
}

/// Up to the empty line, which is the last that a client sends before it is answered.
pub(crate) async fn read_head(client: &mut (impl AsyncRead + Unpin)) -> io::Result<String> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") && head.len() < LONGEST_HEAD {
        head.push(client.read_u8().await?);
    }
    String::from_utf8(head).map_err(io::Error::other)
}

fn is_known(head: &str, name: &str, password: &str) -> bool {
    let wanted = format!("Basic {}", STANDARD.encode(format!("{name}:{password}")));
    let mut headers = head.lines().filter_map(|line| line.split_once(": "));
    headers.any(|(header, value)| header.eq_ignore_ascii_case("proxy-authorization") && value == wanted)
}

async fn swallow(client: impl AsyncRead + AsyncWrite + Unpin, server: TcpStream, most: usize) -> io::Result<()> {
    let ((mut from_client, mut to_client), (mut from_server, mut to_server)) =
        (tokio::io::split(client), server.into_split());
    let (mut there, mut back) = (Vec::with_capacity(CHUNK), Vec::with_capacity(CHUNK));
    let mut sent = 0;
    loop {
        tokio::select! {
            count = from_client.read_buf(&mut there) => {
                sent += count?;
                if there.is_empty() {
                    return Ok(());
                }
                to_server.write_all(&there).await?;
                there.clear();
            }
            count = from_server.read_buf(&mut back), if sent < most => {
                if count? == 0 {
                    return Ok(());
                }
                to_client.write_all(&back).await?;
                back.clear();
            }
        }
    }
}
