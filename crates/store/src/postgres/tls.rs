//! Whom to trust at the other end.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use rustls::{
    CertificateError, ClientConfig, DigitallySignedStruct, Error, RootCertStore, SignatureScheme,
    client::{
        WebPkiServerVerifier,
        danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
    },
    crypto::{CryptoProvider, aws_lc_rs},
    pki_types::{CertificateDer, ServerName, UnixTime, pem::PemObject as _},
};

use crate::error::StoreError;

/// What a server has to prove.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Verification {
    /// Nothing: what travels is only hidden from those who merely listen.
    Nobody,
    /// That one of these authorities vouches for it, whatever its name.
    Authority(Roots),
    /// That one of these authorities vouches for its name.
    Full(Roots),
}

/// Authorities.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Roots {
    /// Those that browsers trust.
    Public,
    /// Those in a PEM file.
    File(PathBuf),
}

/// The settings that ask for `verification`.
pub(super) fn config(verification: &Verification) -> Result<ClientConfig, StoreError> {
    let provider = Arc::new(aws_lc_rs::default_provider());
    let verifier: Arc<dyn ServerCertVerifier> = match verification {
        Verification::Nobody => Arc::new(Lenient { provider: Arc::clone(&provider), authority: None }),
        Verification::Authority(roots) => {
            Arc::new(Lenient { provider: Arc::clone(&provider), authority: Some(authority(roots, &provider)?) })
        }
        Verification::Full(roots) => authority(roots, &provider)?,
    };
    let builder = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| StoreError::Refused(format!("cannot set up TLS: {error}")))?;
    Ok(builder.dangerous().with_custom_certificate_verifier(verifier).with_no_client_auth())
}

fn authority(roots: &Roots, provider: &Arc<CryptoProvider>) -> Result<Arc<WebPkiServerVerifier>, StoreError> {
    let mut store = RootCertStore::empty();
    match roots {
        Roots::Public => store.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned()),
        Roots::File(path) => read_roots(path, &mut store)?,
    }
    WebPkiServerVerifier::builder_with_provider(Arc::new(store), Arc::clone(provider))
        .build()
        .map_err(|error| StoreError::Refused(format!("cannot use the database's authorities: {error}")))
}

fn read_roots(path: &Path, store: &mut RootCertStore) -> Result<(), StoreError> {
    let refused = |problem: String| StoreError::Refused(format!("`sslrootcert` `{}` {problem}", path.display()));
    let certificates =
        CertificateDer::pem_file_iter(path).map_err(|error| refused(format!("cannot be read: {error}")))?;
    for certificate in certificates {
        let certificate = certificate.map_err(|error| refused(format!("is not PEM: {error}")))?;
        store.add(certificate).map_err(|error| refused(format!("has a bad certificate: {error}")))?;
    }
    if store.is_empty() { Err(refused("holds no certificate".to_owned())) } else { Ok(()) }
}

/// Asks less than the usual verifier: nothing, or only whether the authority vouches at all.
#[derive(Debug)]
struct Lenient {
    provider: Arc<CryptoProvider>,
    authority: Option<Arc<WebPkiServerVerifier>>,
}

impl ServerCertVerifier for Lenient {
    fn verify_server_cert(
        &self,
        server: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let Some(authority) = &self.authority else { return Ok(ServerCertVerified::assertion()) };
        match authority.verify_server_cert(server, intermediates, name, ocsp_response, now) {
            // The name is looked at last, when everything else was found good.
            Err(Error::InvalidCertificate(
                CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. },
            )) => Ok(ServerCertVerified::assertion()),
            result => result,
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        rustls::crypto::verify_tls12_signature(message, certificate, signature, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        rustls::crypto::verify_tls13_signature(message, certificate, signature, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}
