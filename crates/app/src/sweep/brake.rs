//! The brake: few orphans are a crash, many are a mistake.

use std::{fmt, str::FromStr};

use aws_lc_rs::digest::{Context, SHA256};
use mayfly_domain::hex::hex;

use super::Orphan;

/// As many objects as are removed without asking, however few there are in all: those of one lease.
const ALWAYS: usize = 3;
/// More are never removed without asking.
const MOST: usize = 20;
/// Nor is more than this part of all that was found: one in ten.
const PART: usize = 10;

/// Whether a named person has to be asked before `orphans` of `found` objects are removed.
pub(super) fn has_to_ask(orphans: usize, found: usize) -> bool {
    orphans > MOST || (orphans > ALWAYS && orphans * PART > found)
}

/// What stands for exactly these orphans: whoever approves has seen them.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Digest(String);

/// The text is no digest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be the digest that the sweep's report gave")]
pub struct InvalidDigest;

impl Digest {
    /// Half of a SHA-256 tells orphans apart, and can still be typed.
    const LENGTH: usize = 32;

    /// Of `orphans`, in their order.
    pub(super) fn of(orphans: &[Orphan]) -> Self {
        let mut hash = Context::new(&SHA256);
        for orphan in orphans {
            hash.update(orphan.uid.as_bytes());
            hash.update(b"\n");
        }
        let mut text = hex(hash.finish().as_ref());
        text.truncate(Self::LENGTH);
        Self(text)
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl FromStr for Digest {
    type Err = InvalidDigest;

    fn from_str(text: &str) -> Result<Self, InvalidDigest> {
        let is_digest = text.len() == Self::LENGTH && text.bytes().all(|byte| byte.is_ascii_hexdigit());
        is_digest.then(|| Self(text.to_ascii_lowercase())).ok_or(InvalidDigest)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_person_is_asked_before_many_or_a_tenth_are_removed() {
        for (orphans, found, asks) in [
            (0, 0, false),
            (3, 3, false),
            (4, 4, true),
            (4, 40, false),
            (5, 40, true),
            (20, 200, false),
            (21, 1000, true),
        ] {
            assert_eq!(has_to_ask(orphans, found), asks, "{orphans} of {found}");
        }
    }

    #[test]
    fn a_digest_reads_back() {
        let digest = Digest::of(&[]);
        assert_eq!(digest.to_string().parse(), Ok(digest));
        assert_eq!("yes".parse::<Digest>(), Err(InvalidDigest));
    }
}
