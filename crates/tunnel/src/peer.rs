//! From one server to another: a tunnel that is there, as if it were here.
//!
//! A gateway's tunnel leads to one server, and whoever needs it may have asked another. That one dials the first, over TLS 1.3
//! under the same authority, and names the tunnel by the server name that it asks for; then the two speak the protocol of tunnels
//! themselves. The server that holds the tunnel answers in the gateway's place ([`relay`]). It relays its own tunnels and no
//! other's, so nothing goes further than one server.

use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use futures::future::BoxFuture;
use mayfly_domain::{clock::Ambient, gateway_policy::GatewayOperation, ids::GatewayTunnelId};
use rustls::{
    ClientConfig, ServerConfig,
    pki_types::{CertificateDer, ServerName},
    server::WebPkiClientVerifier,
};
use tokio_rustls::{TlsAcceptor, TlsConnector, client, server};
use tokio_util::sync::CancellationToken;
use x509_parser::{extensions::GeneralName, parse_x509_certificate};

use crate::{
    answering::{Answers, Asked, ServeFailed, Session},
    asking::{Operation, Tunnel},
    authority::KeyedCertificate,
    carrier::Carrier,
    failure::{CallFailed, Refusal},
    protocol::{PEER_ALPN, PEER_ZONE},
    tls::{self, HandshakeFailed},
    trust::{AuthorityPin, InvalidTrustBundle, TrustBundle, Vouchers},
};

/// Both ends of the connections between servers, as one of them.
pub struct PeerTls {
    ambient: Ambient,
    acceptor: TlsAcceptor,
    connector: TlsConnector,
    vouchers: Vouchers,
}

/// Another server that was let in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Asker {
    /// The tunnel that it wants.
    pub wanted: GatewayTunnelId,
    /// The authority that signed its certificate.
    pub authority: AuthorityPin,
}

impl PeerTls {
    /// Shows `own` at both ends, and believes servers that an authority of `trust` vouches for.
    pub fn new(ambient: &Ambient, trust: &TrustBundle, own: KeyedCertificate) -> Result<Self, HandshakeFailed> {
        let provider = tls::provider();
        let peers = WebPkiClientVerifier::builder_with_provider(trust.roots()?, Arc::clone(&provider)).build();
        let peers = peers.map_err(|_| InvalidTrustBundle::Empty)?;
        let vouchers = Vouchers::of(trust, &provider)?;
        let accepting = ServerConfig::builder_with_details(Arc::clone(&provider), tls::AmbientTime::of(ambient))
            .with_protocol_versions(tls::VERSIONS)
            .map_err(HandshakeFailed::Own)?
            .with_client_cert_verifier(peers)
            .with_single_cert(own.chain.clone(), own.key.clone_key())
            .map_err(HandshakeFailed::Own)?;
        let connecting = ClientConfig::builder_with_details(provider, tls::AmbientTime::of(ambient))
            .with_protocol_versions(tls::VERSIONS)
            .map_err(HandshakeFailed::Own)?
            .with_root_certificates(trust.roots()?)
            .with_client_auth_cert(own.chain, own.key)
            .map_err(HandshakeFailed::Own)?;
        Ok(Self {
            ambient: ambient.clone(),
            acceptor: TlsAcceptor::from(Arc::new(tls::server(accepting, PEER_ALPN))),
            connector: TlsConnector::from(Arc::new(tls::client(connecting, PEER_ALPN))),
            vouchers,
        })
    }

    /// Lets another server in, and says which tunnel it wants. A gateway's certificate is no server's.
    pub async fn accept<C: Carrier>(&self, stream: C) -> Result<(Asker, server::TlsStream<C>), HandshakeFailed> {
        let accepting = self.ambient.within(tls::HANDSHAKE_LIMIT, self.acceptor.accept(stream));
        let stream = accepting.await.ok_or(HandshakeFailed::TimedOut)?.map_err(tls::why)?;
        let (_, session) = stream.get_ref();
        tls::spoken(session.alpn_protocol(), PEER_ALPN)?;
        let shown = session.peer_certificates().and_then(<[_]>::first).ok_or(HandshakeFailed::Nameless)?;
        is_peer(shown)?;
        let authority = tls::signer(&self.vouchers, &self.ambient, shown)?;
        let wanted =
            session.server_name().and_then(|name| name.strip_suffix(PEER_ZONE)?.strip_suffix('.')?.parse().ok());
        let wanted = wanted.ok_or(HandshakeFailed::Nameless)?;
        Ok((Asker { wanted, authority }, stream))
    }

    /// Asks the server at the other end of `stream` for a tunnel of its.
    pub async fn connect<C: Carrier>(
        &self,
        stream: C,
        tunnel: GatewayTunnelId,
    ) -> Result<client::TlsStream<C>, HandshakeFailed> {
        let name = ServerName::try_from(format!("{tunnel}.{PEER_ZONE}")).map_err(|_| HandshakeFailed::Nameless)?;
        let connecting = self.ambient.within(tls::HANDSHAKE_LIMIT, self.connector.connect(name, stream));
        let stream = connecting.await.ok_or(HandshakeFailed::TimedOut)?.map_err(tls::why)?;
        tls::spoken(stream.get_ref().1.alpn_protocol(), PEER_ALPN)?;
        Ok(stream)
    }
}

/// The name that every server proves to the others: that of any tunnel.
pub(crate) fn peer_name() -> String {
    format!("*.{PEER_ZONE}")
}

fn is_peer(certificate: &CertificateDer<'_>) -> Result<(), HandshakeFailed> {
    let (_, parsed) = parse_x509_certificate(certificate).map_err(|_| HandshakeFailed::Nameless)?;
    let names = parsed.subject_alternative_name().ok().flatten().ok_or(HandshakeFailed::Nameless)?;
    let is_any =
        names.value.general_names.iter().any(|name| matches!(name, GeneralName::DNSName(name) if *name == peer_name()));
    is_any.then_some(()).ok_or(HandshakeFailed::Nameless)
}

/// How long a relay stays after its tunnel, at most.
const LAST_WORDS: Duration = Duration::from_secs(5);

/// Until when a relay takes what is new, and until when it answers at all.
#[derive(Clone, Debug, Default)]
pub struct Until {
    /// Cancelled when the server takes nothing new.
    pub stopping: CancellationToken,
    /// Cancelled when it goes.
    pub closing: CancellationToken,
}

/// Answers over `stream` in the place of the gateway at the other end of `tunnel`, until either is gone.
///
/// It takes nothing new from when the tunnel is not good any more or the server stops: the other server hears that, and comes
/// again when the tunnel is good.
pub async fn relay<C: Carrier>(ambient: &Ambient, stream: C, tunnel: Tunnel, until: Until) -> Result<(), ServeFailed> {
    let answers = Arc::new(Relay(tunnel.clone()));
    let session = Session::serve(ambient, stream, tunnel.welcome().clone(), answers).await?;
    let over = async {
        tokio::select! {
            _ = session.gone() => {}
            () = until.closing.cancelled() => {}
        }
    };
    let ending = async {
        let reason = tokio::select! {
            () = tunnel.not_good() => "the tunnel takes nothing new",
            () = until.stopping.cancelled() => "the server that holds the tunnel stops",
        };
        session.drain(reason).await;
        tunnel.gone().await;
        // What the gateway answered last, or that it did not, has to reach the other server, which closes the connection then.
        ambient.sleep(LAST_WORDS).await;
    };
    tokio::select! {
        () = over => {}
        () = ending => {}
    }
    session.close();
    Ok(())
}

struct Relay(Tunnel);

impl Relay {
    /// What comes before the other server heard of the end is not sent on, and told as such: it asks elsewhere.
    fn is_open(&self) -> Result<(), Refusal> {
        if self.0.is_good() { Ok(()) } else { Err(CallFailed::closing().into()) }
    }
}

impl Answers for Relay {
    fn operation(&self, asked: Asked) -> BoxFuture<'_, Result<Bytes, Refusal>> {
        Box::pin(async move {
            self.is_open()?;
            let unknown = || Refusal::of_gateway("not_known", format!("there is no operation `{}`", asked.name));
            let name = GatewayOperation::of(&asked.name).ok_or_else(unknown)?;
            let Asked { id, attempt, lease, actor, limit, body, .. } = asked;
            let operation = Operation { id, name, attempt, lease, actor, limit, body };
            self.0.call(operation).await.map_err(Refusal::from)
        })
    }

    fn connect<'a>(
        &'a self,
        host: &'a str,
        port: u16,
        limit: Duration,
    ) -> BoxFuture<'a, Result<Box<dyn Carrier>, Refusal>> {
        Box::pin(async move {
            self.is_open()?;
            let stream = self.0.connect(host, port, limit).await?;
            Ok(Box::new(stream) as Box<dyn Carrier>)
        })
    }
}
