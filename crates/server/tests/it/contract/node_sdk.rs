//! The Node SDK: it hands the whole body of a new lease on to its user.

use serde_json::json;

use super::tidy;
use crate::support::{TestServer, merged};

#[tokio::test]
async fn a_lease_made_by_either_route_is_the_same() {
    let server = TestServer::sqlite().await;
    let caller = server.as_machine("member").await.with_agent("infisical-node-sdk");
    server.new_secret("ci").await;
    let request = server.lease_request("CI", &json!({"ttl": "1h", "config": {"namespace": "team-a"}}));
    let one = caller.post("/api/v1/dynamic-secrets/leases", &request).await.ok();
    let other = caller.post("/api/v1/dynamic-secrets/leases/kubernetes", &request).await.ok();
    let apart = |value: &serde_json::Value| {
        let mut value = tidy(&server, value);
        value["lease"]["jti"] = json!("[jti]");
        value
    };
    assert_eq!(apart(&one), apart(&other), "names are read in any case, on both");
    assert_eq!(server.count_events("create-dynamic-secret-lease").await, 2);
    let keys: Vec<&String> = one.as_object().unwrap().keys().collect();
    assert_eq!(keys, ["data", "dynamicSecret", "lease"]);
}

#[tokio::test]
async fn a_secret_is_made_with_what_the_sdk_knows_and_removed_by_force() {
    let server = TestServer::sqlite().await;
    let caller = server.as_machine("member").await.with_agent("infisical-node-sdk");
    let mut request = server.secret_request("ci");
    let fields = request.as_object_mut().unwrap();
    fields.remove("maxTTL");
    fields.remove("path");
    let inputs = request["provider"]["inputs"].as_object_mut().unwrap();
    inputs.remove("authMethod");
    inputs.insert("gatewayId".to_owned(), json!(null));
    let made = caller.post("/api/v1/dynamic-secrets", &request).await.ok();
    assert_eq!(made["dynamicSecret"]["maxTTL"], json!(null));
    assert_eq!(made["dynamicSecret"]["inputs"]["authMethod"], "api");
    server.issue(&caller, "ci").await;
    let body = merged(&server.place(), &json!({"isForced": true}));
    let removed = caller.delete("/api/v1/dynamic-secrets/CI", &body).await.ok();
    assert_eq!(removed["dynamicSecret"]["status"], json!(null));
}
