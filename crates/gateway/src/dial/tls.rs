//! TLS to whoever is not ours: the server's front door and proxies, judged by authorities that an operator names.

use std::sync::{Arc, Mutex, PoisonError};

use mayfly_domain::clock::Ambient;
use mayfly_tunnel::carrier::Carrier;
use rustls::{
    CertificateError, ClientConfig, DigitallySignedStruct, Error, RootCertStore, SignatureScheme,
    client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
    crypto::{CryptoProvider, aws_lc_rs},
    pki_types::{CertificateDer, ServerName, UnixTime},
};
use tokio_rustls::{TlsConnector, client::TlsStream};
use x509_parser::parse_x509_certificate;

use super::leg::{DialFailed, Leg};

/// How somebody is judged: by `authorities`, or by the system's where there are none.
pub(super) fn judged_by(authorities: &[CertificateDer<'static>]) -> Arc<ClientConfig> {
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
    // HTTP/2 has another way to a WebSocket, which balancers know less well; proxies are spoken to by HTTP/1.1 alone.
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Arc::new(config)
}

/// TLS with whoever is called `host`, over `stream`.
pub(super) async fn secure<C: Carrier>(
    ambient: &Ambient,
    (leg, whose): (Leg, &str),
    (host, config): (&str, &Arc<ClientConfig>),
    stream: C,
) -> Result<TlsStream<C>, DialFailed> {
    let name = ServerName::try_from(host.to_owned());
    let name = name.map_err(|_| leg.failed(format!("{whose}`{host}` is no name that a certificate can have")))?;
    leg.go(ambient, whose, TlsConnector::from(Arc::clone(config)).connect(name, stream)).await
}

/// Who issued the certificate that is shown to whoever asks for `host`. The handshake is broken off once it was seen.
pub(super) async fn issuer(ambient: &Ambient, host: &str, stream: impl Carrier) -> Option<String> {
    let seen = Arc::new(Onlooker { provider: aws_lc_rs::default_provider(), shown: Mutex::default() });
    let builder = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()));
    let builder = builder.with_safe_default_protocol_versions().ok()?;
    let looking = Arc::clone(&seen) as Arc<dyn ServerCertVerifier>;
    let config = builder.dangerous().with_custom_certificate_verifier(looking).with_no_client_auth();
    let name = ServerName::try_from(host.to_owned()).ok()?;
    // It fails by what the onlooker says; what counts is what it saw.
    let connecting = TlsConnector::from(Arc::new(config)).connect(name, stream);
    let _ = ambient.within(Leg::OuterTls.limit(), connecting).await;
    let shown = seen.shown.lock().unwrap_or_else(PoisonError::into_inner).take()?;
    let (_, certificate) = parse_x509_certificate(&shown).ok()?;
    Some(certificate.issuer().to_string())
}

/// Looks at a certificate and believes nobody.
#[derive(Debug)]
struct Onlooker {
    provider: CryptoProvider,
    shown: Mutex<Option<CertificateDer<'static>>>,
}

impl ServerCertVerifier for Onlooker {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        *self.shown.lock().unwrap_or_else(PoisonError::into_inner) = Some(end_entity.clone().into_owned());
        Err(Error::InvalidCertificate(CertificateError::ApplicationVerificationFailure))
    }

    fn verify_tls12_signature(
        &self,
        _message: &[u8],
        _certificate: &CertificateDer<'_>,
        _signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Err(Error::InvalidCertificate(CertificateError::ApplicationVerificationFailure))
    }

    fn verify_tls13_signature(
        &self,
        _message: &[u8],
        _certificate: &CertificateDer<'_>,
        _signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Err(Error::InvalidCertificate(CertificateError::ApplicationVerificationFailure))
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}
