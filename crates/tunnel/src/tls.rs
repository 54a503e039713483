//! The inner TLS: 1.3 alone, both ends proven by the authority, nothing resumed and nothing sent early.
//!
//! What balancers and proxies do to the outer TLS does not reach in here. Enrolments, where the gateway has no certificate yet, are
//! in `enrolling`.

mod enrolling;

use std::{fmt, io, sync::Arc, time::Duration};

use jiff::Timestamp;
use mayfly_domain::{clock::Ambient, gateway::GatewayName};
use rustls::{
    CertificateError, ClientConfig, ServerConfig, SupportedProtocolVersion,
    client::Resumption,
    crypto::{CryptoProvider, aws_lc_rs},
    pki_types::{CertificateDer, ServerName, UnixTime},
    server::{NoServerSessionStorage, WebPkiClientVerifier},
    time_provider::TimeProvider,
    version::TLS13,
};
use tokio::io::AsyncWriteExt as _;
use tokio_rustls::{TlsAcceptor, TlsConnector, client, server};
use x509_parser::{extensions::GeneralName, parse_x509_certificate};

use crate::{
    authority::{KeyedCertificate, UnusableAuthority},
    carrier::Carrier,
    protocol::{SERVER_NAME, TUNNEL_ALPN},
    trust::{AuthorityPin, InvalidTrustBundle, TrustBundle, Vouchers},
};

pub use enrolling::{EnrolmentServer, connect_enrolment};

/// For the gateway's end of a handshake, from its first byte to its last.
pub const HANDSHAKE_LIMIT: Duration = Duration::from_secs(10);

pub(crate) const VERSIONS: &[&SupportedProtocolVersion] = &[&TLS13];

/// Why an end cannot be set up, or the other one is not believed.
#[derive(Debug, thiserror::Error)]
pub enum HandshakeFailed {
    /// Whom to trust is not known.
    #[error(transparent)]
    Trust(#[from] InvalidTrustBundle),
    /// The own certificate cannot be used.
    #[error("the certificate of this end cannot be used")]
    Own(#[source] rustls::Error),
    /// There is no certificate to show.
    #[error("this end has no certificate to show")]
    Unsigned(#[source] UnusableAuthority),
    /// The other end is not who it has to be, or the other way round.
    #[error("the other end is not believed, or does not believe this one: {0}")]
    Untrusted(#[source] rustls::Error),
    /// The server shows another authority than the enrolment names.
    #[error(
        "the server does not show the authority `{0}`, which the enrolment names: it was removed there and a new enrolment is \
         needed, or somebody else answers"
    )]
    NotPinned(AuthorityPin),
    /// The other end speaks another version.
    #[error("the other end does not speak `{}`", String::from_utf8_lossy(.0))]
    Version(&'static [u8]),
    /// The certificate of a gateway names none.
    #[error("the certificate names no gateway")]
    Nameless,
    /// The other end is slow, or says nothing.
    #[error("the other end did not finish the handshake within {} s", HANDSHAKE_LIMIT.as_secs())]
    TimedOut,
    /// The connection broke.
    #[error("the connection broke in the handshake")]
    Broken(#[source] io::Error),
}

/// A gateway that proved who it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proven {
    /// What its certificate says.
    pub certificate: ReadCertificate,
    /// The authority that signed it.
    pub authority: AuthorityPin,
}

/// The server's end of tunnels.
pub struct TunnelServer {
    ambient: Ambient,
    acceptor: TlsAcceptor,
    vouchers: Vouchers,
}

impl TunnelServer {
    /// Shows `own` and believes gateways that an authority of `trust` vouches for.
    pub fn new(ambient: &Ambient, trust: &TrustBundle, own: KeyedCertificate) -> Result<Self, HandshakeFailed> {
        let provider = provider();
        let gateways = WebPkiClientVerifier::builder_with_provider(trust.roots()?, Arc::clone(&provider)).build();
        let gateways = gateways.map_err(|_| InvalidTrustBundle::Empty)?;
        let vouchers = Vouchers::of(trust, &provider)?;
        let builder = ServerConfig::builder_with_details(provider, AmbientTime::of(ambient))
            .with_protocol_versions(VERSIONS)
            .map_err(HandshakeFailed::Own)?
            .with_client_cert_verifier(gateways);
        let config = builder.with_single_cert(own.chain, own.key).map_err(HandshakeFailed::Own)?;
        let acceptor = TlsAcceptor::from(Arc::new(server(config, TUNNEL_ALPN)));
        Ok(Self { ambient: ambient.clone(), acceptor, vouchers })
    }

    /// Lets a gateway in, and says which it is.
    pub async fn accept<C: Carrier>(&self, carrier: C) -> Result<(Proven, server::TlsStream<C>), HandshakeFailed> {
        let stream = accepted(&self.acceptor, carrier).await?;
        let (_, session) = stream.get_ref();
        spoken(session.alpn_protocol(), TUNNEL_ALPN)?;
        let shown = session.peer_certificates().and_then(<[_]>::first).ok_or(HandshakeFailed::Nameless)?;
        let (authority, certificate) = (signer(&self.vouchers, &self.ambient, shown)?, read_certificate(shown)?);
        Ok((Proven { certificate, authority }, stream))
    }
}

/// Sets up the server's end. Whoever is refused is told why: the library hands its alert to the carrier, and does not wait until
/// that was sent.
async fn accepted<C: Carrier>(acceptor: &TlsAcceptor, carrier: C) -> Result<server::TlsStream<C>, HandshakeFailed> {
    match acceptor.accept(carrier).into_fallible().await {
        Ok(stream) => Ok(stream),
        Err((error, mut carrier)) => {
            // Nothing more is owed to an end that does not take it.
            let _ = carrier.flush().await;
            Err(why(error))
        }
    }
}

/// The gateway's end of a tunnel: proves itself with `own`, and believes a server that an authority of `trust` vouches for.
pub async fn connect_tunnel<C: Carrier>(
    ambient: &Ambient,
    trust: &TrustBundle,
    own: KeyedCertificate,
    carrier: C,
) -> Result<client::TlsStream<C>, HandshakeFailed> {
    let builder = ClientConfig::builder_with_details(provider(), AmbientTime::of(ambient))
        .with_protocol_versions(VERSIONS)
        .map_err(HandshakeFailed::Own)?
        .with_root_certificates(trust.roots()?);
    let config = builder.with_client_auth_cert(own.chain, own.key).map_err(HandshakeFailed::Own)?;
    connect(ambient, config, (SERVER_NAME, TUNNEL_ALPN), carrier).await
}

async fn connect<C: Carrier>(
    ambient: &Ambient,
    config: ClientConfig,
    (name, alpn): (&str, &'static [u8]),
    carrier: C,
) -> Result<client::TlsStream<C>, HandshakeFailed> {
    let config = client(config, alpn);
    let name = ServerName::try_from(name.to_owned()).map_err(|_| HandshakeFailed::Nameless)?;
    let connecting = TlsConnector::from(Arc::new(config)).connect(name, carrier);
    let connected = ambient.within(HANDSHAKE_LIMIT, connecting).await.ok_or(HandshakeFailed::TimedOut)?;
    let stream = connected.map_err(why)?;
    spoken(stream.get_ref().1.alpn_protocol(), alpn)?;
    Ok(stream)
}

pub(crate) fn client(mut config: ClientConfig, alpn: &'static [u8]) -> ClientConfig {
    config.resumption = Resumption::disabled();
    config.alpn_protocols = vec![alpn.to_vec()];
    config
}

pub(crate) fn server(mut config: ServerConfig, alpn: &'static [u8]) -> ServerConfig {
    config.session_storage = Arc::new(NoServerSessionStorage {});
    config.send_tls13_tickets = 0;
    config.alpn_protocols = vec![alpn.to_vec()];
    config
}

pub(crate) fn provider() -> Arc<CryptoProvider> {
    Arc::new(aws_lc_rs::default_provider())
}

/// Who signed what was shown. It was believed a moment ago, and may have ended since.
pub(crate) fn signer(
    vouchers: &Vouchers,
    ambient: &Ambient,
    shown: &CertificateDer<'_>,
) -> Result<AuthorityPin, HandshakeFailed> {
    let unknown = || HandshakeFailed::Untrusted(CertificateError::UnknownIssuer.into());
    unix_time(ambient).and_then(|now| vouchers.of_whom(shown, now)).ok_or_else(unknown)
}

/// An end that offers no protocol at all is not refused by the library.
pub(crate) fn spoken(chosen: Option<&[u8]>, wanted: &'static [u8]) -> Result<(), HandshakeFailed> {
    if chosen == Some(wanted) { Ok(()) } else { Err(HandshakeFailed::Version(wanted)) }
}

/// What a gateway's certificate says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReadCertificate {
    /// Who it is.
    pub name: GatewayName,
    /// Since when.
    pub begins_at: Timestamp,
    /// Until when.
    pub expires_at: Timestamp,
}

/// Reads a gateway's certificate. Whose signature it bears is not looked at.
pub fn read_certificate(certificate: &CertificateDer<'_>) -> Result<ReadCertificate, HandshakeFailed> {
    let (_, parsed) = parse_x509_certificate(certificate).map_err(|_| HandshakeFailed::Nameless)?;
    let names = parsed.subject_alternative_name().ok().flatten().ok_or(HandshakeFailed::Nameless)?;
    let [GeneralName::URI(uri)] = names.value.general_names.as_slice() else { return Err(HandshakeFailed::Nameless) };
    let second = |seconds| Timestamp::from_second(seconds).map_err(|_| HandshakeFailed::Nameless);
    Ok(ReadCertificate {
        name: uri.parse().map_err(|_| HandshakeFailed::Nameless)?,
        begins_at: second(parsed.validity().not_before.timestamp())?,
        expires_at: second(parsed.validity().not_after.timestamp())?,
    })
}

pub(crate) fn why(error: io::Error) -> HandshakeFailed {
    match error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>()) {
        Some(reason) => HandshakeFailed::Untrusted(reason.clone()),
        None => HandshakeFailed::Broken(error),
    }
}

/// Certificates are judged by the clock we were given.
pub(crate) struct AmbientTime(Ambient);

impl AmbientTime {
    pub(crate) fn of(ambient: &Ambient) -> Arc<Self> {
        Arc::new(Self(ambient.clone()))
    }
}

impl TimeProvider for AmbientTime {
    fn current_time(&self) -> Option<UnixTime> {
        unix_time(&self.0)
    }
}

fn unix_time(ambient: &Ambient) -> Option<UnixTime> {
    let milliseconds = u64::try_from(ambient.now().as_millisecond()).ok()?;
    Some(UnixTime::since_unix_epoch(Duration::from_millis(milliseconds)))
}

impl fmt::Debug for AmbientTime {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("AmbientTime")
    }
}
