//! Judging seals on what was found: labels find our objects, and anybody may write labels; a seal decides.

use std::collections::BTreeMap;

use aws_lc_rs::signature::{ED25519, UnparsedPublicKey};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use mayfly_domain::{
    ids::{InstallationId, LeaseId, SealKeyId},
    kubernetes_name::ObjectName,
    plan::{LEASE_LABEL, PlannedObject, SEAL_ANNOTATION},
    seal::{Seal, SealedFacts},
};

use crate::owned::FoundObject;

/// The public keys of an installation's seals: Ed25519 (RFC 8032), 32 bytes each.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SealKeys(BTreeMap<SealKeyId, Vec<u8>>);

/// An object that an installation sealed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SealedObject {
    /// The lease it was made for, as its seal says.
    pub lease: LeaseId,
    /// The object, with its seal.
    pub object: PlannedObject,
    /// Its UID.
    pub uid: String,
}

impl SealKeys {
    /// These, by their ids.
    pub fn new(keys: impl IntoIterator<Item = (SealKeyId, Vec<u8>)>) -> Self {
        Self(keys.into_iter().collect())
    }

    /// Each with its id.
    pub fn iter(&self) -> impl Iterator<Item = (SealKeyId, &[u8])> {
        self.0.iter().map(|(id, key)| (*id, key.as_slice()))
    }

    /// Whether one of them made `seal` for exactly the object that `facts` describe. Its expiry is the seal's own.
    pub fn made(&self, seal: &Seal, facts: &SealedFacts<'_>) -> bool {
        let facts = SealedFacts { expires_at: seal.expires_at, ..*facts };
        let verified = || {
            let key = self.0.get(&seal.key)?;
            let signature = URL_SAFE_NO_PAD.decode(&seal.signature).ok()?;
            UnparsedPublicKey::new(&ED25519, key).verify(&facts.to_bytes(), &signature).ok()
        };
        verified().is_some()
    }

    /// `found` as `installation` made it, if its seal says that it did.
    pub fn sealed(&self, installation: InstallationId, found: &FoundObject) -> Option<SealedObject> {
        let lease: LeaseId = found.labels.get(LEASE_LABEL)?.parse().ok()?;
        let seal: Seal = found.annotations.get(SEAL_ANNOTATION)?.parse().ok()?;
        let name: ObjectName = found.object.name.parse().ok()?;
        let namespace = found.object.namespace.clone();
        let facts = SealedFacts {
            installation,
            lease,
            kind: found.kind,
            namespace: namespace.as_ref(),
            name: &name,
            expires_at: seal.expires_at,
        };
        let uid = found.object.uid.clone().filter(|_| self.made(&seal, &facts))?;
        Some(SealedObject { lease, object: PlannedObject { kind: found.kind, namespace, name, seal }, uid })
    }
}
