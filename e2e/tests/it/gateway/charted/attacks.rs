//! What a thief of the account's token would do with rights that RBAC cannot make narrower.

use mayfly_e2e::{RIGHTS_PATIENCE, waiting::until};
use reqwest::StatusCode;
use serde_json::{Value, json};

use super::{ACCOUNT, NAME, Site};

const LEASE: &str = "01893b9e-7c1a-7def-8abc-0123456789ab";
/// As Mayfly would call an account.
const ACCOUNT_OF_LEASE: &str = "dynamic-secret-sa-aabbccddee";

pub(super) async fn are_refused(site: &Site, token: &str) {
    let metadata = json!({
        "name": ACCOUNT_OF_LEASE,
        "labels": {
            "app.kubernetes.io/managed-by": "mayfly",
            "mayfly.dev/installation": site.mayfly.installation_id(),
            "mayfly.dev/lease": LEASE,
        },
        "annotations": { "mayfly.dev/seal": "no seal", "mayfly.dev/expires-at": "2000-01-01T00:00:00Z" },
    });
    let bindings = format!("/apis/rbac.authorization.k8s.io/v1/namespaces/{}/rolebindings", site.leases);
    let binding = |name: &str, namespace: &str| {
        json!({
            "metadata": metadata,
            "roleRef": { "apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "view" },
            "subjects": [{ "kind": "ServiceAccount", "name": name, "namespace": namespace }],
        })
    };
    let foreign = binding(ACCOUNT, &site.ground.side.namespace);
    // The API server learns policies by a watch.
    let refused = until(RIGHTS_PATIENCE, "a foreign subject is refused", async || {
        let (status, message) = tried(site, token, &bindings, &foreign).await?;
        Ok((!status.is_success()).then_some(message))
    });
    let refused = refused.await.unwrap();
    assert!(
        refused.contains("ValidatingAdmissionPolicy") && refused.contains("its own temporary account"),
        "{refused}"
    );
    let (status, message) = tried(site, token, &bindings, &binding(ACCOUNT_OF_LEASE, &site.leases)).await.unwrap();
    assert_eq!(status, StatusCode::CREATED, "{message}");

    let secrets = format!("/api/v1/namespaces/{}/secrets", site.ground.side.namespace);
    let lasting = json!({
        "metadata": { "name": "lasting", "annotations": { "kubernetes.io/service-account.name": ACCOUNT } },
        "type": "kubernetes.io/service-account-token",
    });
    let tokens = format!("/api/v1/namespaces/{}/serviceaccounts/default/token", site.leases);
    for (path, body) in [
        (bindings.as_str(), binding(NAME, &site.home)),
        (secrets.as_str(), lasting),
        (tokens.as_str(), json!({ "spec": { "expirationSeconds": 600 } })),
    ] {
        let (status, message) = tried(site, token, path, &body).await.unwrap();
        assert!(!status.is_success() && message.contains("ValidatingAdmissionPolicy"), "{path}: {status} {message}");
    }
}

/// What comes of a request that is only tried.
async fn tried(site: &Site, token: &str, path: &str, body: &Value) -> anyhow::Result<(StatusCode, String)> {
    let url = format!("{}{path}?dryRun=All", site.ground.side.url);
    let answer = site.ground.cluster.client()?.post(url).bearer_auth(token).json(body).send().await?;
    Ok((answer.status(), answer.text().await?))
}
