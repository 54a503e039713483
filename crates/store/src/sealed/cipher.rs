//! AES-256-GCM with a fresh random nonce each time.

use aws_lc_rs::aead::{AES_256_GCM, Aad, NONCE_LEN, Nonce, RandomizedNonceKey};
use zeroize::Zeroizing;

/// Bytes of a key.
pub(super) const KEY_LENGTH: usize = 32;

/// A key, ready for use; the library wipes its memory when it is dropped. Random nonces of 96 bits are safe for 2^32
/// values under one key (NIST SP 800-38D, 8.3).
pub(super) struct Cipher(RandomizedNonceKey);

/// What was sealed does not open with this key for these authenticated bytes.
#[derive(Debug)]
pub(super) struct DoesNotOpen;

impl Cipher {
    pub(super) fn new(key: &[u8; KEY_LENGTH]) -> Self {
        Self(RandomizedNonceKey::new(&AES_256_GCM, key).expect("a key of 32 bytes fits AES-256"))
    }

    /// `header`, a nonce, and `text` sealed together with `authenticated` and `header`.
    pub(super) fn seal(&self, header: &[u8], authenticated: &[u8], text: &[u8]) -> Vec<u8> {
        let mut record = Vec::with_capacity(header.len() + NONCE_LEN + text.len() + AES_256_GCM.tag_len());
        record.extend_from_slice(header);
        record.extend_from_slice(&[0; NONCE_LEN]);
        record.extend_from_slice(text);
        let (head, body) = record.split_at_mut(header.len() + NONCE_LEN);
        let (nonce, tag) = self
            .0
            .seal_in_place_separate_tag(aad(header, authenticated), body)
            .expect("AES-GCM seals any text of less than 64 GiB");
        for (slot, byte) in head.iter_mut().skip(header.len()).zip(nonce.as_ref()) {
            *slot = *byte;
        }
        record.extend_from_slice(tag.as_ref());
        record
    }

    /// The text of what [`Cipher::seal`] made, given what follows the header.
    pub(super) fn open(
        &self,
        header: &[u8],
        authenticated: &[u8],
        sealed: &[u8],
    ) -> Result<Zeroizing<Vec<u8>>, DoesNotOpen> {
        let (nonce, body) = sealed.split_first_chunk::<NONCE_LEN>().ok_or(DoesNotOpen)?;
        let mut body = Zeroizing::new(body.to_vec());
        let nonce = Nonce::assume_unique_for_key(*nonce);
        let opened = self.0.open_in_place(nonce, aad(header, authenticated), &mut body).map_err(|_| DoesNotOpen)?;
        let length = opened.len();
        body.truncate(length);
        Ok(body)
    }
}

/// The header is of fixed length, so that it cannot flow into what follows.
fn aad(header: &[u8], authenticated: &[u8]) -> Aad<Vec<u8>> {
    Aad::from([header, authenticated].concat())
}
