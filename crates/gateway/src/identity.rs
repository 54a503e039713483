//! Who this gateway is: its key, which never leaves it, and its newest certificate.
//!
//! Kept in one file that only its owner reads, written as a whole or not at all. A new key is kept before a certificate is asked
//! for it: whoever asked with one key and comes back with another would look like a thief.

use std::path::{Path, PathBuf};

use aws_lc_rs::digest::{SHA256, digest};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use jiff::Timestamp;
use mayfly_domain::{
    error::chain,
    gateway::GatewayName,
    sensitive::{Sensitive, expose_to_serializer},
};
use mayfly_tunnel::{
    authority::{KeyedCertificate, NewKey, UnusableAuthority},
    enrolment::EnrolmentFailed,
    tls::{HandshakeFailed, read_certificate},
    trust::{InvalidTrustBundle, TrustBundle},
};
use rustls::pki_types::CertificateDer;
use serde::{Deserialize, Serialize};

use crate::{
    dial::DialFailed,
    state::{self, StateFailed},
};

/// The file's name in its folder.
const FILE: &str = "identity.json";

/// A gateway that enrolled.
pub struct Identity {
    /// Whom its certificate names.
    pub name: GatewayName,
    /// Whom it believes.
    pub trust: TrustBundle,
    /// When its certificate ends.
    pub expires_at: Timestamp,
    /// When its certificate began.
    pub begins_at: Timestamp,
    key: NewKey,
    certificate: CertificateDer<'static>,
    /// A key that a certificate was asked for, and not given yet.
    next: Option<NewKey>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Kept {
    key: KeptKey,
    certificate: String,
    authorities: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    next_key: Option<KeptKey>,
}

/// A key: PKCS #8 (DER), in base64.
#[derive(Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct KeptKey(#[serde(serialize_with = "expose_to_serializer")] Sensitive<String>);

/// Why there is no identity.
#[derive(Debug, thiserror::Error)]
pub enum IdentityFailed {
    /// The state folder is of no use.
    #[error(transparent)]
    State(#[from] StateFailed),
    /// No name was given, and what was drawn is none.
    #[error("no name could be drawn for this process: give --instance")]
    Nameless,
    /// There is no token of the service account.
    #[error("read the token of the service account `{}`: {source}", .path.display())]
    AccountToken {
        /// Where it was looked for.
        path: PathBuf,
        /// Why there is none.
        source: std::io::Error,
    },
    /// No key can be made.
    #[error(transparent)]
    Key(#[from] UnusableAuthority),
    /// The server was not reached.
    #[error(transparent)]
    Dial(#[from] DialFailed),
    /// Somebody else was, or the inner TLS failed.
    #[error("InnerTls: {}", chain(.0))]
    Handshake(#[from] HandshakeFailed),
    /// It did not answer.
    #[error("the server gave no answer to the enrolment: {}", chain(.0))]
    NoAnswer(#[from] EnrolmentFailed),
    /// It refused.
    #[error("the server refuses the enrolment: {message}")]
    Refused {
        /// Stable word.
        code: String,
        /// Why.
        message: String,
    },
    /// What it answered makes no identity.
    #[error("the server's answer makes no identity: {0}")]
    BadAnswer(String),
}

impl IdentityFailed {
    /// Whether it may pass by itself.
    pub fn is_passing(&self) -> bool {
        match self {
            Self::Dial(_) | Self::NoAnswer(_) => true,
            Self::Handshake(failed) => matches!(failed, HandshakeFailed::Broken(_) | HandshakeFailed::TimedOut),
            // A projected token that was used is followed by another, and a process that is there tells keys that are new.
            Self::Refused { code, .. } => {
                ["unavailable", "at_once", "proof_used", "unknown_key"].contains(&code.as_str())
            }
            Self::State(_) | Self::Nameless | Self::AccountToken { .. } | Self::Key(_) | Self::BadAnswer(_) => false,
        }
    }
}

impl Identity {
    /// The one in `folder`, if there is one.
    pub fn load(folder: &Path) -> Result<Option<Self>, IdentityFailed> {
        let Some(kept) = state::read::<Kept>(folder, FILE)? else { return Ok(None) };
        let odd = |why: String| state::odd(folder, FILE, why);
        let mut identity =
            Self::of(read_key(&kept.key).map_err(odd)?, &kept.certificate, &kept.authorities).map_err(odd)?;
        identity.next = kept.next_key.as_ref().map(read_key).transpose().map_err(odd)?;
        Ok(Some(identity))
    }

    /// Writes it into `folder`.
    pub fn save(&self, folder: &Path) -> Result<(), IdentityFailed> {
        let kept = Kept {
            key: write_key(&self.key),
            certificate: STANDARD.encode(&self.certificate),
            authorities: self.trust.certificates().iter().map(|der| STANDARD.encode(der)).collect(),
            next_key: self.next.as_ref().map(write_key),
        };
        Ok(state::write(folder, FILE, &kept)?)
    }

    /// What it proves itself with.
    pub fn shown(&self) -> KeyedCertificate {
        self.key.with(self.certificate.clone())
    }

    /// When it is time for the next certificate: at half of this one's life, give or take a tenth, so that many gateways do not
    /// come at once. The lot is the certificate's own, drawn once and the same after a restart.
    pub fn renews_at(&self) -> Timestamp {
        let life = self.expires_at.duration_since(self.begins_at);
        let lot = digest(&SHA256, &self.certificate).as_ref().iter().fold(0, |sum, byte| (sum + i32::from(*byte)) % 21);
        self.begins_at.saturating_add(life * (40 + lot) / 100).unwrap_or(self.expires_at)
    }

    /// The request for the next certificate, in base64: for a new key, or for the one that was asked for already.
    pub fn request(&mut self) -> Result<String, IdentityFailed> {
        let next = match self.next.take() {
            Some(next) => next,
            None => NewKey::generate()?,
        };
        let request = STANDARD.encode(next.request()?);
        self.next = Some(next);
        Ok(request)
    }

    /// Goes on with the certificate that it asked for, or says why it cannot be used.
    pub fn renew(&mut self, certificate: &str, authorities: &[String]) -> Result<(), String> {
        let next = self.next.as_ref().ok_or("nothing was asked for")?;
        let key = NewKey::from_pkcs8(&next.to_pkcs8()).map_err(|error| error.to_string())?;
        let renewed = Self::of(key, certificate, authorities)?;
        if (renewed.name.gateway, &renewed.name.instance) != (self.name.gateway, &self.name.instance) {
            return Err("it names another gateway".to_owned());
        }
        *self = renewed;
        Ok(())
    }

    /// A `key` with what was answered for it, in base64; or why that is of no use.
    pub(crate) fn of(key: NewKey, certificate: &str, authorities: &[String]) -> Result<Self, String> {
        let der = |text: &str| STANDARD.decode(text).map(CertificateDer::from).map_err(|error| error.to_string());
        let certificate = der(certificate)?;
        let authorities = authorities.iter().map(|text| der(text)).collect::<Result<_, _>>()?;
        let trust = TrustBundle::new(authorities).map_err(|error: InvalidTrustBundle| error.to_string())?;
        let read = read_certificate(&certificate).map_err(|error| error.to_string())?;
        let (begins_at, expires_at) = (read.begins_at, read.expires_at);
        Ok(Self { name: read.name, trust, expires_at, begins_at, key, certificate, next: None })
    }
}

pub(crate) fn read_key(KeptKey(text): &KeptKey) -> Result<NewKey, String> {
    let pkcs8 = STANDARD.decode(text.expose()).map_err(|error| error.to_string())?;
    NewKey::from_pkcs8(&Sensitive::new(pkcs8)).map_err(|error| error.to_string())
}

pub(crate) fn write_key(key: &NewKey) -> KeptKey {
    KeptKey(Sensitive::new(STANDARD.encode(key.to_pkcs8().expose())))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use jiff::SignedDuration;
    use mayfly_domain::ids::{GatewayId, InstallationId};
    use mayfly_testkit::clock::TestClock;
    use mayfly_tunnel::authority::{Authority, CertificateRequest};

    use super::*;

    #[test]
    fn the_time_to_renew_is_drawn_once_for_each_certificate_and_spread() {
        let ambient = TestClock::default().ambient(1);
        let installation = InstallationId::generate(&ambient);
        let authority = Authority::generate(installation, ambient.now()).unwrap();
        let gateway = GatewayId::generate(&ambient);
        let name = GatewayName { installation, gateway, instance: "pod-1".parse().unwrap(), generation: 1 };
        let folder = tempfile::tempdir().unwrap();
        let mut seen = BTreeSet::new();
        for _ in 0..60 {
            let key = NewKey::generate().unwrap();
            let request = CertificateRequest::read(&key.request().unwrap()).unwrap();
            let certificate = authority.sign_gateway(&request, &name, ambient.now()).unwrap();
            let authorities = [STANDARD.encode(authority.certificate())];
            let identity = Identity::of(key, &STANDARD.encode(certificate), &authorities).unwrap();
            identity.save(folder.path()).unwrap();
            let after_restart = Identity::load(folder.path()).unwrap().unwrap();
            assert_eq!(identity.renews_at(), after_restart.renews_at());
            let (age, life) = (
                identity.renews_at().duration_since(identity.begins_at),
                identity.expires_at.duration_since(identity.begins_at),
            );
            assert!(age >= life * 40 / 100 && age <= life * 60 / 100, "{age:?} of {life:?}");
            seen.insert(age);
        }
        let spread = *seen.last().unwrap() - *seen.first().unwrap();
        assert!(seen.len() > 10 && spread > SignedDuration::from_hours(3), "{} times, {spread:?} apart", seen.len());
    }
}
