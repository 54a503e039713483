//! The mark of an event: a keyed digest over all that its row says, its place in a chain, and the mark before it.

use aws_lc_rs::hmac;
use mayfly_domain::ids::InstallationId;

use crate::value::Value;

/// Bytes of a mark (HMAC-SHA-256, RFC 2104).
pub(crate) const MARK_LENGTH: usize = 32;

/// What stands where the first of a chain names the mark before it.
pub(crate) const NO_MARK: [u8; MARK_LENGTH] = [0; MARK_LENGTH];

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
    pub(crate) fn mark(&self, what: &str, parts: &[Value]) -> [u8; MARK_LENGTH] {
        let tag = self.context(what, parts).sign();
        let mut mark = NO_MARK;
        mark.iter_mut().zip(tag.as_ref()).for_each(|(slot, byte)| *slot = *byte);
        mark
    }

    /// Whether `mark` is that of `parts`, in a time that tells nothing.
    pub(crate) fn made(&self, what: &str, parts: &[Value], mark: &[u8]) -> bool {
        aws_lc_rs::constant_time::verify_slices_are_equal(&self.mark(what, parts), mark).is_ok()
    }

    /// Each part is preceded by its kind and, where it varies, its length: no two lists give the same bytes.
    fn context(&self, what: &str, parts: &[Value]) -> hmac::Context {
        let mut context = hmac::Context::with_key(&self.key);
        text(&mut context, &self.installation.to_string());
        text(&mut context, what);
        for part in parts {
            match part {
                Value::Null => context.update(b"0"),
                Value::Text(part) => text(&mut context, part),
                Value::Integer(part) => {
                    context.update(b"i");
                    context.update(&part.to_be_bytes());
                }
                Value::Boolean(part) => context.update(if *part { b"y" } else { b"n" }),
                Value::Bytes(part) => bytes(&mut context, b"b", part),
            }
        }
        context
    }
}

fn text(context: &mut hmac::Context, part: &str) {
    bytes(context, b"t", part.as_bytes());
}

fn bytes(context: &mut hmac::Context, kind: &[u8], part: &[u8]) {
    context.update(kind);
    context.update(&(part.len() as u64).to_be_bytes());
    context.update(part);
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
        let others = [values!["a", "bc", None::<&str>, 7], values!["ab", "c", "", 7], values!["ab", "c", None::<&str>, 8]];
        for other in others {
            assert!(!key(1).made("event", &other, &mark), "{other:?}");
        }
        assert!(!key(1).made("event", &parts, &[]));
    }
}
