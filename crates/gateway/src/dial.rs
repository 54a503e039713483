//! The way to the server: look-up, TCP, a proxy where there is one, outer TLS, WebSocket; each with its own limit, and its own
//! name when it fails.
//!
//! The outer TLS may end at a balancer or be read by a proxy: nothing of ours depends on it. It is checked all the same, because
//! an operator expects that, and because it says early who is there.

mod leg;
mod proxy;
mod tls;

use std::{io, net::SocketAddr, sync::Arc, time::Duration};

use http::Uri;
use mayfly_domain::{clock::Ambient, error::chain};
use mayfly_tunnel::carrier::{Carrier, UpgradeFailed, upgrade};
use rustls::{ClientConfig, pki_types::CertificateDer};
use tokio::net::TcpStream;

pub use leg::{DialFailed, Leg};
pub use proxy::{InvalidProxy, Proxy, ProxySource, ProxyVariables};

/// Where the server is, by which way, and how its outer TLS is checked.
#[derive(Clone)]
pub struct Server {
    host: String,
    port: u16,
    prefix: String,
    tls: Option<Arc<ClientConfig>>,
    proxy: Option<Proxy>,
}

/// The text is no address of a server.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be an address such as `https://mayfly.example.com`")]
pub struct InvalidServer;

impl Server {
    /// The server at `address`, reached directly; `authorities` are trusted for its outer TLS instead of the system's.
    pub fn new(address: &Uri, authorities: &[CertificateDer<'static>]) -> Result<Self, InvalidServer> {
        let host = address.host().ok_or(InvalidServer)?.trim_matches(['[', ']']).to_owned();
        let (default, tls) = match address.scheme_str() {
            Some("https") => (443, Some(tls::judged_by(authorities))),
            Some("http") => (80, None),
            Some(_) | None => return Err(InvalidServer),
        };
        let prefix = address.path().trim_end_matches('/').to_owned();
        Ok(Self { host, port: address.port_u16().unwrap_or(default), prefix, tls, proxy: None })
    }

    /// The same by way of `proxy`.
    #[must_use]
    pub fn through(self, proxy: Option<Proxy>) -> Self {
        Self { proxy, ..self }
    }

    /// The proxy on the way.
    pub fn proxy(&self) -> Option<&Proxy> {
        self.proxy.as_ref()
    }

    /// The legs of the way, in order.
    pub fn legs(&self) -> Vec<Leg> {
        let proxy_tls = self.proxy.as_ref().is_some_and(Proxy::is_secure).then_some(Leg::ProxyTls);
        let proxy = self.proxy.as_ref().map(|_| Leg::Proxy);
        let outer = self.tls.as_ref().map(|_| Leg::OuterTls);
        [Some(Leg::Dns), Some(Leg::Tcp), proxy_tls, proxy, outer, Some(Leg::Upgrade)].into_iter().flatten().collect()
    }

    /// Who issued the certificate that the outer TLS shows, believed or not; nothing where it cannot be seen. Nothing is sent to
    /// whoever shows it.
    pub async fn outer_issuer(&self, ambient: &Ambient) -> Option<String> {
        self.tls.as_ref()?;
        let stream = self.reach(ambient).await.ok()?;
        tls::issuer(ambient, &self.host, stream).await
    }

    /// Opens a WebSocket at `path`.
    pub async fn dial(
        &self,
        ambient: &Ambient,
        path: &str,
        subprotocol: &'static str,
    ) -> Result<Box<dyn Carrier>, DialFailed> {
        let stream = self.connect(ambient).await?;
        let uri = format!("ws://{}{}{path}", self.authority(), self.prefix);
        let mut retry_after = None;
        let upgraded = async {
            let upgraded = upgrade(stream, &uri, subprotocol).await;
            upgraded.map_err(|error| {
                if let UpgradeFailed::Refused { retry_after_seconds, .. } = &error {
                    retry_after = retry_after_seconds.map(Duration::from_secs);
                }
                chain(&error)
            })
        };
        match Leg::Upgrade.go(ambient, "", upgraded).await {
            Ok(carrier) => Ok(Box::new(carrier)),
            Err(failed) => Err(DialFailed { retry_after, ..failed }),
        }
    }

    /// Host and port.
    fn authority(&self) -> String {
        if self.host.contains(':') {
            format!("[{}]:{}", self.host, self.port)
        } else {
            format!("{}:{}", self.host, self.port)
        }
    }

    /// Connects, by way of the proxy where there is one.
    async fn reach(&self, ambient: &Ambient) -> Result<Box<dyn Carrier>, DialFailed> {
        match &self.proxy {
            Some(proxy) => proxy.connect(ambient, &self.authority()).await,
            None => Ok(Box::new(reach(ambient, "", &self.host, self.port).await?)),
        }
    }

    async fn connect(&self, ambient: &Ambient) -> Result<Box<dyn Carrier>, DialFailed> {
        let stream = self.reach(ambient).await?;
        let Some(config) = &self.tls else { return Ok(stream) };
        let secured = tls::secure(ambient, (Leg::OuterTls, ""), (&self.host, config), stream).await?;
        Ok(Box::new(secured))
    }
}

/// Looks `host` up and connects. `whose` is said of a failure where it is not the server's own.
async fn reach(ambient: &Ambient, whose: &str, host: &str, port: u16) -> Result<TcpStream, DialFailed> {
    let found = Leg::Dns.go(ambient, whose, tokio::net::lookup_host((host, port))).await?;
    let addresses: Vec<SocketAddr> = found.collect();
    let connected = async {
        let stream = TcpStream::connect(addresses.as_slice()).await?;
        stream.set_nodelay(true)?;
        Ok::<_, io::Error>(stream)
    };
    Leg::Tcp.go(ambient, whose, connected).await
}
