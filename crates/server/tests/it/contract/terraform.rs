//! The Terraform provider: it builds its state from replies, and must find in them what it sent.

use serde_json::{Value, json};

use super::tidy;
use crate::support::{Caller, TestServer, merged};

const AGENT: &str = "terraform";

/// Terraform runs as a provisioner: only that role reads stored cluster tokens back.
async fn terraform(server: &TestServer) -> Caller {
    server.as_machine("provisioner").await.with_agent(AGENT)
}

#[tokio::test]
async fn the_state_of_a_dynamic_secret_equals_what_was_sent() {
    let server = TestServer::sqlite().await;
    let caller = terraform(&server).await;
    let mut request = server.secret_request("ci");
    request["metadata"] = json!([]);
    request["defaultTTL"] = json!("60m");
    request["maxTTL"] = json!("24h");
    let sent = request["provider"]["inputs"].clone();
    let agrees = |reply: &Value| {
        let inputs = &reply["dynamicSecret"]["inputs"];
        for (key, value) in sent.as_object().unwrap() {
            assert_eq!(&inputs[key], value, "{key}");
        }
        assert_eq!(reply["dynamicSecret"]["defaultTTL"], "60m");
        assert_eq!(reply["dynamicSecret"]["maxTTL"], "24h");
        assert_eq!(reply["dynamicSecret"]["metadata"], json!([]));
    };
    let made = caller.post("/api/v1/dynamic-secrets", &request).await.ok();
    agrees(&made);
    let path = format!("/api/v1/dynamic-secrets/ci?{}", server.place_query());
    let read = caller.get(&path).await.ok();
    agrees(&read);
    insta::assert_json_snapshot!("terraform_read_secret", tidy(&server, &read));
    assert_eq!(server.count_events("reveal-root-credential").await, 1);

    let data = json!({"newName": "ci", "defaultTTL": "60m", "maxTTL": "24h", "inputs": sent, "metadata": []});
    let change = merged(&server.place(), &json!({ "data": data }));
    agrees(&caller.patch("/api/v1/dynamic-secrets/ci", &change).await.ok());
    caller.delete("/api/v1/dynamic-secrets/ci", &server.place()).await.ok();
    assert_eq!(caller.get(&path).await.problem()["error"], "NotFound", "read as gone");
}

#[tokio::test]
async fn a_project_with_all_that_is_in_it_is_made_and_removed() {
    let server = TestServer::sqlite().await;
    let caller = server.as_admin().with_agent(AGENT);
    let own = caller.get("/api/v1/identities/details").await.ok();
    let organization = own["identityDetails"]["organization"]["id"].clone();
    assert!(organization.is_string());
    assert_eq!(caller.get("/api/v2/gateways").await.ok(), json!([]), "a bare list");
    let request = json!({"projectName": "Terra", "slug": "terra-form", "type": "secret-manager", "template": "default",
        "projectDescription": "", "kmsKeyId": null, "shouldCreateDefaultEnvs": false, "hasDeleteProtection": false});
    let project = caller.post("/api/v2/workspace", &request).await.ok();
    insta::assert_json_snapshot!("terraform_project", tidy(&server, &project));
    let id = project["project"]["id"].as_str().unwrap();

    let request = json!({"name": "Production", "slug": "production", "position": 1});
    let environment = caller.post(&format!("/api/v1/workspace/{id}/environments"), &request).await.ok();
    insta::assert_json_snapshot!("terraform_environment", tidy(&server, &environment));
    let environment = environment["environment"]["id"].as_str().unwrap();
    caller.get(&format!("/api/v1/workspace/environments/{environment}")).await.ok();

    let request = json!({"workspaceId": id, "environment": "production", "name": "k8s", "path": "/"});
    let folder = caller.post("/api/v1/folders", &request).await.ok();
    insta::assert_json_snapshot!("terraform_folder", tidy(&server, &folder));
    let folder = folder["folder"]["id"].as_str().unwrap();
    let got = caller.get(&format!("/api/v1/folders/{folder}")).await.ok();
    assert_eq!(got["folder"]["environment"]["envSlug"], "production");
    assert_eq!((&got["folder"]["path"], &got["folder"]["projectId"]), (&json!("/k8s"), &json!(id)));

    let request = json!({"name": "robot", "organizationId": organization, "role": "member", "metadata": []});
    let identity = caller.post("/api/v1/identities", &request).await.ok();
    insta::assert_json_snapshot!("terraform_identity", tidy(&server, &identity));
    let identity = identity["identity"]["id"].as_str().unwrap();
    let role = json!({"role": "member", "isTemporary": false, "temporaryMode": "", "temporaryRange": ""});
    let path = format!("/api/v2/workspace/{id}/identity-memberships/{identity}");
    let joined = caller.post(&path, &json!({ "roles": [role] })).await.ok();
    insta::assert_json_snapshot!("terraform_membership", tidy(&server, &joined));
    caller.patch(&path, &json!({"roles": [{"role": "viewer"}]})).await.ok();
    assert_eq!(caller.get(&path).await.ok()["identityMembership"]["roles"][0]["role"], "viewer");
    caller.delete(&path, &json!({})).await.ok();

    let body = json!({"projectId": id, "environment": "production", "path": "/", "forceDelete": true});
    caller.delete(&format!("/api/v2/folders/{folder}"), &body).await.ok();
    caller.send(http::Method::DELETE, &format!("/api/v1/workspace/{id}/environments/{environment}"), None).await.ok();
    caller.delete(&format!("/api/v1/identities/{identity}"), &json!({})).await.ok();
    let removed = caller.send(http::Method::DELETE, "/api/v2/workspace/terra-form", None).await.ok();
    assert_eq!(removed["id"], id, "a bare object");
    caller.get(&format!("/api/v1/workspace/{id}")).await.refused(404, "not_found");
}

#[tokio::test]
async fn an_identity_gets_its_login_and_a_client_secret() {
    let server = TestServer::sqlite().await;
    let caller = server.as_admin().with_agent(AGENT);
    let identity = caller.post("/api/v1/identities", &json!({"name": "robot", "role": "no-access"})).await.ok();
    let id = identity["identity"]["id"].as_str().unwrap();
    let path = format!("/api/v1/auth/universal-auth/identities/{id}");
    let request = json!({"accessTokenTTL": 2_592_000, "accessTokenMaxTTL": 2_592_000, "accessTokenNumUsesLimit": 0,
        "clientSecretTrustedIps": [{"ipAddress": "0.0.0.0/0"}, {"ipAddress": "::/0"}],
        "accessTokenTrustedIps": [{"ipAddress": "0.0.0.0/0"}, {"ipAddress": "::/0"}], "accessTokenPeriod": 0});
    let attached = caller.post(&path, &request).await.ok();
    insta::assert_json_snapshot!("terraform_universal_auth", tidy(&server, &attached));
    let request = json!({"description": "for CI", "ttl": 0, "numUsesLimit": 0});
    let mut made = caller.post(&format!("{path}/client-secrets"), &request).await.ok();
    let (text, prefix) = (made["clientSecret"].clone(), made["clientSecretData"]["clientSecretPrefix"].clone());
    assert!(text.as_str().unwrap().starts_with(prefix.as_str().unwrap()));
    made["clientSecret"] = json!("[client secret]");
    made["clientSecretData"]["clientSecretPrefix"] = json!("[4 letters]");
    insta::assert_json_snapshot!("terraform_client_secret", tidy(&server, &made));
    let id = made["clientSecretData"]["id"].as_str().unwrap();
    let listed = caller.get(&format!("{path}/client-secrets")).await.ok();
    assert_eq!(listed["clientSecretData"].as_array().unwrap().len(), 1);
    let revoked = caller.post(&format!("{path}/client-secrets/{id}/revoke"), &json!({})).await.ok();
    assert_eq!(revoked["clientSecretData"]["isClientSecretRevoked"], true);
}
