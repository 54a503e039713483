//! Who this gateway is: its key, which never leaves it, and its newest certificate.
//!
//! Kept in one file that only its owner reads, written as a whole or not at all. A new key is kept before a certificate is asked
//! for it: whoever asked with one key and comes back with another would look like a thief.

use std::{
    io::{self, Write as _},
    path::{Path, PathBuf},
};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use jiff::Timestamp;
use mayfly_domain::{
    clock::Ambient,
    error::chain,
    gateway::{GatewayName, InstanceName},
    sensitive::{Sensitive, expose_to_serializer},
};
use mayfly_tunnel::{
    authority::{KeyedCertificate, NewKey, UnusableAuthority},
    enrolment::{self, EnrolmentAnswer, EnrolmentFailed, EnrolmentRequest, EnrolmentText, Proof},
    protocol::{ENROLMENT_PATH, ENROLMENT_SUBPROTOCOL},
    tls::{HandshakeFailed, connect_enrolment, read_certificate},
    trust::{InvalidTrustBundle, TrustBundle},
};
use rustls::pki_types::CertificateDer;
use serde::{Deserialize, Serialize};

use crate::dial::{DialFailed, Server};

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
struct KeptKey(#[serde(serialize_with = "expose_to_serializer")] Sensitive<String>);

/// Why there is no identity.
#[derive(Debug, thiserror::Error)]
pub enum IdentityFailed {
    /// The file cannot be read or written.
    #[error("`{}`: {source}", .path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// It holds something else.
    #[error("`{}` is no identity of a gateway: {why}; remove it and enrol again", .path.display())]
    Odd {
        /// Which.
        path: PathBuf,
        /// What is odd.
        why: String,
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
            Self::Refused { code, .. } => code == "unavailable" || code == "at_once",
            Self::File { .. } | Self::Odd { .. } | Self::Key(_) | Self::BadAnswer(_) => false,
        }
    }
}

impl Identity {
    /// Enrols by a token as one process, and has its `key` signed. With the same key it may be asked again where no answer came.
    pub async fn enrol(
        ambient: &Ambient,
        server: &Server,
        text: &EnrolmentText,
        (instance, key): (InstanceName, &NewKey),
    ) -> Result<Self, IdentityFailed> {
        let request = EnrolmentRequest {
            gateway: text.gateway,
            instance,
            proof: Proof::Token { token: text.token.clone() },
            request: STANDARD.encode(key.request()?),
            version: env!("CARGO_PKG_VERSION").to_owned(),
        };
        let carrier = server.dial(ambient, ENROLMENT_PATH, ENROLMENT_SUBPROTOCOL).await?;
        let stream = connect_enrolment(ambient, text.authority, carrier).await?;
        match enrolment::ask(ambient, stream, &request).await? {
            EnrolmentAnswer::Refused { code, message } => Err(IdentityFailed::Refused { code, message }),
            EnrolmentAnswer::Enrolled { certificate, authorities } => {
                let key = NewKey::from_pkcs8(&key.to_pkcs8())?;
                let identity = Self::of(key, &certificate, &authorities).map_err(IdentityFailed::BadAnswer)?;
                let is_asked = identity.name.gateway == request.gateway && identity.name.instance == request.instance;
                let other = || IdentityFailed::BadAnswer("it names another gateway".to_owned());
                is_asked.then_some(identity).ok_or_else(other)
            }
        }
    }

    /// The one in `folder`, if there is one.
    pub fn load(folder: &Path) -> Result<Option<Self>, IdentityFailed> {
        let path = folder.join(FILE);
        let text = match std::fs::read(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(source) => return Err(IdentityFailed::File { path, source }),
        };
        let odd = |why: String| IdentityFailed::Odd { path: path.clone(), why };
        let kept: Kept = serde_json::from_slice(&text).map_err(|error| odd(error.to_string()))?;
        let mut identity =
            Self::of(read_key(&kept.key).map_err(odd)?, &kept.certificate, &kept.authorities).map_err(odd)?;
        identity.next = kept.next_key.as_ref().map(read_key).transpose().map_err(odd)?;
        Ok(Some(identity))
    }

    /// Writes it into `folder`.
    pub fn save(&self, folder: &Path) -> Result<(), IdentityFailed> {
        let path = folder.join(FILE);
        let kept = Kept {
            key: write_key(&self.key),
            certificate: STANDARD.encode(&self.certificate),
            authorities: self.trust.certificates().iter().map(|der| STANDARD.encode(der)).collect(),
            next_key: self.next.as_ref().map(write_key),
        };
        let write = || {
            std::fs::create_dir_all(folder)?;
            // Made with 0600, and given its name only once it is whole.
            let mut file = tempfile::NamedTempFile::new_in(folder)?;
            file.write_all(&serde_json::to_vec(&kept)?)?;
            file.as_file().sync_all()?;
            file.persist(&path).map(drop).map_err(|error| error.error)
        };
        write().map_err(|source| IdentityFailed::File { path: path.clone(), source })
    }

    /// What it proves itself with.
    pub fn shown(&self) -> KeyedCertificate {
        self.key.with(self.certificate.clone())
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

    fn of(key: NewKey, certificate: &str, authorities: &[String]) -> Result<Self, String> {
        let der = |text: &str| STANDARD.decode(text).map(CertificateDer::from).map_err(|error| error.to_string());
        let certificate = der(certificate)?;
        let authorities = authorities.iter().map(|text| der(text)).collect::<Result<_, _>>()?;
        let trust = TrustBundle::new(authorities).map_err(|error: InvalidTrustBundle| error.to_string())?;
        let read = read_certificate(&certificate).map_err(|error| error.to_string())?;
        let (begins_at, expires_at) = (read.begins_at, read.expires_at);
        Ok(Self { name: read.name, trust, expires_at, begins_at, key, certificate, next: None })
    }
}

fn read_key(KeptKey(text): &KeptKey) -> Result<NewKey, String> {
    let pkcs8 = STANDARD.decode(text.expose()).map_err(|error| error.to_string())?;
    NewKey::from_pkcs8(&Sensitive::new(pkcs8)).map_err(|error| error.to_string())
}

fn write_key(key: &NewKey) -> KeptKey {
    KeptKey(Sensitive::new(STANDARD.encode(key.to_pkcs8().expose())))
}
