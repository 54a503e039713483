//! Whom both ends believe: the authority's certificates, or, before an end has them, one digest of them.

use std::{fmt, str::FromStr, sync::Arc};

use aws_lc_rs::digest::{SHA256, digest};
use mayfly_domain::hex::hex;
use rustls::{
    RootCertStore,
    crypto::CryptoProvider,
    pki_types::{CertificateDer, UnixTime},
    server::{WebPkiClientVerifier, danger::ClientCertVerifier},
};

use crate::protocol::SERVER_NAME;

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

/// So many digits of a pin are asked for: more than anybody finds a second authority for.
const PIN_DIGITS: usize = 32;

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

    /// The name by which a server is asked to prove itself by this authority: a label has no room for the whole digest.
    pub(crate) fn server_name(&self) -> String {
        let digits = hex(&self.0);
        format!("{}.{SERVER_NAME}", digits.get(..PIN_DIGITS).unwrap_or(&digits))
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

/// Which of the authorities vouches for whom: asked once the other end is believed, since what a certificate says of its own
/// signer is the word of whoever signed it.
pub(crate) struct Vouchers(Vec<(AuthorityPin, Arc<dyn ClientCertVerifier>)>);

impl Vouchers {
    pub(crate) fn of(trust: &TrustBundle, provider: &Arc<CryptoProvider>) -> Result<Self, InvalidTrustBundle> {
        let mut each = Vec::new();
        for authority in &trust.0 {
            let roots = TrustBundle(vec![authority.clone()]).roots()?;
            let verifier = WebPkiClientVerifier::builder_with_provider(roots, Arc::clone(provider)).build();
            each.push((AuthorityPin::of(authority), verifier.map_err(|_| InvalidTrustBundle::Empty)?));
        }
        Ok(Self(each))
    }

    /// The one that signed `shown`.
    pub(crate) fn of_whom(&self, shown: &CertificateDer<'_>, now: UnixTime) -> Option<AuthorityPin> {
        let mut each = self.0.iter();
        each.find(|(_, verifier)| verifier.verify_client_cert(shown, &[], now).is_ok()).map(|(pin, _)| *pin)
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
