//! Secrets that we make ourselves, and the digests by which we know them again.

use aws_lc_rs::digest;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use mayfly_domain::{clock::Ambient, sensitive::Sensitive};

/// A secret of 256 random bits, as URL-safe text. It needs no slow hash: nobody guesses it.
pub(crate) fn generate(ambient: &Ambient) -> Sensitive<String> {
    Sensitive::new(URL_SAFE_NO_PAD.encode(ambient.random::<32>()))
}

/// SHA-256 of a secret: what is stored, and what it is found by.
pub(crate) fn digest_of(secret: &str) -> Vec<u8> {
    digest::digest(&digest::SHA256, secret.as_bytes()).as_ref().to_vec()
}
