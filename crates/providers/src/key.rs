//! Public keys of issuers, as JWKS (RFC 7517) or PEM, and which signatures they can check.
//!
//! A key that we cannot use is left out, because sets hold keys for other purposes too. A set without any usable key is
//! refused.

use aws_lc_rs::signature::{self, RsaParameters, RsaPublicKeyComponents, UnparsedPublicKey, VerificationAlgorithm};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use rustls::pki_types::{SubjectPublicKeyInfoDer, pem::PemObject};
use serde::Deserialize;
use x509_parser::{prelude::FromDer, public_key::PublicKey as Parsed, x509::SubjectPublicKeyInfo};

use crate::{algorithm::Algorithm, error::TokenRefused};

/// Most keys in one set: providers have three, and ten while they rotate.
const MOST_KEYS: usize = 100;
/// Bytes of the smallest RSA modulus: 2048 bits.
const SMALLEST_MODULUS: usize = 256;
/// Bytes of the largest one: 8192 bits, what the crypto library takes.
const LARGEST_MODULUS: usize = 1024;
/// Longest text of keys that is stored, in characters.
pub const LONGEST_KEYS: usize = 64 * 1024;

/// Why a text holds no keys. Reads after the field's name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidKeys {
    /// Neither a JWKS nor PEM.
    #[error("must be a JWKS document, or PEM that begins with `-----BEGIN PUBLIC KEY-----`")]
    Malformed,
    /// A private key is in it.
    #[error("must not contain a private key; it was not stored, and should be replaced if it was real")]
    Private,
    /// Too many.
    #[error("must hold at most {MOST_KEYS} keys")]
    TooMany,
    /// None that can be used.
    #[error(
        "must hold at least one public key to check signatures with: RSA of 2048 bits or more, P-256, P-384 or Ed25519"
    )]
    NoneUsable,
}

/// The keys of one issuer.
#[derive(Clone, Debug)]
pub struct KeySet(Vec<Key>);

/// A key of a JWKS that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IgnoredKey {
    /// Its id, where it has one.
    pub id: Option<String>,
    /// Why. Reads after "it".
    pub why: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Key {
    id: Option<String>,
    /// The only algorithm it may be used with, where its owner says so.
    only_for: Option<Algorithm>,
    material: Material,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Material {
    Rsa { modulus: Vec<u8>, exponent: Vec<u8> },
    P256(Vec<u8>),
    P384(Vec<u8>),
    Ed25519(Vec<u8>),
}

#[derive(Deserialize)]
struct Jwks {
    keys: Vec<serde_json::Value>,
}

#[derive(Deserialize)]
struct Jwk {
    kty: String,
    kid: Option<String>,
    #[serde(rename = "use")]
    purpose: Option<String>,
    key_ops: Option<Vec<String>>,
    alg: Option<String>,
    crv: Option<String>,
    n: Option<String>,
    e: Option<String>,
    x: Option<String>,
    y: Option<String>,
    d: Option<serde_json::Value>,
}

impl KeySet {
    /// Reads a JWKS document.
    pub fn from_jwks(json: &[u8]) -> Result<Self, InvalidKeys> {
        Self::read_jwks(json).map(|(keys, _)| keys)
    }

    /// Reads a JWKS document, and says which of its keys cannot be used.
    pub fn read_jwks(json: &[u8]) -> Result<(Self, Vec<IgnoredKey>), InvalidKeys> {
        let set: Jwks = serde_json::from_slice(json).map_err(|_| InvalidKeys::Malformed)?;
        if set.keys.len() > MOST_KEYS {
            return Err(InvalidKeys::TooMany);
        }
        let (mut keys, mut ignored) = (Vec::new(), Vec::new());
        for value in set.keys {
            let Ok(jwk) = serde_json::from_value::<Jwk>(value) else {
                ignored.push(IgnoredKey { id: None, why: "is no JWK" });
                continue;
            };
            if jwk.d.is_some() {
                return Err(InvalidKeys::Private);
            }
            let id = jwk.kid.clone();
            match Key::from_jwk(jwk) {
                Ok(key) => keys.push(key),
                Err(why) => ignored.push(IgnoredKey { id, why }),
            }
        }
        Ok((Self::of(keys)?, ignored))
    }

    /// The ids of those that have one.
    pub fn ids(&self) -> Vec<&str> {
        self.0.iter().filter_map(|key| key.id.as_deref()).collect()
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        self.0.len()
    }

    /// Whether one of them is one of `other`, whatever it is called there: keys that were pasted as PEM have no id.
    pub fn shares_a_key_with(&self, other: &Self) -> bool {
        self.0.iter().any(|own| other.0.iter().any(|theirs| own.material == theirs.material))
    }

    /// Whether both are the same keys by the same ids, in whatever order.
    pub fn is_same_as(&self, other: &Self) -> bool {
        let holds = |all: &Self, some: &Self| some.0.iter().all(|key| all.0.contains(key));
        holds(self, other) && holds(other, self)
    }

    /// Reads what a person pasted: a JWKS document, or one or more public keys in PEM. Those have no id.
    pub fn from_text(text: &str) -> Result<Self, InvalidKeys> {
        // `RSA PRIVATE KEY`, `EC PRIVATE KEY`, `ENCRYPTED PRIVATE KEY` and plain ones alike.
        if text.contains("PRIVATE KEY-----") {
            return Err(InvalidKeys::Private);
        }
        if text.trim_start().starts_with('{') {
            return Self::from_jwks(text.as_bytes());
        }
        let mut keys = Vec::new();
        for read in SubjectPublicKeyInfoDer::pem_slice_iter(text.as_bytes()) {
            let der = read.map_err(|_| InvalidKeys::Malformed)?;
            if keys.len() == MOST_KEYS {
                return Err(InvalidKeys::TooMany);
            }
            keys.extend(Material::from_spki(&der).map(|material| Key { id: None, only_for: None, material }));
        }
        Self::of(keys)
    }

    fn of(keys: Vec<Key>) -> Result<Self, InvalidKeys> {
        if keys.is_empty() { Err(InvalidKeys::NoneUsable) } else { Ok(Self(keys)) }
    }

    /// Whether one of the keys may be the one that a token with this `kid` was signed with.
    pub fn knows(&self, kid: Option<&str>) -> bool {
        self.0.iter().any(|key| key.may_be(kid))
    }

    /// Checks a signature with every key that has this `kid` and fits the algorithm. A token without a `kid` may be of any
    /// key; a key without an id may be anybody's.
    pub(crate) fn check(
        &self,
        algorithm: Algorithm,
        kid: Option<&str>,
        message: &[u8],
        signature: &[u8],
    ) -> Result<(), TokenRefused> {
        if !self.knows(kid) {
            return Err(TokenRefused::UnknownKey);
        }
        let mut fitting = self.0.iter().filter(|key| key.may_be(kid) && key.fits(algorithm)).peekable();
        if fitting.peek().is_none() {
            return Err(TokenRefused::Algorithm);
        }
        let is_signed = fitting.any(|key| key.material.check(algorithm, message, signature));
        if is_signed { Ok(()) } else { Err(TokenRefused::Signature) }
    }
}

impl Key {
    /// The key, or why it cannot be used.
    fn from_jwk(jwk: Jwk) -> Result<Self, &'static str> {
        let is_for_signatures = jwk.purpose.as_deref().is_none_or(|purpose| purpose == "sig")
            && jwk.key_ops.as_ref().is_none_or(|ops| ops.iter().any(|op| op == "verify"));
        if !is_for_signatures {
            return Err("is not for checking signatures");
        }
        // One that is meant for an algorithm we do not take is of no use, even if another would fit its type.
        let only_for = match &jwk.alg {
            Some(name) => Some(Algorithm::named(name).ok_or("is for an algorithm that is not accepted")?),
            None => None,
        };
        let material = Material::from_jwk(&jwk).ok_or("is of a type or a size that is not accepted")?;
        Ok(Self { only_for, material, id: jwk.kid })
    }

    fn may_be(&self, kid: Option<&str>) -> bool {
        match (self.id.as_deref(), kid) {
            (Some(own), Some(asked)) => own == asked,
            (None, _) | (_, None) => true,
        }
    }

    fn fits(&self, algorithm: Algorithm) -> bool {
        self.only_for.is_none_or(|only| only == algorithm) && self.material.fits(algorithm)
    }
}

impl Material {
    fn from_jwk(jwk: &Jwk) -> Option<Self> {
        let bytes = |field: &Option<String>| URL_SAFE_NO_PAD.decode(field.as_deref()?).ok();
        match (jwk.kty.as_str(), jwk.crv.as_deref()) {
            ("RSA", _) => Self::rsa(bytes(&jwk.n)?, bytes(&jwk.e)?),
            ("EC", Some("P-256")) => Self::point(&bytes(&jwk.x)?, &bytes(&jwk.y)?, 32).map(Self::P256),
            ("EC", Some("P-384")) => Self::point(&bytes(&jwk.x)?, &bytes(&jwk.y)?, 48).map(Self::P384),
            ("OKP", Some("Ed25519")) => bytes(&jwk.x).filter(|key| key.len() == 32).map(Self::Ed25519),
            _ => None,
        }
    }

    fn from_spki(der: &[u8]) -> Option<Self> {
        const ED25519: &str = "1.3.101.112";
        let (_, info) = SubjectPublicKeyInfo::from_der(der).ok()?;
        if info.algorithm.algorithm.to_id_string() == ED25519 {
            let key = info.subject_public_key.data.to_vec();
            return (key.len() == 32).then_some(Self::Ed25519(key));
        }
        match info.parsed().ok()? {
            Parsed::RSA(rsa) => Self::rsa(rsa.modulus.to_vec(), rsa.exponent.to_vec()),
            Parsed::EC(point) => match point.data().len() {
                65 => Some(Self::P256(point.data().to_vec())),
                97 => Some(Self::P384(point.data().to_vec())),
                _ => None,
            },
            _ => None,
        }
    }

    fn rsa(modulus: Vec<u8>, exponent: Vec<u8>) -> Option<Self> {
        let trimmed = |bytes: Vec<u8>| bytes.into_iter().skip_while(|byte| *byte == 0).collect::<Vec<_>>();
        let (modulus, exponent) = (trimmed(modulus), trimmed(exponent));
        let is_sound = (SMALLEST_MODULUS..=LARGEST_MODULUS).contains(&modulus.len()) && !exponent.is_empty();
        is_sound.then_some(Self::Rsa { modulus, exponent })
    }

    /// An uncompressed point (SEC 1 section 2.3.3).
    fn point(x: &[u8], y: &[u8], length: usize) -> Option<Vec<u8>> {
        const UNCOMPRESSED: u8 = 4;
        (x.len() == length && y.len() == length).then(|| [&[UNCOMPRESSED], x, y].concat())
    }

    const fn fits(&self, algorithm: Algorithm) -> bool {
        use Algorithm as A;
        match self {
            Self::Rsa { .. } => {
                matches!(algorithm, A::Rs256 | A::Rs384 | A::Rs512 | A::Ps256 | A::Ps384 | A::Ps512)
            }
            Self::P256(_) => matches!(algorithm, A::Es256),
            Self::P384(_) => matches!(algorithm, A::Es384),
            Self::Ed25519(_) => matches!(algorithm, A::EdDsa),
        }
    }

    fn check(&self, algorithm: Algorithm, message: &[u8], signature: &[u8]) -> bool {
        let plain = |scheme: &'static dyn VerificationAlgorithm, key: &[u8]| {
            UnparsedPublicKey::new(scheme, key).verify(message, signature).is_ok()
        };
        match self {
            Self::Rsa { modulus, exponent } => rsa_parameters(algorithm).is_some_and(|parameters| {
                RsaPublicKeyComponents { n: modulus, e: exponent }.verify(parameters, message, signature).is_ok()
            }),
            Self::P256(key) => plain(&signature::ECDSA_P256_SHA256_FIXED, key),
            Self::P384(key) => plain(&signature::ECDSA_P384_SHA384_FIXED, key),
            Self::Ed25519(key) => plain(&signature::ED25519, key),
        }
    }
}

const fn rsa_parameters(algorithm: Algorithm) -> Option<&'static RsaParameters> {
    Some(match algorithm {
        Algorithm::Rs256 => &signature::RSA_PKCS1_2048_8192_SHA256,
        Algorithm::Rs384 => &signature::RSA_PKCS1_2048_8192_SHA384,
        Algorithm::Rs512 => &signature::RSA_PKCS1_2048_8192_SHA512,
        Algorithm::Ps256 => &signature::RSA_PSS_2048_8192_SHA256,
        Algorithm::Ps384 => &signature::RSA_PSS_2048_8192_SHA384,
        Algorithm::Ps512 => &signature::RSA_PSS_2048_8192_SHA512,
        Algorithm::Es256 | Algorithm::Es384 | Algorithm::EdDsa => return None,
    })
}
