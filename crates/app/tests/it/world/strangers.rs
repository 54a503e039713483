//! What is in a cluster and not ours, some of it with our labels and a seal that is none. Nobody may touch it.

use std::collections::BTreeSet;

use aws_lc_rs::signature::Ed25519KeyPair;
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use mayfly_domain::{
    clock::Ambient,
    ids::{InstallationId, LeaseId, SealKeyId},
    kubernetes_name::Namespace,
    plan::{INSTALLATION_LABEL, LEASE_LABEL, MANAGED_BY, MANAGED_BY_LABEL, ObjectKind, SEAL_ANNOTATION, is_namespaced},
    seal::{Seal, SealedFacts},
};
use mayfly_testkit::fake_cluster::{FakeCluster, FakeObject};
use serde_json::{Value, json};

use super::{NAMESPACE, World};

/// The name of what has our label and a seal that is none.
pub(crate) const FORGED: &str = "forged";

/// What was in the cluster before the first lease.
pub(crate) struct Strangers(Vec<FakeObject>);

impl Strangers {
    /// In a cluster where nobody is.
    pub(crate) fn none() -> Self {
        Self(Vec::new())
    }

    /// Plants some of each kind beside what is there already.
    pub(crate) fn plant(world: &World, installation: InstallationId) -> Self {
        for kind in ObjectKind::ALL {
            let namespace = is_namespaced(kind).then_some(NAMESPACE);
            world.cluster.add_object(kind, namespace, "somebody-elses", json!({ "metadata": {} }));
            forge(&world.cluster, kind, FORGED, installation, &world.ambient);
            // Sealed well, with a key that is not ours: once for another installation, and once as if for this one.
            let another = InstallationId::generate(&world.ambient);
            for (name, installation) in [("another-installations", another), ("counterfeit", installation)] {
                world.cluster.add_object(kind, namespace, name, sealed_elsewhere(world, kind, name, installation));
            }
        }
        Self(world.cluster.objects())
    }

    /// Those that are not as they were.
    pub(crate) fn touched(&self, cluster: &FakeCluster) -> Vec<String> {
        let now = cluster.objects();
        let touched = self.0.iter().filter(|stranger| !now.contains(stranger));
        touched
            .map(|stranger| format!("{} {} of a stranger is gone or changed", stranger.kind.name(), stranger.name))
            .collect()
    }

    pub(crate) fn uids(&self) -> BTreeSet<String> {
        self.0.iter().map(|stranger| stranger.uid.clone()).collect()
    }

    pub(crate) fn contain(&self, object: &FakeObject) -> bool {
        self.0.iter().any(|stranger| stranger.uid == object.uid)
    }

    /// One more that is not to be touched.
    pub(crate) fn add(&mut self, cluster: &FakeCluster, uid: &str) {
        self.0.extend(cluster.objects().into_iter().filter(|object| object.uid == uid));
    }
}

/// An object with our labels and a seal of nobody's.
pub(crate) fn forge(
    cluster: &FakeCluster,
    kind: ObjectKind,
    name: &str,
    installation: InstallationId,
    ambient: &Ambient,
) -> String {
    let namespace = is_namespaced(kind).then_some(NAMESPACE);
    let seal = "01893b9e-7c1a-7def-8abc-0123456789ab.1.c2ln";
    cluster.add_object(kind, namespace, name, labelled(installation, LeaseId::generate(ambient), seal))
}

fn labelled(installation: InstallationId, lease: LeaseId, seal: &str) -> Value {
    json!({ "metadata": {
        "labels": {
            MANAGED_BY_LABEL: MANAGED_BY,
            INSTALLATION_LABEL: installation.to_string(),
            LEASE_LABEL: lease.to_string(),
        },
        "annotations": { SEAL_ANNOTATION: seal },
    } })
}

fn sealed_elsewhere(world: &World, kind: ObjectKind, name: &str, installation: InstallationId) -> Value {
    let (ambient, lease) = (&world.ambient, LeaseId::generate(&world.ambient));
    let key = Ed25519KeyPair::from_seed_unchecked(&ambient.random::<32>()).expect("a key");
    let namespace: Namespace = NAMESPACE.parse().expect("a namespace");
    let facts = SealedFacts {
        installation,
        lease,
        kind,
        namespace: is_namespaced(kind).then_some(&namespace),
        name: &name.parse().expect("a name"),
        expires_at: ambient.now(),
    };
    let signature = URL_SAFE_NO_PAD.encode(key.sign(&facts.to_bytes()));
    let seal = Seal { key: SealKeyId::generate(ambient), expires_at: facts.expires_at, signature };
    labelled(installation, lease, &seal.to_string())
}
