//! The inner TLS of enrolments: the server alone proves itself, by the authority that the gateway pins.
//!
//! An enrolment may be older than a change of the authority, so a gateway asks for the one that it pins, by name, and a server shows
//! whichever of its authorities it is asked for.

use std::sync::Arc;

use mayfly_domain::clock::Ambient;
use rustls::{
    CertificateError, ClientConfig, DigitallySignedStruct, Error, ServerConfig, SignatureScheme,
    client::{
        WebPkiServerVerifier,
        danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
    },
    crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature},
    pki_types::{CertificateDer, ServerName, UnixTime},
    server::{ClientHello, ResolvesServerCert},
    sign::CertifiedKey,
};
use tokio_rustls::{TlsAcceptor, client, server};

use super::{AmbientTime, HandshakeFailed, VERSIONS, accepted, connect, provider, spoken};
use crate::{
    authority::KeyedCertificate,
    carrier::Carrier,
    protocol::{ENROLMENT_ALPN, SERVER_NAME},
    trust::{AuthorityPin, TrustBundle},
};

/// The server's end of enrolments: whoever comes has no certificate yet.
pub struct EnrolmentServer(TlsAcceptor);

impl EnrolmentServer {
    /// Shows whichever of its own certificates is by the authority that it is asked for; `own` to whoever asks for none of them.
    pub fn new(
        ambient: &Ambient,
        own: KeyedCertificate,
        others: Vec<KeyedCertificate>,
    ) -> Result<Self, HandshakeFailed> {
        let provider = provider();
        let usual = certified(own, &provider)?;
        let others = others.into_iter().map(|other| certified(other, &provider)).collect::<Result<_, _>>()?;
        let config = ServerConfig::builder_with_details(provider, AmbientTime::of(ambient))
            .with_protocol_versions(VERSIONS)
            .map_err(HandshakeFailed::Own)?
            .with_no_client_auth()
            .with_cert_resolver(Arc::new(ByName { usual, others }));
        Ok(Self(TlsAcceptor::from(Arc::new(super::server(config, ENROLMENT_ALPN)))))
    }

    /// Lets somebody speak.
    pub async fn accept<C: Carrier>(&self, carrier: C) -> Result<server::TlsStream<C>, HandshakeFailed> {
        let stream = accepted(&self.0, carrier).await?;
        spoken(stream.get_ref().1.alpn_protocol(), ENROLMENT_ALPN)?;
        Ok(stream)
    }
}

fn certified(own: KeyedCertificate, provider: &CryptoProvider) -> Result<Arc<CertifiedKey>, HandshakeFailed> {
    CertifiedKey::from_der(own.chain, own.key, provider).map(Arc::new).map_err(HandshakeFailed::Own)
}

/// Certificates of one server, each with its authority's after it.
#[derive(Debug)]
struct ByName {
    usual: Arc<CertifiedKey>,
    others: Vec<Arc<CertifiedKey>>,
}

impl ResolvesServerCert for ByName {
    fn resolve(&self, hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        let asked = hello.server_name();
        let is_asked = |own: &&Arc<CertifiedKey>| {
            let name = own.cert.get(1).map(|authority| AuthorityPin::of(authority).server_name());
            name.as_deref() == asked
        };
        Some(Arc::clone(self.others.iter().find(is_asked).unwrap_or(&self.usual)))
    }
}

/// The gateway's end of an enrolment: believes a server that the pinned authority vouches for, and nobody else.
pub async fn connect_enrolment<C: Carrier>(
    ambient: &Ambient,
    pin: AuthorityPin,
    carrier: C,
) -> Result<client::TlsStream<C>, HandshakeFailed> {
    let provider = provider();
    let verifier = PinnedVerifier { pin, provider: Arc::clone(&provider) };
    let config = ClientConfig::builder_with_details(provider, AmbientTime::of(ambient))
        .with_protocol_versions(VERSIONS)
        .map_err(HandshakeFailed::Own)?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(verifier))
        .with_no_client_auth();
    let connected = connect(ambient, config, (&pin.server_name(), ENROLMENT_ALPN), carrier).await;
    connected.map_err(|failed| match failed {
        HandshakeFailed::Untrusted(Error::InvalidCertificate(CertificateError::UnknownIssuer)) => {
            HandshakeFailed::NotPinned(pin)
        }
        other => other,
    })
}

/// Believes a server whose chain has the pinned authority in it. Whoever intercepts has another, and learns nothing.
#[derive(Debug)]
struct PinnedVerifier {
    pin: AuthorityPin,
    provider: Arc<CryptoProvider>,
}

impl ServerCertVerifier for PinnedVerifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        _asked: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let pinned = intermediates.iter().find(|shown| AuthorityPin::of(shown) == self.pin);
        let unknown = || Error::InvalidCertificate(CertificateError::UnknownIssuer);
        let pinned = pinned.ok_or_else(unknown)?.clone().into_owned();
        let roots = TrustBundle::new(vec![pinned]).and_then(|trust| trust.roots()).map_err(|_| unknown())?;
        let verifier = WebPkiServerVerifier::builder_with_provider(roots, Arc::clone(&self.provider)).build();
        let verifier = verifier.map_err(|_| unknown())?;
        // The name that was asked for says by which authority; the one that is proven is every server's.
        let proven = ServerName::try_from(SERVER_NAME).map_err(|_| unknown())?;
        verifier.verify_server_cert(end_entity, &[], &proven, ocsp_response, now)
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls12_signature(message, certificate, signature, &self.provider.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(message, certificate, signature, &self.provider.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}
