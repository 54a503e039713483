//! The command line of existing clients: a login with a trailing slash, a look before each lease, claims that it reads.

use mayfly_testkit::claims::claims;
use serde_json::json;

use crate::support::TestServer;

const AGENT: &str = "infisical-cli";

#[tokio::test]
async fn a_login_takes_a_trailing_slash_and_gives_the_claims_that_are_read() {
    let server = TestServer::sqlite().await;
    let machine = server.machine("member", &json!({"accessTokenTTL": 3600})).await;
    let body = json!({"clientId": machine.client_id, "clientSecret": machine.client_secret});
    let caller = server.as_nobody().with_agent(AGENT);
    let login = caller.post("/api/v1/auth/universal-auth/login/", &body).await.ok();
    let token = login["accessToken"].as_str().unwrap();
    assert!(!token.starts_with("st."), "that would be taken for a token of another kind");
    let claims = claims(token);
    assert_eq!(claims["authTokenType"], "identityAccessToken");
    assert_eq!(claims["identityId"], machine.id.as_str());
    assert_eq!(claims["exp"].as_i64().unwrap(), server.ambient.now().as_second() + 3600);
    for (field, kind) in [("identityAccessTokenId", "the token"), ("clientSecretId", "the client secret")] {
        assert!(claims[field].is_string(), "the id of {kind}");
    }
}

#[tokio::test]
async fn the_project_is_found_by_id_and_the_secret_looked_at_before_a_lease() {
    let server = TestServer::sqlite().await;
    server.new_secret("ci").await;
    let caller = server.as_machine("member").await.with_agent(AGENT);
    let workspace = caller.get(&format!("/api/v1/workspace/{}", server.project.id)).await.ok();
    assert_eq!(workspace["workspace"]["slug"], server.project.slug.as_str());
    let place = server.place_query();
    let listed = caller.get(&format!("/api/v1/dynamic-secrets?{place}")).await.ok();
    for field in ["name", "type", "defaultTTL", "maxTTL"] {
        assert!(listed["dynamicSecrets"][0][field].is_string(), "{field} is a column of its table");
    }
    caller.get(&format!("/api/v1/dynamic-secrets/ci?{place}")).await.ok();
    let request = json!({"ttl": "", "config": {"namespace": "team-a"}});
    let issued = server.issue_with(&caller, "ci", &request).await.ok();
    assert!(issued["data"].as_object().unwrap().values().all(serde_json::Value::is_string), "others are skipped");
    let listed = caller.get(&format!("/api/v1/dynamic-secrets/ci/leases?{place}")).await.ok();
    for field in ["id", "expireAt", "createdAt"] {
        assert!(listed["leases"][0][field].is_string(), "{field} is a column of its table");
    }
}

#[tokio::test]
async fn empty_lists_are_lists() {
    let server = TestServer::sqlite().await;
    let place = server.place_query();
    let caller = server.as_machine("member").await;
    let listed = caller.get(&format!("/api/v1/dynamic-secrets?{place}")).await.ok();
    assert_eq!(listed["dynamicSecrets"], json!([]));
    server.new_secret("ci").await;
    let listed = caller.get(&format!("/api/v1/dynamic-secrets/ci/leases?{place}")).await.ok();
    assert_eq!(listed["leases"], json!([]));
    let stranger = server.as_stranger().await;
    assert_eq!(stranger.get("/api/v1/workspace").await.ok()["workspaces"], json!([]));
    assert_eq!(
        stranger.get("/api/v1/projects?type=secret-manager&includeRoles=false").await.ok()["projects"],
        json!([])
    );
}
