//! Setting a provider up.

use serde_json::json;

use super::Idp;
use crate::support::{TestServer, paths_and_codes};

const PROVIDERS: &str = "/api/v1/sso/providers";

#[tokio::test]
async fn a_provider_is_made_seen_changed_listed_and_removed() {
    let server = TestServer::sqlite().await;
    let admin = server.as_admin();
    let idp = Idp::known(&server, &json!({"scopes": ["email"]})).await;
    let acme = format!("{PROVIDERS}/acme");
    let shown = admin.get(&acme).await.ok();
    let provider = &shown["provider"];
    assert_eq!(provider["issuer"], idp.issuer.url());
    assert_eq!(provider["scopes"], json!(["openid", "email"]));
    assert_eq!((&provider["hasClientSecret"], &provider["clientSecret"]), (&json!(true), &json!(null)));
    assert_eq!(provider["redirectUri"], super::REDIRECT);
    assert_eq!((&provider["linking"], &provider["emailTrust"]), (&json!("refused"), &json!("verified")));
    admin.post(PROVIDERS, &idp.request(&json!({}))).await.refused(400, "name_taken");
    server.advance(1);
    admin.post(PROVIDERS, &idp.request(&json!({"slug": "beta", "clientSecret": null}))).await.ok();
    let first = admin.get(&format!("{PROVIDERS}?limit=1")).await.ok();
    assert_eq!(first["providers"][0]["slug"], "acme");
    let cursor = first["nextCursor"].as_str().unwrap();
    let second = admin.get(&format!("{PROVIDERS}?limit=1&cursor={cursor}")).await.ok();
    assert_eq!((&second["providers"][0]["slug"], &second["nextCursor"]), (&json!("beta"), &json!(null)));
    assert_eq!(second["providers"][0]["hasClientSecret"], false);
    admin.patch(&acme, &json!({"name": "Acme Inc."})).await.ok();
    assert_eq!(admin.delete(&acme, &json!({})).await.ok()["provider"]["name"], "Acme Inc.");
    admin.get(&acme).await.refused(404, "not_found");
    for (kind, count) in [("create-sso-provider", 2), ("update-sso-provider", 1), ("delete-sso-provider", 1)] {
        assert_eq!(server.count_events(kind).await, count, "{kind}");
    }
}

#[tokio::test]
async fn a_client_secret_goes_where_it_was_given_for_and_nowhere_else() {
    let server = TestServer::sqlite().await;
    let (idp, other) = (Idp::known(&server, &json!({})).await, Idp::new().await);
    let acme = format!("{PROVIDERS}/acme");
    for change in [json!({"clientId": "another"}), json!({"caCert": other.issuer.ca_pem()})] {
        let refused = server.as_admin().patch(&acme, &change).await;
        assert_eq!(paths_and_codes(&refused.faults()), [("body.clientSecret", "required")]);
    }
    let moved = json!({"issuer": other.issuer.url(), "clientSecret": "another"});
    let refused = server.as_admin().patch(&acme, &moved).await;
    assert_eq!(paths_and_codes(&refused.faults()), [("body.issuer", "issuer_fixed")]);
    server.as_admin().patch(&acme, &json!({"clientId": "another", "clientSecret": "anew"})).await.ok();
    let begun = super::Begun::at(&server, "acme").await;
    assert_eq!(begun.parameter("client_id"), "another");
    let claims = idp.claims(&server, &begun.nonce());
    idp.gives(&idp.key.token(&crate::support::merged(&claims, &json!({"aud": "another"}))));
    assert_eq!(begun.back(&server, &[]).await.status, 200);
}

#[tokio::test]
async fn what_cannot_be_a_provider_is_refused_with_every_fault() {
    let server = TestServer::sqlite().await;
    let idp = Idp::new().await;
    let admin = server.as_admin();
    let bad = json!({"slug": "callback", "discoveryUrl": "http://id.example.com", "scopes": ["a b"], "joining": "admin",
        "emailDomains": ["*.example.com"], "groupMappings": [{"value": "*", "groupId": "x"}], "surprise": 1});
    let faults = admin.post(PROVIDERS, &bad).await.faults();
    let mut paths: Vec<&str> = faults.iter().map(|fault| fault.0.as_str()).collect();
    paths.sort_unstable();
    let expected = [
        "body.clientId",
        "body.discoveryUrl",
        "body.emailDomains.0",
        "body.groupMappings.0",
        "body.joining",
        "body.name",
        "body.scopes.0",
        "body.slug",
        "body.surprise",
    ];
    assert_eq!(paths, expected);
    let refused = admin.post(PROVIDERS, &idp.request(&json!({"issuer": "https://evil.example"}))).await;
    assert_eq!(paths_and_codes(&refused.faults()), [("body.issuer", "issuer_mismatch")]);
    let refused = admin.post(PROVIDERS, &idp.request(&json!({"discoveryUrl": "https://169.254.169.254"}))).await;
    assert_eq!(paths_and_codes(&refused.faults()), [("body.discoveryUrl", "address_blocked")]);
    let refused = admin.post(PROVIDERS, &idp.request(&json!({"caCert": null}))).await;
    assert_eq!(paths_and_codes(&refused.faults()), [("body.discoveryUrl", "no_discovery_document")]);
}

#[tokio::test]
async fn a_test_says_what_is_wrong_with_a_provider() {
    let server = TestServer::sqlite().await;
    let idp = Idp::known(&server, &json!({"clientSecret": null})).await;
    let path = format!("{PROVIDERS}/acme/test");
    let test = async || server.as_admin().post(&path, &json!({})).await.ok();
    let passed = test().await;
    assert_eq!(passed["isPassed"], true, "{passed}");
    let mut document = idp.document();
    for (name, value) in [
        ("authorization_endpoint", json!("http://id.example.com/authorize")),
        ("token_endpoint", json!(null)),
        ("code_challenge_methods_supported", json!(["plain"])),
        ("token_endpoint_auth_methods_supported", json!(["private_key_jwt"])),
        ("id_token_signing_alg_values_supported", json!(["HS256"])),
        ("scopes_supported", json!(["openid"])),
    ] {
        document[name] = value;
    }
    idp.issuer.set_discovery(document);
    let failed = test().await;
    let checks = failed["checks"].as_array().unwrap().iter();
    let wrong: Vec<&str> =
        checks.filter(|check| check["isPassed"] == false).map(|check| check["name"].as_str().unwrap()).collect();
    let expected = ["authorizationEndpoint", "tokenEndpoint", "pkce", "clientAuthentication", "algorithms", "scopes"];
    assert_eq!(wrong, expected);
    let answer = server.as_nobody().get("/api/v1/auth/sso/acme/start").await;
    answer.refused(503, "sso_provider_unavailable");
    let mut other = idp.document();
    other["issuer"] = json!("https://evil.example");
    idp.issuer.set_discovery(other);
    let told = test().await;
    assert_eq!((&told["isPassed"], &told["checks"][0]["name"]), (&json!(false), &json!("discovery")));
    assert!(told["checks"][0]["message"].as_str().unwrap().contains("another issuer"), "{told}");
}
