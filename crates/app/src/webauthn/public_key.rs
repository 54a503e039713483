//! A passkey's public key, as COSE writes it (RFC 9053; section 5.8.5 says with which members).

use aws_lc_rs::signature::{self, ParsedPublicKey, RsaPublicKeyComponents, VerificationAlgorithm};
use mayfly_domain::passkey::PasskeyAlgorithm;

use super::{Cbor, Refused};

const KEY_TYPE: i64 = 1;
const ALGORITHM: i64 = 3;
/// Of the two kinds with a curve; an RSA key has its modulus there.
const CURVE: i64 = -1;
const X: i64 = -2;
const Y: i64 = -3;
const MODULUS: i64 = -1;
const EXPONENT: i64 = -2;

/// Bytes of an RSA modulus: 2,048 to 8,192 bits, what the crypto library takes.
const MODULUS_BYTES: std::ops::RangeInclusive<usize> = 256..=1_024;

/// A key that signatures can be checked with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicKey {
    /// With which algorithm, and no other.
    pub algorithm: PasskeyAlgorithm,
    material: Material,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Material {
    /// An Ed25519 key, or an uncompressed point of P-256 (SEC 1 section 2.3.3).
    Plain(Vec<u8>),
    Rsa {
        modulus: Vec<u8>,
        exponent: Vec<u8>,
    },
}

impl PublicKey {
    /// Reads a key. It has the members of its kind and no others, and is of an algorithm that we ask for.
    pub fn read(cose: &[u8]) -> Result<Self, Refused> {
        let key = Cbor::read(cose).map_err(|_| Refused::PublicKey)?;
        let number = key.numbered(ALGORITHM).and_then(Cbor::integer).ok_or(Refused::PublicKey)?;
        let algorithm = PasskeyAlgorithm::numbered(number).ok_or(Refused::Algorithm)?;
        let material = material(&key, algorithm).ok_or(Refused::PublicKey)?;
        let read = Self { algorithm, material };
        if read.is_sound() { Ok(read) } else { Err(Refused::PublicKey) }
    }

    /// Whether the crypto library takes it: a point is on its curve, a modulus is odd.
    fn is_sound(&self) -> bool {
        match &self.material {
            Material::Plain(key) => ParsedPublicKey::new(self.scheme(), key).is_ok(),
            Material::Rsa { modulus, exponent } => {
                MODULUS_BYTES.contains(&modulus.len())
                    && modulus.first() != Some(&0)
                    && [modulus, exponent].iter().all(|number| number.last().is_some_and(|last| last % 2 == 1))
                    && exponent.len() <= 8
                    && exponent.as_slice() != [1]
            }
        }
    }

    const fn scheme(&self) -> &'static dyn VerificationAlgorithm {
        match self.algorithm {
            PasskeyAlgorithm::EdDsa => &signature::ED25519,
            // Unlike in tokens, the two numbers of a signature come as ASN.1 (section 6.5.5).
            PasskeyAlgorithm::Es256 => &signature::ECDSA_P256_SHA256_ASN1,
            PasskeyAlgorithm::Rs256 => &signature::RSA_PKCS1_2048_8192_SHA256,
        }
    }

    /// Checks a signature.
    pub fn check(&self, message: &[u8], signature: &[u8]) -> Result<(), Refused> {
        let checked = match &self.material {
            Material::Plain(key) => signature::UnparsedPublicKey::new(self.scheme(), key).verify(message, signature),
            Material::Rsa { modulus, exponent } => RsaPublicKeyComponents { n: modulus, e: exponent }.verify(
                &signature::RSA_PKCS1_2048_8192_SHA256,
                message,
                signature,
            ),
        };
        checked.map_err(|_| Refused::Signature)
    }
}

fn material(key: &Cbor<'_>, algorithm: PasskeyAlgorithm) -> Option<Material> {
    let (kind, members) = match algorithm {
        PasskeyAlgorithm::EdDsa => (1, 4),
        PasskeyAlgorithm::Es256 => (2, 5),
        PasskeyAlgorithm::Rs256 => (3, 4),
    };
    let number = |name: i64| key.numbered(name).and_then(Cbor::integer);
    if number(KEY_TYPE) != Some(kind) || key.entries()?.len() != members {
        return None;
    }
    let bytes = |name: i64| key.numbered(name).and_then(Cbor::bytes);
    let coordinate = |name: i64| bytes(name).filter(|bytes| bytes.len() == 32);
    match algorithm {
        PasskeyAlgorithm::EdDsa if number(CURVE) == Some(6) => Some(Material::Plain(coordinate(X)?.to_vec())),
        PasskeyAlgorithm::Es256 if number(CURVE) == Some(1) => {
            const UNCOMPRESSED: u8 = 4;
            Some(Material::Plain([&[UNCOMPRESSED], coordinate(X)?, coordinate(Y)?].concat()))
        }
        PasskeyAlgorithm::Rs256 => {
            Some(Material::Rsa { modulus: bytes(MODULUS)?.to_vec(), exponent: bytes(EXPONENT)?.to_vec() })
        }
        PasskeyAlgorithm::EdDsa | PasskeyAlgorithm::Es256 => None,
    }
}
