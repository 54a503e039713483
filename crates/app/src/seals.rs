//! Seals on objects in clusters: made with the newest key, checked with whichever key made them.
//!
//! Ed25519 (RFC 8032): its signatures follow from key and text alone, so that nothing random goes into a plan.

use std::sync::{Arc, PoisonError, RwLock};

use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair as _};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use mayfly_cluster::SealKeys;
use mayfly_domain::{
    clock::Ambient,
    ids::SealKeyId,
    seal::{Seal, SealedFacts},
    sensitive::Sensitive,
};
use mayfly_store::{Store, seal_keys::SealKey};

use crate::{AppError, key_rotations::KNOWN_BEFORE_USED};

/// Makes and checks seals.
pub(crate) struct Seals(RwLock<Arc<Keys>>);

struct Keys {
    newest: SealKeyId,
    pair: Ed25519KeyPair,
    public: SealKeys,
}

impl Seals {
    /// Reads the keys, and makes the first one if there is none.
    pub(crate) async fn load(store: &Store, ambient: &Ambient) -> Result<Self, AppError> {
        if store.seal_keys().list().await?.is_empty() {
            store.seal_keys().create_first(&Self::new_key(ambient)?).await?;
        }
        Ok(Self(RwLock::new(Arc::new(read(store, ambient).await?))))
    }

    /// A new key.
    pub(crate) fn new_key(ambient: &Ambient) -> Result<SealKey, AppError> {
        let seed = ambient.random::<32>();
        let public = pair(&seed)?.public_key().as_ref().to_vec();
        let private = Sensitive::new(seed.to_vec());
        Ok(SealKey { id: SealKeyId::generate(ambient), public, private, created_at: ambient.now() })
    }

    /// Reads the keys again: one may have been added, or come of age.
    pub(crate) async fn refresh(&self, store: &Store, ambient: &Ambient) -> Result<(), AppError> {
        let keys = Arc::new(read(store, ambient).await?);
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = keys;
        Ok(())
    }

    fn keys(&self) -> Arc<Keys> {
        Arc::clone(&self.0.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// The seal for an object.
    pub(crate) fn seal(&self, facts: &SealedFacts<'_>) -> Seal {
        let keys = self.keys();
        let signature = URL_SAFE_NO_PAD.encode(keys.pair.sign(&facts.to_bytes()));
        Seal { key: keys.newest, expires_at: whole_seconds(facts), signature }
    }

    /// The public halves of all keys, by which seals are checked.
    pub(crate) fn public(&self) -> SealKeys {
        self.keys().public.clone()
    }
}

async fn read(store: &Store, ambient: &Ambient) -> Result<Keys, AppError> {
    let keys = store.seal_keys().list().await?;
    // A key that other servers may not know yet seals nothing, unless it is the only one.
    let now = ambient.now();
    let of_age = keys.iter().find(|key| key.created_at + KNOWN_BEFORE_USED <= now);
    let newest = of_age.or(keys.last()).ok_or(AppError::Bug("there is no key to seal objects with"))?;
    let public = SealKeys::new(keys.iter().map(|key| (key.id, key.public.clone())));
    Ok(Keys { newest: newest.id, pair: pair(newest.private.expose())?, public })
}

fn whole_seconds(facts: &SealedFacts<'_>) -> jiff::Timestamp {
    jiff::Timestamp::from_second(facts.expires_at.as_second()).unwrap_or(facts.expires_at)
}

fn pair(seed: &[u8]) -> Result<Ed25519KeyPair, AppError> {
    Ed25519KeyPair::from_seed_unchecked(seed).map_err(|_| AppError::Bug("a seal key is none"))
}

#[cfg(test)]
mod tests {
    use mayfly_domain::{
        ids::{InstallationId, LeaseId},
        plan::ObjectKind,
    };
    use mayfly_testkit::clock::TestClock;

    use super::*;

    #[test]
    fn a_seal_fits_one_object_only() {
        let ambient = TestClock::default().ambient(1);
        let (id, seed) = (SealKeyId::generate(&ambient), ambient.random::<32>());
        let pair = pair(&seed).unwrap();
        let public = SealKeys::new([(id, pair.public_key().as_ref().to_vec())]);
        let seals = Seals(RwLock::new(Arc::new(Keys { newest: id, pair, public })));
        let (one, other) = ("a".parse().unwrap(), "b".parse().unwrap());
        let facts = SealedFacts {
            installation: InstallationId::generate(&ambient),
            lease: LeaseId::generate(&ambient),
            kind: ObjectKind::ServiceAccount,
            namespace: None,
            name: &one,
            expires_at: ambient.now(),
        };
        let seal = seals.seal(&facts);
        let is_ours = |seal: &Seal, facts: &SealedFacts<'_>| seals.public().made(seal, facts);
        assert!(is_ours(&seal, &facts));
        for changed in [
            SealedFacts { name: &other, ..facts },
            SealedFacts { kind: ObjectKind::Role, ..facts },
            SealedFacts { lease: LeaseId::generate(&ambient), ..facts },
        ] {
            assert!(!is_ours(&seal, &changed));
        }
        let later = Seal { expires_at: seal.expires_at + jiff::SignedDuration::from_hours(1), ..seal.clone() };
        assert!(!is_ours(&later, &facts), "its expiry is sealed too");
        let unknown = Seal { key: SealKeyId::generate(&ambient), ..seal };
        assert!(!is_ours(&unknown, &facts));
    }
}
