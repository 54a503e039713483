//! What the gateway's account may do, asked of the API server as that account.

use mayfly_e2e::{RIGHTS_PATIENCE, waiting::until};
use serde_json::{Value, json};

use super::{ACCOUNT, NAME, Site};

const RBAC: &str = "rbac.authorization.k8s.io";

/// One verb on one thing: its API group, its resource with the subresource, and its name, which may be empty.
type Right<'a> = (&'a str, &'a str, &'a str, &'a str);

/// For leases of accounts that exist already.
const STATIC: [Right<'_>; 4] = [
    ("create", "", "serviceaccounts/token", ACCOUNT),
    ("get", "", "serviceaccounts", ACCOUNT),
    ("create", "", "secrets", ""),
    ("delete", "", "secrets", ""),
];

/// For leases with accounts of their own.
const DYNAMIC: [Right<'_>; 10] = [
    ("create", "", "serviceaccounts/token", ""),
    ("create", "", "serviceaccounts", ""),
    ("get", "", "serviceaccounts", ""),
    ("list", "", "serviceaccounts", ""),
    ("delete", "", "serviceaccounts", ""),
    ("create", RBAC, "rolebindings", ""),
    ("get", RBAC, "rolebindings", ""),
    ("list", RBAC, "rolebindings", ""),
    ("delete", RBAC, "rolebindings", ""),
    ("bind", RBAC, "clusterroles", "view"),
];

/// Whatever may be given away may be looked at.
const ANYWHERE: [Right<'_>; 1] = [("get", RBAC, "clusterroles", "view")];

/// Where accounts exist already.
const NOT_STATIC: [Right<'_>; 14] = [
    ("create", "", "serviceaccounts/token", ""),
    ("create", "", "serviceaccounts/token", "default"),
    ("list", "", "serviceaccounts", ""),
    ("create", "", "serviceaccounts", ""),
    ("delete", "", "serviceaccounts", ACCOUNT),
    ("patch", "", "serviceaccounts", ACCOUNT),
    ("get", "", "secrets", ""),
    ("list", "", "secrets", ""),
    ("watch", "", "secrets", ""),
    ("patch", "", "secrets", ""),
    ("create", "", "pods", ""),
    ("create", RBAC, "rolebindings", ""),
    ("bind", RBAC, "clusterroles", "view"),
    ("impersonate", "", "serviceaccounts", ACCOUNT),
];

/// Where leases have accounts of their own.
const NOT_DYNAMIC: [Right<'_>; 19] = [
    ("create", "", "secrets", ""),
    ("get", "", "secrets", ""),
    ("create", "", "pods", ""),
    ("create", "", "pods/exec", ""),
    ("get", "", "configmaps", ""),
    ("patch", "", "serviceaccounts", ""),
    ("update", "", "serviceaccounts", ""),
    ("deletecollection", "", "serviceaccounts", ""),
    ("patch", RBAC, "rolebindings", ""),
    ("update", RBAC, "rolebindings", ""),
    ("deletecollection", RBAC, "rolebindings", ""),
    ("create", RBAC, "roles", ""),
    ("escalate", RBAC, "roles", ""),
    ("bind", RBAC, "roles", ""),
    ("bind", RBAC, "clusterroles", ""),
    ("bind", RBAC, "clusterroles", "cluster-admin"),
    ("bind", RBAC, "clusterroles", "edit"),
    ("create", "batch", "jobs", ""),
    ("*", "*", "*", ""),
];

/// Beside its own pods.
const NOT_AT_HOME: [Right<'_>; 7] = [
    ("create", "", "serviceaccounts/token", NAME),
    ("get", "", "configmaps", NAME),
    ("update", "", "configmaps", NAME),
    ("patch", "apps", "deployments", NAME),
    ("get", "", "secrets", ""),
    ("get", "", "pods", ""),
    ("patch", RBAC, "roles", ""),
];

/// In the whole cluster.
const NOT_ANYWHERE: [Right<'_>; 19] = [
    ("get", RBAC, "clusterroles", "cluster-admin"),
    ("list", RBAC, "clusterroles", ""),
    ("create", RBAC, "clusterrolebindings", ""),
    ("create", RBAC, "clusterroles", ""),
    ("escalate", RBAC, "clusterroles", ""),
    ("bind", RBAC, "clusterroles", "view"),
    ("list", "", "serviceaccounts", ""),
    ("list", "", "secrets", ""),
    ("list", "", "namespaces", ""),
    ("create", "", "namespaces", ""),
    ("list", "", "nodes", ""),
    ("get", "", "nodes/proxy", ""),
    ("impersonate", "", "users", ""),
    ("impersonate", "", "groups", "system:masters"),
    ("create", "authentication.k8s.io", "tokenreviews", ""),
    ("create", "authorization.k8s.io", "subjectaccessreviews", ""),
    ("delete", "admissionregistration.k8s.io", "validatingadmissionpolicies", ""),
    ("delete", "admissionregistration.k8s.io", "validatingadmissionpolicybindings", ""),
    ("create", "certificates.k8s.io", "certificatesigningrequests", ""),
];

/// The specification's own number; there are more.
const LEAST_DENIED: usize = 40;

pub(super) async fn are_exactly_those_needed(site: &Site, token: &str) {
    let target = site.ground.side.namespace.as_str();
    let needed = placed(&STATIC, target).chain(placed(&DYNAMIC, &site.leases)).chain(placed(&ANYWHERE, ""));
    for (right, namespace) in needed {
        let what = format!("{right:?} in `{namespace}` is allowed");
        let allowed =
            until(RIGHTS_PATIENCE, &what, async || Ok(may(site, token, right, namespace).await?.then_some(())));
        allowed.await.unwrap();
    }
    let unneeded = placed(&NOT_STATIC, target).chain(placed(&NOT_DYNAMIC, &site.leases));
    let unneeded = unneeded.chain(placed(&NOT_AT_HOME, &site.home)).chain(placed(&NOT_ANYWHERE, ""));
    let mut denied = 0;
    for (right, namespace) in unneeded {
        assert!(!may(site, token, right, namespace).await.unwrap(), "{right:?} in `{namespace}` is allowed");
        denied += 1;
    }
    assert!(denied >= LEAST_DENIED, "only {denied}");
}

fn placed<'a>(rights: &'a [Right<'a>], namespace: &'a str) -> impl Iterator<Item = (Right<'a>, &'a str)> {
    rights.iter().map(move |right| (*right, namespace))
}

/// Whether the holder of `token` may, by its own question.
async fn may(site: &Site, token: &str, right: Right<'_>, namespace: &str) -> anyhow::Result<bool> {
    let (verb, group, resource, name) = right;
    let (resource, subresource) = resource.split_once('/').unwrap_or((resource, ""));
    let attributes = json!({
        "verb": verb, "group": group, "resource": resource, "subresource": subresource, "name": name, "namespace": namespace,
    });
    let url = format!("{}/apis/authorization.k8s.io/v1/selfsubjectaccessreviews", site.ground.side.url);
    let review = json!({ "spec": { "resourceAttributes": attributes } });
    let answer = site.ground.cluster.client()?.post(url).bearer_auth(token).json(&review).send().await?;
    let answer: Value = answer.error_for_status()?.json().await?;
    Ok(answer["status"]["allowed"] == json!(true))
}
