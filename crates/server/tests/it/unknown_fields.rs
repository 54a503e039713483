//! Our own routes refuse fields that they do not know: a misspelt `dryRun` must not end leases.

use http::Method;
use serde_json::{Value, json};

use crate::support::TestServer;

/// What existing clients know, who send more than we read; all else is ours, and new routes are by themselves.
const THEIRS: [&str; 18] = [
    "/api/v2/",
    "/api/v1/workspace",
    "/api/v1/dynamic-secrets",
    // Takes what making one takes.
    "/api/v1/dynamic-secret-tests",
    "/api/v1/folders",
    "/api/v1/gateway-pools",
    "/api/v1/groups",
    "/api/v1/identities",
    "/api/v1/projects",
    "/api/v1/organization/audit-logs",
    "/api/v1/auth/universal-auth",
    "/api/v1/auth/kubernetes-auth",
    "/api/v1/auth/oidc-auth",
    "/api/v1/auth/token",
    "/api/v1/admin/bootstrap",
    "/api/status",
    // Whoever fetches a description may add what gets it past a cache, and providers add fields of their own (RFC 6749, 4.1.2).
    "/api/openapi.json",
    "/api/v1/auth/sso/callback",
];
/// What is ours below that.
const OURS: [&str; 2] = ["/approval-requests", "/policy"];
/// An id that nothing has.
const ABSENT: &str = "018f0000-0000-7000-8000-000000000000";

fn is_ours(path: &str) -> bool {
    !THEIRS.iter().any(|theirs| path.starts_with(theirs)) || OURS.iter().any(|ours| path.contains(ours))
}

/// Each of our own operations, with ids that nothing has.
fn routes() -> Vec<(Method, String)> {
    let description: Value = serde_json::from_str(&mayfly_server::openapi_json()).unwrap();
    let paths = description["paths"].as_object().unwrap();
    // What Kubernetes sends has Kubernetes' shape, and another token; a file of it is read only for whoever may bring it
    // (`cluster_requests.rs` looks at both).
    let is_foreign = |path: &str| {
        ["audit-events", "audit-import"].iter().any(|end| path.ends_with(&format!("/{{connectionId}}/{end}")))
    };
    let ours = paths.iter().filter(|(path, _)| !is_foreign(path)).filter(|(path, _)| is_ours(path));
    let routes = ours.flat_map(|(path, operations)| {
        let ids = [
            "requestId",
            "leaseId",
            "stopId",
            "connectionId",
            "userId",
            "invitationId",
            "sessionId",
            "streamId",
            "authorityId",
        ];
        let path = ids.iter().fold(path.clone(), |path, id| path.replace(&format!("{{{id}}}"), ABSENT));
        let methods = operations.as_object().unwrap().keys().filter_map(|name| name.to_uppercase().parse().ok());
        methods.map(move |method: Method| (method, path.clone())).collect::<Vec<_>>()
    });
    routes.collect()
}

#[tokio::test]
async fn every_route_of_our_own_refuses_a_field_it_does_not_know() {
    let server = TestServer::sqlite().await;
    let routes = routes();
    assert!(routes.len() >= 90, "{routes:?}");
    let mut taken = Vec::new();
    for (method, path) in routes {
        let (answer, field) = if method == Method::GET {
            (server.as_admin().get(&format!("{path}?surprise=1")).await, "query.surprise")
        } else {
            (server.as_admin().send(method.clone(), &path, Some(&json!({"surprise": 1}))).await, "body.surprise")
        };
        let is_named =
            |fault: &Value| fault["path"].as_array().is_some_and(|path| path.last() == Some(&json!("surprise")));
        let told: Value = serde_json::from_str(&answer.text).unwrap_or_default();
        if !told["message"].as_array().is_some_and(|faults| faults.iter().any(is_named)) {
            taken.push(format!("{method} {path} {} {}", answer.status, field));
        }
    }
    assert_eq!(taken, Vec::<String>::new());
}
