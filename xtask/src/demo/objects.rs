//! What the demo creates in a cluster: a namespace, an account whose tokens are issued, and the smallest issuer.
//!
//! The issuer is the tutorial's own manifest, so that the demo proves what the tutorial hands out.

use anyhow::{Context as _, bail};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use super::api::{Api, message};

/// The namespace that holds all of it.
pub(super) const NAMESPACE: &str = "demo";
/// The account whose tokens are issued.
pub(super) const ACCOUNT: &str = "deployer";
/// The account that Mayfly uses for tokens that nobody can take back.
pub(super) const ISSUER: &str = "mayfly-issuer";
/// The one for leases that end by removing something.
pub(super) const DYNAMIC_ISSUER: &str = "mayfly-dynamic";
/// What it may give away.
const READER: &str = "reader";

const ISSUER_MANIFEST: &str = include_str!("../../../docs/tutorials/issuer.yaml");
const DYNAMIC_MANIFEST: &str = include_str!("../../../docs/tutorials/dynamic-issuer.yaml");
/// The namespace in the manifests.
const MANIFEST_NAMESPACE: &str = "team-a";

/// Tells our namespace from one that happens to have its name.
const LABEL: &str = "app.kubernetes.io/managed-by";
const LABEL_VALUE: &str = "mayfly-demo";
const RBAC: &str = "rbac.authorization.k8s.io";

/// All objects, in the order in which they can be created.
pub(super) fn all() -> anyhow::Result<Vec<Value>> {
    let mut objects = vec![
        json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": NAMESPACE, "labels": {LABEL: LABEL_VALUE}}}),
        json!({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": ACCOUNT, "namespace": NAMESPACE}}),
        json!({
            "apiVersion": format!("{RBAC}/v1"), "kind": "Role", "metadata": {"name": ACCOUNT, "namespace": NAMESPACE},
            "rules": [{"apiGroups": [""], "resources": ["pods"], "verbs": ["get", "list", "watch"]}],
        }),
        json!({
            "apiVersion": format!("{RBAC}/v1"), "kind": "RoleBinding",
            "metadata": {"name": ACCOUNT, "namespace": NAMESPACE},
            "roleRef": {"apiGroup": RBAC, "kind": "Role", "name": ACCOUNT},
            "subjects": [{"kind": "ServiceAccount", "name": ACCOUNT, "namespace": NAMESPACE}],
        }),
        json!({
            "apiVersion": format!("{RBAC}/v1"), "kind": "Role", "metadata": {"name": READER, "namespace": NAMESPACE},
            "rules": [{"apiGroups": [""], "resources": ["configmaps"], "verbs": ["get", "list"]}],
        }),
    ];
    // The tutorials have one account for both; here each is one of its own, so that the first can take nothing back.
    let dynamic = DYNAMIC_MANIFEST.replace("mayfly-issuer-dynamic", DYNAMIC_ISSUER).replace(ISSUER, DYNAMIC_ISSUER);
    for manifest in [ISSUER_MANIFEST, &dynamic] {
        let manifest = in_our_namespace(manifest);
        let issuer: Vec<Value> = serde_saphyr::from_multiple(&manifest).context("read a tutorial's manifest")?;
        objects.extend(issuer);
    }
    Ok(objects)
}

/// A tutorial's text with the demo's namespace, which its readers replace too.
pub(super) fn in_our_namespace(text: &str) -> String {
    text.replace(MANIFEST_NAMESPACE, NAMESPACE)
}

/// An object in a few words.
pub(super) fn title(object: &Value) -> String {
    let text = |path: &str| object.pointer(path).and_then(Value::as_str).unwrap_or_default();
    format!("{} {}", text("/kind"), text("/metadata/name"))
}

/// Makes sure that the namespace is not there, or is one that an earlier demo could not delete.
pub(super) async fn refuse_a_strangers_namespace(api: &Api) -> anyhow::Result<()> {
    let (status, answer) = api.send(Method::GET, &namespace_path(), None).await?;
    let label = answer.pointer("/metadata/labels").and_then(|labels| labels.get(LABEL));
    match status {
        StatusCode::NOT_FOUND => Ok(()),
        StatusCode::OK if label == Some(&json!(LABEL_VALUE)) => Ok(()),
        StatusCode::OK => bail!("the cluster has a namespace `{NAMESPACE}` that no demo made: it is left as it is"),
        _ => bail!("the cluster answered a read of namespace `{NAMESPACE}` with {status}: {}", message(&answer)),
    }
}

/// Creates them all.
pub(super) async fn create(api: &Api) -> anyhow::Result<()> {
    for object in all()? {
        api.apply(&path(&object)?, &object).await.with_context(|| format!("create {}", title(&object)))?;
    }
    Ok(())
}

/// Deletes the namespace, and all that is in it.
pub(super) async fn delete(api: &Api) -> anyhow::Result<()> {
    let (status, answer) = api.send(Method::DELETE, &namespace_path(), None).await?;
    if status.is_success() || status == StatusCode::NOT_FOUND {
        return Ok(());
    }
    bail!(
        "namespace `{NAMESPACE}` is left in the cluster, which answered its deletion with {status}: {}",
        message(&answer)
    )
}

fn namespace_path() -> String {
    format!("/api/v1/namespaces/{NAMESPACE}")
}

/// Where the API has an object.
fn path(object: &Value) -> anyhow::Result<String> {
    let name = object.pointer("/metadata/name").and_then(Value::as_str).context("an object without a name")?;
    let home = namespace_path();
    let rbac = format!("/apis/{RBAC}/v1/namespaces/{NAMESPACE}");
    Ok(match object.get("kind").and_then(Value::as_str) {
        Some("Namespace") => home,
        Some("ServiceAccount") => format!("{home}/serviceaccounts/{name}"),
        Some("Role") => format!("{rbac}/roles/{name}"),
        Some("RoleBinding") => format!("{rbac}/rolebindings/{name}"),
        other => bail!("the demo does not know objects of kind {other:?}"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_object_lies_in_the_demos_namespace() {
        let objects = all().unwrap();
        let titles: Vec<String> = objects.iter().map(title).collect();
        let wanted = [
            "Namespace demo",
            "ServiceAccount deployer",
            "Role deployer",
            "RoleBinding deployer",
            "Role reader",
            "ServiceAccount mayfly-issuer",
            "Role mayfly-issuer",
            "RoleBinding mayfly-issuer",
            "ServiceAccount mayfly-dynamic",
            "Role mayfly-dynamic",
            "RoleBinding mayfly-dynamic",
        ];
        assert_eq!(titles, wanted);
        for object in &objects[1..] {
            assert_eq!(object["metadata"]["namespace"], NAMESPACE, "{object}");
            assert!(path(object).unwrap().contains("/namespaces/demo/"), "{object}");
        }
        assert!(!objects.iter().any(|object| object.to_string().contains(MANIFEST_NAMESPACE)));
    }
}
