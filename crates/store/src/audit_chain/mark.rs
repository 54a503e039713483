//! The mark of an event: a keyed digest over all that its row says, its place in a chain, and the mark before it.

use aws_lc_rs::hmac;
use mayfly_domain::ids::InstallationId;

use crate::value::Value;

/// Bytes of a mark: half of HMAC-SHA-256, which is as strong as AES-128 against forging (RFC 2104 section 5).
pub(crate) const MARK_LENGTH: usize = 16;

/// The mark of something.
pub(crate) type Mark = [u8; MARK_LENGTH];

/// What stands where the first of a chain names the mark before it.
pub(crate) const NO_MARK: Mark = [0; MARK_LENGTH];

/// What makes and checks marks. Whoever can write the database and does not have it can make none.
#[derive(Clone)]
pub(crate) struct ChainKey {
    key: hmac::Key,
    installation: InstallationId,
}

impl ChainKey {
    /// Bytes of its secret.
    pub(crate) const LENGTH: usize = 32;

    pub(crate) fn new(secret: &[u8], installation: InstallationId) -> Self {
        Self { key: hmac::Key::new(hmac::HMAC_SHA256, secret), installation }
    }

    /// The mark of `parts`, which are marked as `what` and mean nothing else.
    pub(crate) fn mark(&self, what: &str, parts: &[Value]) -> Mark {
        let tag = hmac::sign(&self.key, &self.spelt(what, parts));
        let mut mark = NO_MARK;
        mark.iter_mut().zip(tag.as_ref()).for_each(|(slot, byte)| *slot = *byte);
        mark
    }

    /// Whether `mark` is that of `parts`, in a time that tells nothing.
    pub(crate) fn made(&self, what: &str, parts: &[Value], mark: &[u8]) -> bool {
        aws_lc_rs::constant_time::verify_slices_are_equal(&self.mark(what, parts), mark).is_ok()
    }

    /// Each part is preceded by its kind and, where it varies, its length: no two lists give the same bytes.
    fn spelt(&self, what: &str, parts: &[Value]) -> Vec<u8> {
        const USUAL: usize = 1024;
        let mut spelt = Vec::with_capacity(USUAL);
        spelt.extend_from_slice(self.installation.as_uuid().as_bytes());
        spell(&mut spelt, b't', what.as_bytes());
        for part in parts {
            match part {
                Value::Null => spelt.push(b'0'),
                Value::Text(part) => spell(&mut spelt, b't', part.as_bytes()),
                Value::Integer(part) => spell(&mut spelt, b'i', &part.to_be_bytes()),
                Value::Boolean(part) => spelt.push(if *part { b'y' } else { b'n' }),
                Value::Bytes(part) => spell(&mut spelt, b'b', part),
                Value::Sealed(part) => spell(&mut spelt, b'b', part.bytes()),
                Value::Column(values) => {
                    spell(&mut spelt, b'c', &(values.len() as u64).to_be_bytes());
                    spelt.extend(self.spelt(what, values));
                }
            }
        }
        spelt
    }
}

fn spell(spelt: &mut Vec<u8>, kind: u8, part: &[u8]) {
    spelt.push(kind);
    spelt.extend_from_slice(&(part.len() as u64).to_be_bytes());
    spelt.extend_from_slice(part);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::values;

    fn key(secret: u8) -> ChainKey {
        ChainKey::new(&[secret; ChainKey::LENGTH], "01893b9e-7c1a-7def-8abc-0123456789ab".parse().unwrap())
    }

    #[test]
    fn a_mark_is_of_its_parts_its_meaning_and_its_key_only() {
        let parts = values!["ab", "c", None::<&str>, 7];
        let mark = key(1).mark("event", &parts);
        assert!(key(1).made("event", &parts, &mark));
        assert!(!key(2).made("event", &parts, &mark) && !key(1).made("seal", &parts, &mark));
        let others =
            [values!["a", "bc", None::<&str>, 7], values!["ab", "c", "", 7], values!["ab", "c", None::<&str>, 8]];
        for other in others {
            assert!(!key(1).made("event", &other, &mark), "{other:?}");
        }
        assert!(!key(1).made("event", &parts, &[]));
    }
}
