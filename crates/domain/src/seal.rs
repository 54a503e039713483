//! Seals: the proof, on an object in a cluster, that this installation made it for a lease and until when.
//!
//! Labels find our objects, and anybody may write labels; a seal decides. It is a signature over everything that makes
//! the object what it is, so that a copied seal fits no other object. What signs and what verifies is known to `app`;
//! here are only the words.

use std::{fmt, str::FromStr};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{
    ids::{InstallationId, LeaseId, SealKeyId},
    kubernetes_name::{Namespace, ObjectName},
    plan::ObjectKind,
};

/// What a seal vouches for.
#[derive(Clone, Copy, Debug)]
pub struct SealedFacts<'a> {
    /// Whose object it is.
    pub installation: InstallationId,
    /// The lease it was made for.
    pub lease: LeaseId,
    /// Its kind.
    pub kind: ObjectKind,
    /// Its namespace, if it has one.
    pub namespace: Option<&'a Namespace>,
    /// Its name.
    pub name: &'a ObjectName,
    /// When its lease ends at the latest.
    pub expires_at: Timestamp,
}

impl SealedFacts<'_> {
    /// The bytes that are signed: each part on its own line, none of which can hold a line's end.
    pub fn to_bytes(&self) -> Vec<u8> {
        let namespace = self.namespace.map_or("", Namespace::as_str);
        let Self { installation, lease, kind, name, expires_at, .. } = self;
        let seconds = expires_at.as_second();
        format!("mayfly seal 1\n{installation}\n{lease}\n{}\n{namespace}\n{name}\n{seconds}\n", kind.name())
            .into_bytes()
    }
}

/// A seal as it stands in an annotation: key, expiry, signature, in base64 without padding for URLs.
#[derive(Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Seal {
    /// The key that made it.
    pub key: SealKeyId,
    /// When the lease ends at the latest, to the second.
    pub expires_at: Timestamp,
    /// The signature, as text.
    pub signature: String,
}

/// The text is no seal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("is no seal: a key's id, a time and a signature, joined by dots")]
pub struct InvalidSeal;

impl Seal {
    /// Longest text: an id, a time, and 64 bytes of signature, with room to spare.
    const LONGEST: usize = 256;
}

impl fmt::Display for Seal {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}.{}.{}", self.key, self.expires_at.as_second(), self.signature)
    }
}

impl fmt::Debug for Seal {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Seal({self})")
    }
}

impl FromStr for Seal {
    type Err = InvalidSeal;

    fn from_str(text: &str) -> Result<Self, InvalidSeal> {
        let mut parts = text.split('.');
        let (Some(key), Some(seconds), Some(signature), None) =
            (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Err(InvalidSeal);
        };
        let seconds: i64 = seconds.parse().map_err(|_| InvalidSeal)?;
        let is_base64 = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
        if text.len() > Self::LONGEST || signature.is_empty() || !signature.chars().all(is_base64) {
            return Err(InvalidSeal);
        }
        Ok(Self {
            key: key.parse().map_err(|_| InvalidSeal)?,
            expires_at: Timestamp::from_second(seconds).map_err(|_| InvalidSeal)?,
            signature: signature.to_owned(),
        })
    }
}

impl TryFrom<String> for Seal {
    type Error = InvalidSeal;

    fn try_from(text: String) -> Result<Self, InvalidSeal> {
        text.parse()
    }
}

impl From<Seal> for String {
    fn from(seal: Seal) -> Self {
        seal.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seal_reads_back_and_nothing_else_is_one() {
        let text = "01893b9e-7c1a-7def-8abc-0123456789ab.1900000000.c2ln_-";
        assert_eq!(text.parse::<Seal>().unwrap().to_string(), text);
        for bad in [
            "",
            "a.b.c",
            "01893b9e-7c1a-7def-8abc-0123456789ab.x.c2ln",
            "01893b9e-7c1a-7def-8abc-0123456789ab.1",
            "01893b9e-7c1a-7def-8abc-0123456789ab.1.",
            "01893b9e-7c1a-7def-8abc-0123456789ab.1.c2ln.x",
            "01893b9e-7c1a-7def-8abc-0123456789ab.1.c2 ln",
        ] {
            assert!(bad.parse::<Seal>().is_err(), "{bad}");
        }
    }

    #[test]
    fn every_fact_changes_what_is_signed() {
        let (one, other) = ("a".parse().unwrap(), "b".parse().unwrap());
        let id = |number: u128| uuid::Uuid::from_u128(number);
        let namespace = "team".parse().unwrap();
        let facts = SealedFacts {
            installation: InstallationId::from_uuid(id(1)),
            lease: LeaseId::from_uuid(id(2)),
            kind: ObjectKind::Secret,
            namespace: Some(&namespace),
            name: &one,
            expires_at: Timestamp::UNIX_EPOCH,
        };
        let changed = [
            SealedFacts { installation: InstallationId::from_uuid(id(3)), ..facts },
            SealedFacts { lease: LeaseId::from_uuid(id(3)), ..facts },
            SealedFacts { kind: ObjectKind::Role, ..facts },
            SealedFacts { namespace: None, ..facts },
            SealedFacts { name: &other, ..facts },
            SealedFacts { expires_at: Timestamp::from_second(1).unwrap(), ..facts },
        ];
        for other in changed {
            assert_ne!(facts.to_bytes(), other.to_bytes(), "{other:?}");
        }
    }
}
