//! What a thief of the account's token would do with rights that RBAC cannot make narrower.

use mayfly_e2e::{RIGHTS_PATIENCE, waiting::until};
use reqwest::StatusCode;
use serde_json::{Value, json};

use super::{ACCOUNT, NAME, Site, TOKEN_ACCOUNT};

const LEASE: &str = "01893b9e-7c1a-7def-8abc-0123456789ab";
/// As Mayfly would call an account.
const ACCOUNT_OF_LEASE: &str = "dynamic-secret-sa-aabbccddee";

pub(super) async fn are_refused(site: &Site, token: &str) {
    are_in_force(site, token).await;
    let (bindings, secrets) = (bindings(site), format!("/api/v1/namespaces/{}/secrets", site.ground.side.namespace));
    let tokens = format!("/api/v1/namespaces/{}/serviceaccounts/default/token", site.leases);
    for (path, body) in [(&bindings, binding(site, ACCOUNT_OF_LEASE, &site.leases)), (&secrets, anchor(site, "Opaque"))]
    {
        let (status, message) = tried(site, token, path, &body).await.unwrap();
        assert_eq!(status, StatusCode::CREATED, "{path}: {message}");
    }
    let mut full = anchor(site, "Opaque");
    full["stringData"] = json!({ "token": "another's" });
    // All of an anchor but its type, and its account, without which Kubernetes itself makes no token.
    let mut lasting = anchor(site, "kubernetes.io/service-account-token");
    lasting["metadata"]["annotations"][TOKEN_ACCOUNT] = json!(ACCOUNT);
    let plain = json!({ "spec": { "expirationSeconds": 600 } });
    for (path, body, why) in [
        (&bindings, binding(site, NAME, &site.home), "its own temporary account"),
        (&secrets, lasting, "a secret must be opaque, immutable and empty"),
        (&secrets, full, "a secret must be opaque, immutable and empty"),
        (&tokens, plain, "the account is neither temporary nor one that is allowed"),
    ] {
        let (status, message) = tried(site, token, path, &body).await.unwrap();
        let is_refused = message.contains("ValidatingAdmissionPolicy") && message.contains(why);
        assert!(!status.is_success() && is_refused, "{path}: {status} {message}");
    }
}

/// The API server learns policies by a watch: waits until a foreign subject is refused.
async fn are_in_force(site: &Site, token: &str) {
    let (path, foreign) = (bindings(site), binding(site, ACCOUNT, &site.ground.side.namespace));
    let refused = until(RIGHTS_PATIENCE, "a foreign subject is refused", async || {
        let (status, message) = tried(site, token, &path, &foreign).await?;
        Ok((!status.is_success()).then_some(message))
    });
    let refused = refused.await.unwrap();
    assert!(
        refused.contains("ValidatingAdmissionPolicy") && refused.contains("its own temporary account"),
        "{refused}"
    );
}

fn bindings(site: &Site) -> String {
    format!("/apis/rbac.authorization.k8s.io/v1/namespaces/{}/rolebindings", site.leases)
}

/// As Mayfly would mark an object.
fn metadata(site: &Site, name: &str) -> Value {
    json!({
        "name": name,
        "labels": {
            "app.kubernetes.io/managed-by": "mayfly",
            "mayfly.dev/installation": site.mayfly.installation_id(),
            "mayfly.dev/lease": LEASE,
        },
        "annotations": { "mayfly.dev/seal": "no seal", "mayfly.dev/expires-at": "2000-01-01T00:00:00Z" },
    })
}

/// A binding of a lease, for the account `name` in `namespace`.
fn binding(site: &Site, name: &str, namespace: &str) -> Value {
    json!({
        "metadata": metadata(site, ACCOUNT_OF_LEASE),
        "roleRef": { "apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "view" },
        "subjects": [{ "kind": "ServiceAccount", "name": name, "namespace": namespace }],
    })
}

/// A Secret as Mayfly makes one to bind a token to, but for its type.
fn anchor(site: &Site, of_type: &str) -> Value {
    json!({ "metadata": metadata(site, &format!("mayfly-{LEASE}")), "type": of_type, "immutable": true })
}

/// What comes of a request that is only tried.
async fn tried(site: &Site, token: &str, path: &str, body: &Value) -> anyhow::Result<(StatusCode, String)> {
    let url = format!("{}{path}?dryRun=All", site.ground.side.url);
    let answer = site.ground.cluster.client()?.post(url).bearer_auth(token).json(body).send().await?;
    Ok((answer.status(), answer.text().await?))
}
