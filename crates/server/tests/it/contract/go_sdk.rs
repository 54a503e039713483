//! The Go SDK: it always sends `ttl` and `config`, repeats ids in bodies, and needs a JSON content type to decode.

use serde_json::{Value, json};

use super::tidy;
use crate::support::{TestServer, merged};

const AGENT: &str = "infisical-go-sdk";

#[tokio::test]
async fn a_login_has_whole_numbers_and_its_type() {
    let server = TestServer::sqlite().await;
    let machine = server.machine("member", &json!({"accessTokenTTL": 7200, "accessTokenMaxTTL": 86_400})).await;
    let body = json!({"clientId": machine.client_id, "clientSecret": machine.client_secret, "organizationSlug": ""});
    let nobody = server.as_nobody().with_agent(AGENT);
    let login = nobody.post("/api/v1/auth/universal-auth/login", &body).await.ok();
    insta::assert_json_snapshot!("go_sdk_login", tidy(&server, &login));
    // The SDK renews without a bearer: the token is in the body.
    let renewed = nobody.post("/api/v1/auth/token/renew", &json!({"accessToken": login["accessToken"]})).await.ok();
    assert_eq!((&renewed["tokenType"], &renewed["expiresIn"]), (&json!("Bearer"), &json!(7200)));
    assert_eq!(renewed["accessTokenMaxTTL"], 86_400);
    server.as_nobody().with_token(renewed["accessToken"].as_str().unwrap()).get("/api/v1/workspace").await.ok();
    let revoked = nobody.post("/api/v1/auth/token/revoke", &json!({"accessToken": renewed["accessToken"]})).await.ok();
    assert!(revoked["message"].is_string());
    // Both JWTs are the same token.
    let refused = server.as_nobody().with_token(login["accessToken"].as_str().unwrap()).get("/api/v1/workspace").await;
    refused.refused(401, "access_token_refused");
}

#[tokio::test]
async fn dynamic_secrets_are_made_read_changed_and_removed() {
    let server = TestServer::sqlite().await;
    let caller = server.as_machine("member").await.with_agent(AGENT);
    let mut request = server.secret_request("ci");
    request["metadata"] = Value::Null;
    request["usernameTemplate"] = json!("");
    let made = caller.post("/api/v1/dynamic-secrets", &request).await.ok();
    insta::assert_json_snapshot!("go_sdk_created_secret", tidy(&server, &made));
    let place = server.place_query();
    let listed = caller.get(&format!("/api/v1/dynamic-secrets?{place}")).await.ok();
    insta::assert_json_snapshot!("go_sdk_listed_secrets", tidy(&server, &listed));
    let got = caller.get(&format!("/api/v1/dynamic-secrets/ci?{place}")).await.ok();
    assert_eq!(got["dynamicSecret"]["inputs"].get("clusterToken"), None, "a member may not read it back");
    let change = merged(&server.place(), &json!({"name": "ci", "data": {"maxTTL": "6h", "newName": "ci-2"}}));
    let changed = caller.patch("/api/v1/dynamic-secrets/ci", &change).await.ok();
    assert_eq!(
        (&changed["dynamicSecret"]["name"], &changed["dynamicSecret"]["maxTTL"]),
        (&json!("ci-2"), &json!("6h"))
    );
    let removal = merged(&server.place(), &json!({"name": "ci-2", "isForced": false}));
    let removed = caller.delete("/api/v1/dynamic-secrets/ci-2", &removal).await.ok();
    assert_eq!(removed["dynamicSecret"]["name"], "ci-2");
    let gone = caller.get(&format!("/api/v1/dynamic-secrets/ci-2?{place}")).await;
    insta::assert_json_snapshot!("go_sdk_missing_secret", gone.without_request_id());
}

#[tokio::test]
async fn leases_take_empty_and_null_fields_and_repeated_ids() {
    let server = TestServer::sqlite().await;
    let caller = server.as_machine("member").await.with_agent(AGENT);
    server.new_secret("ci").await;
    let mut leases = Vec::new();
    for config in [Value::Null, json!({}), json!({"namespace": null}), json!({"namespace": ""})] {
        let issued = server.issue_with(&caller, "ci", &json!({"ttl": "", "config": config})).await.ok();
        assert_eq!(issued["lease"]["config"], config, "as sent");
        leases.push(issued);
    }
    insta::assert_json_snapshot!("go_sdk_lease", tidy(&server, &leases[0]));
    let id = leases[0]["lease"]["id"].as_str().unwrap();
    let place = server.place_query();
    let listed = caller.get(&format!("/api/v1/dynamic-secrets/ci/leases?{place}&name=ci")).await.ok();
    assert_eq!(listed["leases"].as_array().unwrap().len(), 4);
    let got = caller.get(&format!("/api/v1/dynamic-secrets/leases/{id}?{place}&leaseId={id}")).await.ok();
    insta::assert_json_snapshot!("go_sdk_got_lease", tidy(&server, &got));
    let renewal = merged(&server.place(), &json!({"leaseId": id, "ttl": "", "isForced": false}));
    let refused = caller.post(&format!("/api/v1/dynamic-secrets/leases/{id}/renew"), &renewal).await;
    let text = refused.refused(400, "lease_not_renewable");
    assert_eq!(refused.problem()["error"], "BadRequest");
    assert!(text.starts_with(&format!("Dynamic secret lease with ID {id}")), "{text}");
    let removal = merged(&server.place(), &json!({"leaseId": id, "isForced": false}));
    let ended = caller.delete(&format!("/api/v1/dynamic-secrets/leases/{id}"), &removal).await.ok();
    insta::assert_json_snapshot!("go_sdk_ended_lease", tidy(&server, &ended));
}

#[tokio::test]
async fn get_requests_may_claim_a_json_body_that_is_not_there() {
    let server = TestServer::sqlite().await;
    server.new_secret("ci").await;
    let caller = server.as_admin().with_header("content-type", "application/json");
    let place = server.place_query();
    caller.get(&format!("/api/v1/dynamic-secrets?{place}")).await.ok();
    caller.get(&format!("/api/v1/dynamic-secrets/ci?{place}")).await.ok();
    caller.get("/api/v1/workspace").await.ok();
}
