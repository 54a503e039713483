//! Namespaces, the account, and the files of the pods.

use serde_json::{Value, json};

use super::{OwnNamespace, Release, insert, values::Values};

/// The namespace of the pods, which hold to the strictest of Kubernetes' standards, and those of leases, which have no pods.
/// <https://kubernetes.io/docs/concepts/security/pod-security-admission/>
pub(super) fn namespaces(values: &Values, release: &Release) -> Vec<Value> {
    let mut names = Vec::new();
    if release.own_namespace == OwnNamespace::IsMade {
        names.push(&release.namespace);
    }
    if values.namespaces.create {
        names.extend(values.policy.dynamic.namespaces.iter().filter(|name| **name != release.namespace));
    }
    names.into_iter().map(|name| namespace(name.as_str(), release)).collect()
}

fn namespace(name: &str, release: &Release) -> Value {
    let mut metadata = release.cluster_metadata(name);
    if let Some(labels) = metadata.get_mut("labels") {
        insert(labels, "pod-security.kubernetes.io/enforce", json!("restricted"));
    }
    json!({ "apiVersion": "v1", "kind": "Namespace", "metadata": metadata })
}

/// The gateway's account. Its pods get two tokens that are named, and no others.
pub(super) fn account(release: &Release) -> Value {
    json!({
        "apiVersion": "v1",
        "kind": "ServiceAccount",
        "metadata": release.own_metadata(),
        "automountServiceAccountToken": false,
    })
}

/// The policy, and what is no secret of the way to the server.
pub(super) fn map(values: &Values, release: &Release) -> Value {
    let mut data = json!({ "policy.yaml": values.policy_text.yaml });
    insert(&mut data, "enrolment", json!(values.enrolment.text));
    insert(&mut data, "server-ca.pem", json!(values.server.ca_bundle));
    insert(&mut data, "proxy-ca.pem", json!(values.proxy.ca_bundle));
    json!({ "apiVersion": "v1", "kind": "ConfigMap", "metadata": release.own_metadata(), "data": data })
}
