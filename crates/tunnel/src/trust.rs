//! Whom both ends believe: the authority's certificates, or, before an end has them, one digest of them.

use std::{fmt, str::FromStr, sync::Arc};

use aws_lc_rs::digest::{SHA256, digest};
use mayfly_domain::hex::hex;
use rustls::{
    CertificateError, DigitallySignedStruct, Error, RootCertStore, SignatureScheme,
    client::{
        WebPkiServerVerifier,
        danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
    },
    crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature},
    pki_types::{CertificateDer, ServerName, UnixTime},
};

/// Authorities that vouch for the other end: one, or two while they change. Never none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrustBundle(Vec<CertificateDer<'static>>);

/// No authority was given, or one that is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidTrustBundle {
    /// Whoever trusts nobody in particular would trust everybody.
    #[error("no authority for gateways is given, so nobody could be believed")]
    Empty,
    /// Not a certificate of an authority.
    #[error("an authority for gateways is not a certificate")]
    Malformed,
}

impl TrustBundle {
    /// Trusts these, and nobody else.
    pub fn new(authorities: Vec<CertificateDer<'static>>) -> Result<Self, InvalidTrustBundle> {
        if authorities.is_empty() {
            return Err(InvalidTrustBundle::Empty);
        }
        let bundle = Self(authorities);
        bundle.roots().map(|_| bundle)
    }

    /// Their certificates.
    pub fn certificates(&self) -> &[CertificateDer<'static>] {
        &self.0
    }

    pub(crate) fn roots(&self) -> Result<Arc<RootCertStore>, InvalidTrustBundle> {
        let mut store = RootCertStore::empty();
        for authority in &self.0 {
            store.add(authority.clone()).map_err(|_| InvalidTrustBundle::Malformed)?;
        }
        Ok(Arc::new(store))
    }
}

/// The digest by which an authority is believed at first: SHA-256 of its certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct AuthorityPin([u8; 32]);

/// The text is no pin.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be `sha256:` and 64 hexadecimal digits")]
pub struct InvalidPin;

impl AuthorityPin {
    /// That of an authority.
    pub fn of(certificate: &CertificateDer<'_>) -> Self {
        let mut pin = [0; 32];
        pin.copy_from_slice(digest(&SHA256, certificate).as_ref());
        Self(pin)
    }
}

impl fmt::Display for AuthorityPin {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "sha256:{}", hex(&self.0))
    }
}

impl FromStr for AuthorityPin {
    type Err = InvalidPin;

    fn from_str(text: &str) -> Result<Self, InvalidPin> {
        let digits = text.strip_prefix("sha256:").filter(|digits| digits.len() == 64).ok_or(InvalidPin)?;
        let mut pin = [0; 32];
        for (byte, pair) in pin.iter_mut().zip(digits.as_bytes().chunks(2)) {
            let pair = std::str::from_utf8(pair).map_err(|_| InvalidPin)?;
            *byte = u8::from_str_radix(pair, 16).map_err(|_| InvalidPin)?;
        }
        // `u8::from_str_radix` takes a sign, too.
        let pin = Self(pin);
        pin.to_string().eq_ignore_ascii_case(text).then_some(pin).ok_or(InvalidPin)
    }
}

/// Believes a server whose chain has the pinned authority in it. Whoever intercepts has another, and learns nothing.
#[derive(Debug)]
pub(crate) struct PinnedVerifier {
    pub(crate) pin: AuthorityPin,
    pub(crate) provider: Arc<CryptoProvider>,
}

impl ServerCertVerifier for PinnedVerifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let pinned = intermediates.iter().find(|shown| AuthorityPin::of(shown) == self.pin);
        let unknown = || Error::InvalidCertificate(CertificateError::UnknownIssuer);
        let pinned = pinned.ok_or_else(unknown)?.clone().into_owned();
        let roots = TrustBundle(vec![pinned]).roots().map_err(|_| unknown())?;
        let verifier = WebPkiServerVerifier::builder_with_provider(roots, Arc::clone(&self.provider)).build();
        let verifier = verifier.map_err(|_| unknown())?;
        verifier.verify_server_cert(end_entity, &[], server_name, ocsp_response, now)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn trust_in_nobody_is_refused() {
        assert_eq!(TrustBundle::new(Vec::new()), Err(InvalidTrustBundle::Empty));
        let nonsense = CertificateDer::from(b"nonsense".to_vec());
        assert_eq!(TrustBundle::new(vec![nonsense]), Err(InvalidTrustBundle::Malformed));
    }

    #[test]
    fn a_pin_is_read_as_it_is_written() {
        let pin = AuthorityPin::of(&CertificateDer::from(b"a".to_vec()));
        assert_eq!(pin.to_string().parse(), Ok(pin));
        assert_eq!(pin.to_string().to_uppercase().replace("SHA256", "sha256").parse(), Ok(pin));
        let digits = "0".repeat(62);
        for bad in ["", "sha256:", "sha256:00", &format!("sha256:{digits}+1"), &format!("sha256:{digits}zz")] {
            assert_eq!(bad.parse::<AuthorityPin>(), Err(InvalidPin), "{bad}");
        }
    }
}
