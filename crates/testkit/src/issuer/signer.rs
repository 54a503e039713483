//! Keys that sign tokens, honest ones and others.

use aws_lc_rs::{
    encoding::{AsDer as _, PublicKeyX509Der},
    rand::SystemRandom,
    rsa::KeySize,
    signature::{self, EcdsaKeyPair, Ed25519KeyPair, KeyPair as _, RsaEncoding, RsaKeyPair},
};
use base64::{
    Engine as _,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use serde_json::{Value, json};

const LUCK: &str = "the machine's random source does not fail once it has started";

/// With what a token is signed.
#[expect(missing_docs, reason = "the names are those of RFC 7518")]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SigningAlgorithm {
    Rs256,
    Rs384,
    Rs512,
    Ps256,
    Ps384,
    Ps512,
    Es256,
    Es384,
    EdDsa,
}

/// One key, with its id.
pub struct TokenSigner {
    /// Its `kid`.
    pub kid: String,
    algorithm: SigningAlgorithm,
    key: Key,
}

enum Key {
    Rsa(Box<RsaKeyPair>),
    Ecdsa(EcdsaKeyPair),
    Ed25519(Ed25519KeyPair),
}

impl SigningAlgorithm {
    /// All of them.
    pub const ALL: [Self; 9] = [
        Self::Rs256,
        Self::Rs384,
        Self::Rs512,
        Self::Ps256,
        Self::Ps384,
        Self::Ps512,
        Self::Es256,
        Self::Es384,
        Self::EdDsa,
    ];

    /// Its name in a header.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Rs256 => "RS256",
            Self::Rs384 => "RS384",
            Self::Rs512 => "RS512",
            Self::Ps256 => "PS256",
            Self::Ps384 => "PS384",
            Self::Ps512 => "PS512",
            Self::Es256 => "ES256",
            Self::Es384 => "ES384",
            Self::EdDsa => "EdDSA",
        }
    }

    fn rsa(self) -> Option<&'static dyn RsaEncoding> {
        Some(match self {
            Self::Rs256 => &signature::RSA_PKCS1_SHA256,
            Self::Rs384 => &signature::RSA_PKCS1_SHA384,
            Self::Rs512 => &signature::RSA_PKCS1_SHA512,
            Self::Ps256 => &signature::RSA_PSS_SHA256,
            Self::Ps384 => &signature::RSA_PSS_SHA384,
            Self::Ps512 => &signature::RSA_PSS_SHA512,
            Self::Es256 | Self::Es384 | Self::EdDsa => return None,
        })
    }
}

impl TokenSigner {
    /// A new key called `kid`, for one algorithm.
    ///
    /// # Panics
    /// Never, on a machine with a random source.
    pub fn new(kid: &str, algorithm: SigningAlgorithm) -> Self {
        let key = match algorithm {
            SigningAlgorithm::Es256 => ecdsa(&signature::ECDSA_P256_SHA256_FIXED_SIGNING),
            SigningAlgorithm::Es384 => ecdsa(&signature::ECDSA_P384_SHA384_FIXED_SIGNING),
            SigningAlgorithm::EdDsa => Key::Ed25519(Ed25519KeyPair::generate().expect(LUCK)),
            _ => Key::Rsa(Box::new(RsaKeyPair::generate(KeySize::Rsa2048).expect(LUCK))),
        };
        Self { kid: kid.to_owned(), algorithm, key }
    }

    /// A token with these claims, and the header that belongs to the key.
    pub fn token(&self, claims: &Value) -> String {
        self.sign(&json!({"alg": self.algorithm.name(), "kid": self.kid, "typ": "JWT"}), &claims.to_string())
    }

    /// A token with any header and payload, signed as the key's own algorithm says.
    ///
    /// # Panics
    /// Never, on a machine with a random source.
    pub fn sign(&self, header: &Value, payload: &str) -> String {
        let signed = unsigned(&header.to_string(), payload);
        let random = SystemRandom::new();
        let signature = match &self.key {
            Key::Rsa(pair) => {
                let mut signature = vec![0; pair.public_modulus_len()];
                let encoding = self.algorithm.rsa().expect("an RSA key signs with RSA");
                pair.sign(encoding, &random, signed.as_bytes(), &mut signature).expect(LUCK);
                signature
            }
            Key::Ecdsa(pair) => pair.sign(&random, signed.as_bytes()).expect(LUCK).as_ref().to_vec(),
            Key::Ed25519(pair) => pair.sign(signed.as_bytes()).as_ref().to_vec(),
        };
        format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature))
    }

    /// The public key as an issuer shows it.
    pub fn jwk(&self) -> Value {
        let text = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
        let (kid, alg) = (&self.kid, self.algorithm.name());
        match &self.key {
            Key::Rsa(pair) => {
                let public = pair.public_key();
                let (n, e) = (public.modulus(), public.exponent());
                json!({"kty": "RSA", "use": "sig", "kid": kid, "alg": alg,
                       "n": text(n.big_endian_without_leading_zero()), "e": text(e.big_endian_without_leading_zero())})
            }
            Key::Ecdsa(pair) => {
                let (x, y) = halves(pair.public_key().as_ref());
                let curve = if self.algorithm == SigningAlgorithm::Es256 { "P-256" } else { "P-384" };
                json!({"kty": "EC", "use": "sig", "kid": kid, "alg": alg, "crv": curve, "x": text(x), "y": text(y)})
            }
            Key::Ed25519(pair) => {
                let public = pair.public_key().as_ref();
                json!({"kty": "OKP", "use": "sig", "kid": kid, "alg": alg, "crv": "Ed25519", "x": text(public)})
            }
        }
    }

    /// The public key as PEM, as `kubectl` and `openssl` show it.
    ///
    /// # Panics
    /// Never: a key has a DER form.
    pub fn public_pem(&self) -> String {
        let der = |der: PublicKeyX509Der<'_>| STANDARD.encode(der.as_ref());
        let base64 = match &self.key {
            Key::Rsa(pair) => der(pair.public_key().as_der().expect("a key has a DER form")),
            Key::Ecdsa(pair) => der(pair.public_key().as_der().expect("a key has a DER form")),
            Key::Ed25519(pair) => der(pair.public_key().as_der().expect("a key has a DER form")),
        };
        let lines: Vec<String> =
            base64.as_bytes().chunks(64).map(|line| String::from_utf8_lossy(line).into_owned()).collect();
        format!("-----BEGIN PUBLIC KEY-----\n{}\n-----END PUBLIC KEY-----\n", lines.join("\n"))
    }
}

/// Header and payload as the first two parts of a token.
pub fn unsigned(header: &str, payload: &str) -> String {
    format!("{}.{}", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(payload))
}

fn ecdsa(algorithm: &'static signature::EcdsaSigningAlgorithm) -> Key {
    Key::Ecdsa(EcdsaKeyPair::generate(algorithm).expect(LUCK))
}

/// The coordinates of an uncompressed point.
fn halves(point: &[u8]) -> (&[u8], &[u8]) {
    let coordinates = point.get(1..).unwrap_or_default();
    coordinates.split_at(coordinates.len() / 2)
}
