//! Seals objects as a server does, with a key of the test's own.

use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair as _};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use jiff::Timestamp;
use mayfly_domain::{
    clock::Ambient,
    ids::{InstallationId, LeaseId, SealKeyId},
    kubernetes_name::{Namespace, ObjectName},
    plan::{INSTALLATION_LABEL, LEASE_LABEL, MANAGED_BY, MANAGED_BY_LABEL, ObjectKind, SEAL_ANNOTATION},
    seal::{Seal, SealedFacts},
};
use serde_json::{Value, json};

/// An installation's key for seals.
#[derive(Debug)]
pub struct Sealer {
    /// Whose objects it seals.
    pub installation: InstallationId,
    /// The key's id.
    pub id: SealKeyId,
    pair: Ed25519KeyPair,
}

impl Sealer {
    /// A new one, of a new installation.
    ///
    /// # Panics
    /// Never: any 32 bytes make a key.
    pub fn new(ambient: &Ambient) -> Self {
        let pair = Ed25519KeyPair::from_seed_unchecked(&ambient.random::<32>()).expect("any 32 bytes make a key");
        Self { installation: InstallationId::generate(ambient), id: SealKeyId::generate(ambient), pair }
    }

    /// The public key.
    pub fn public(&self) -> Vec<u8> {
        self.pair.public_key().as_ref().to_vec()
    }

    /// `metadata` of an object of `lease` that is sealed until `expires_at`, with its name in it.
    ///
    /// # Panics
    /// When `namespace` or `name` are none.
    pub fn metadata(
        &self,
        lease: LeaseId,
        (kind, namespace, name): (ObjectKind, Option<&str>, &str),
        expires_at: Timestamp,
    ) -> Value {
        let expires_at = Timestamp::from_second(expires_at.as_second()).unwrap_or(expires_at);
        let home: Option<Namespace> = namespace.map(|name| name.parse().expect("a namespace"));
        let own: ObjectName = name.parse().expect("a name");
        let facts = SealedFacts {
            installation: self.installation,
            lease,
            kind,
            namespace: home.as_ref(),
            name: &own,
            expires_at,
        };
        let signature = URL_SAFE_NO_PAD.encode(self.pair.sign(&facts.to_bytes()));
        let seal = Seal { key: self.id, expires_at, signature };
        json!({
            "name": name,
            "labels": {
                MANAGED_BY_LABEL: MANAGED_BY,
                INSTALLATION_LABEL: self.installation.to_string(),
                LEASE_LABEL: lease.to_string(),
            },
            "annotations": { SEAL_ANNOTATION: seal.to_string() },
        })
    }
}
