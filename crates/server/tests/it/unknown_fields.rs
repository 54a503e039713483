//! Our own routes refuse fields that they do not know: a misspelt `dryRun` must not end leases.

use http::Method;
use serde_json::{Value, json};

use crate::support::TestServer;

/// What is ours alone; no other product's clients send anything there.
const OURS: [&str; 16] = [
    "/api/v1/leases",
    "/api/v1/stops",
    "/api/v1/cluster-connections",
    "/api/v1/admin/adopt",
    "/api/v1/users",
    "/api/v1/auth/login",
    "/api/v1/auth/logout",
    "/api/v1/auth/password",
    "/api/v1/auth/sessions",
    "/api/v1/admin/key-rotations",
    "/api/v1/audit-events",
    "/api/v1/audit-log",
    "/api/v1/audit-streams",
    "/api/v1/sso/providers",
    "/api/v1/auth/sso/requests",
    "/api/v1/auth/sso/{provider}/start",
];
/// An id that nothing has.
const ABSENT: &str = "018f0000-0000-7000-8000-000000000000";

/// Each of our own operations, with ids that nothing has.
fn routes() -> Vec<(Method, String)> {
    let description: Value = serde_json::from_str(&mayfly_server::openapi_json()).unwrap();
    let paths = description["paths"].as_object().unwrap();
    // What Kubernetes sends has Kubernetes' shape, and another token.
    let is_foreign = |path: &str| path.ends_with("/{connectionId}/audit-events");
    let ours = paths
        .iter()
        .filter(|(path, _)| !is_foreign(path))
        .filter(|(path, _)| OURS.iter().any(|ours| path.starts_with(ours)));
    let routes = ours.flat_map(|(path, operations)| {
        let ids = ["requestId", "leaseId", "stopId", "connectionId", "userId", "invitationId", "sessionId", "streamId"];
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
    assert!(routes.len() >= 18, "{routes:?}");
    for (method, path) in routes {
        let (answer, field) = if method == Method::GET {
            (server.as_admin().get(&format!("{path}?surprise=1")).await, "query.surprise")
        } else {
            (server.as_admin().send(method, &path, Some(&json!({"surprise": 1}))).await, "body.surprise")
        };
        let faults = answer.faults();
        let named = faults.iter().find(|fault| fault.0 == field && fault.1 == "unknown_field");
        assert!(named.is_some(), "{}: {faults:?}", answer.asked);
    }
}
