//! The way to the server: look-up, TCP, outer TLS, WebSocket; each with its own limit, and its own name when it fails.
//!
//! The outer TLS may end at a balancer or be read by a proxy: nothing of ours depends on it. It is checked all the same, because
//! an operator expects that, and because it says early who is there.

use std::{io, sync::Arc, time::Duration};

use http::Uri;
use mayfly_domain::{clock::Ambient, error::chain};
use mayfly_tunnel::carrier::{Carrier, UpgradeFailed, upgrade};
use rustls::{
    ClientConfig, RootCertStore,
    crypto::aws_lc_rs,
    pki_types::{CertificateDer, ServerName},
};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

/// For each leg of the way.
const LEG_LIMIT: Duration = Duration::from_secs(10);

/// Where the server is, and how its outer TLS is checked.
#[derive(Clone)]
pub struct Server {
    host: String,
    port: u16,
    prefix: String,
    tls: Option<Arc<ClientConfig>>,
}

/// The leg of the way that failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Leg {
    /// Looking up the name.
    Dns,
    /// TCP.
    Tcp,
    /// The outer TLS.
    OuterTls,
    /// The WebSocket.
    Upgrade,
}

/// Why the server was not reached.
#[derive(Debug, thiserror::Error)]
#[error("{leg:?}: {why}")]
pub struct DialFailed {
    /// Where.
    pub leg: Leg,
    /// Why, for people.
    pub why: String,
    /// When to try again, where the server says so.
    pub retry_after: Option<Duration>,
}

/// The text is no address of a server.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be an address such as `https://mayfly.example.com`")]
pub struct InvalidServer;

impl Server {
    /// The server at `address`; `authorities` are trusted for its outer TLS instead of the system's.
    pub fn new(address: &str, authorities: &[CertificateDer<'static>]) -> Result<Self, InvalidServer> {
        let uri: Uri = address.parse().map_err(|_| InvalidServer)?;
        let host = uri.host().ok_or(InvalidServer)?.trim_matches(['[', ']']).to_owned();
        let (default, tls) = match uri.scheme_str() {
            Some("https") => (443, Some(Arc::new(tls(authorities)))),
            Some("http") => (80, None),
            Some(_) | None => return Err(InvalidServer),
        };
        let prefix = uri.path().trim_end_matches('/').to_owned();
        Ok(Self { host, port: uri.port_u16().unwrap_or(default), prefix, tls })
    }

    /// Opens a WebSocket at `path`.
    pub async fn dial(
        &self,
        ambient: &Ambient,
        path: &str,
        subprotocol: &'static str,
    ) -> Result<Box<dyn Carrier>, DialFailed> {
        let stream = self.connect(ambient).await?;
        let authority = if self.host.contains(':') {
            format!("[{}]:{}", self.host, self.port)
        } else {
            format!("{}:{}", self.host, self.port)
        };
        let uri = format!("ws://{authority}{}{path}", self.prefix);
        let upgraded = ambient.within(LEG_LIMIT, upgrade(stream, &uri, subprotocol)).await;
        match upgraded.ok_or_else(|| late(Leg::Upgrade))? {
            Ok(carrier) => Ok(Box::new(carrier)),
            Err(error) => {
                let retry_after = match &error {
                    UpgradeFailed::Refused { retry_after_seconds, .. } => retry_after_seconds.map(Duration::from_secs),
                    UpgradeFailed::SubProtocol { .. } | UpgradeFailed::Broken(_) => None,
                };
                Err(DialFailed { leg: Leg::Upgrade, why: chain(&error), retry_after })
            }
        }
    }

    async fn connect(&self, ambient: &Ambient) -> Result<Box<dyn Carrier>, DialFailed> {
        let addresses = ambient.within(LEG_LIMIT, tokio::net::lookup_host((self.host.as_str(), self.port))).await;
        let addresses: Vec<_> =
            addresses.ok_or_else(|| late(Leg::Dns))?.map_err(|error| failed(Leg::Dns, &error))?.collect();
        let connected = ambient.within(LEG_LIMIT, TcpStream::connect(addresses.as_slice())).await;
        let stream = connected.ok_or_else(|| late(Leg::Tcp))?.map_err(|error| failed(Leg::Tcp, &error))?;
        stream.set_nodelay(true).map_err(|error| failed(Leg::Tcp, &error))?;
        let Some(tls) = &self.tls else { return Ok(Box::new(stream)) };
        let name = ServerName::try_from(self.host.clone())
            .map_err(|_| failed(Leg::OuterTls, &io::Error::other("the host's name is no name")))?;
        let secured = ambient.within(LEG_LIMIT, TlsConnector::from(Arc::clone(tls)).connect(name, stream)).await;
        let stream = secured.ok_or_else(|| late(Leg::OuterTls))?.map_err(|error| failed(Leg::OuterTls, &error))?;
        Ok(Box::new(stream))
    }
}

fn tls(authorities: &[CertificateDer<'static>]) -> ClientConfig {
    let provider = Arc::new(aws_lc_rs::default_provider());
    let builder = ClientConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()
        .expect("aws-lc-rs has cipher suites for TLS 1.2 and 1.3");
    let given = |store: RootCertStore| builder.clone().with_root_certificates(store).with_no_client_auth();
    let mut config = if authorities.is_empty() {
        match rustls_platform_verifier::Verifier::new(provider) {
            Ok(verifier) => {
                builder.clone().dangerous().with_custom_certificate_verifier(Arc::new(verifier)).with_no_client_auth()
            }
            // An image that has no roots of its own.
            Err(_) => given(RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() }),
        }
    } else {
        let mut store = RootCertStore::empty();
        store.add_parsable_certificates(authorities.iter().cloned());
        given(store)
    };
    // HTTP/2 has another way to a WebSocket, which balancers know less well.
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    config
}

fn late(leg: Leg) -> DialFailed {
    DialFailed { leg, why: format!("no answer within {} s", LEG_LIMIT.as_secs()), retry_after: None }
}

fn failed(leg: Leg, error: &io::Error) -> DialFailed {
    DialFailed { leg, why: error.to_string(), retry_after: None }
}
