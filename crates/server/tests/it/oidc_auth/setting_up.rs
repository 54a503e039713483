//! What may be set, and what would let too many in.

use serde_json::{Value, json};

use super::{AUDIENCE, Vouched};
use crate::support::{TestServer, TestServerOptions, merged};

#[tokio::test]
async fn settings_come_back_as_they_were_sent_and_those_left_out_keep_their_value() {
    let server = TestServer::sqlite().await;
    let claims = json!({"repository_owner": "acme", "event_name": "push,workflow_dispatch"});
    let settings = json!({"boundClaims": claims, "accessTokenTTL": 900, "maxTokenAge": 60, "acceptOnce": true,
                          "accessTokenTrustedIps": [{"ipAddress": "10.0.0.0/8"}]});
    let vouched = Vouched::new(&server, &settings).await;
    let before = server.as_admin().get(&vouched.path()).await.ok();
    let auth = &before["identityOidcAuth"];
    assert_eq!(auth["boundClaims"], claims);
    assert_eq!(auth["boundAudiences"], AUDIENCE);
    assert_eq!((&auth["accessTokenTTL"], &auth["accessTokenMaxTTL"]), (&json!(900), &json!(2_592_000)));
    assert_eq!((&auth["maxTokenAge"], &auth["acceptOnce"]), (&json!(60), &json!(true)));
    assert_eq!(auth["accessTokenTrustedIps"], json!([{"ipAddress": "10.0.0.0", "type": "ipv4", "prefix": 8}]));
    let changes = json!({"boundSubject": "", "maxTokenAge": 0, "boundAudiences": "a, b"});
    let after = server.as_admin().patch(&vouched.path(), &changes).await.ok();
    let expected = json!({"boundSubject": "", "maxTokenAge": 0, "boundAudiences": "a,b",
                          "updatedAt": after["identityOidcAuth"]["updatedAt"]});
    assert_eq!(after, merged(&before, &json!({ "identityOidcAuth": expected })));
    let path = vouched.path();
    let again = vouched.attach(&server, &merged(&before["identityOidcAuth"], &json!({"caCert": null}))).await;
    assert_ne!(again.status, 200, "{path} has one already");
}

#[tokio::test]
async fn what_would_let_anybody_in_is_refused_and_says_what_to_do() {
    let server = TestServer::sqlite().await;
    let (vouched, request) = Vouched::unattached(&server).await;
    let url = vouched.issuer.url();
    let cases: Vec<(Value, &str, &str)> = vec![
        (json!({"oidcDiscoveryUrl": null}), "oidcDiscoveryUrl", "is required"),
        (json!({"oidcDiscoveryUrl": "http://issuer.example.com"}), "oidcDiscoveryUrl", "https://"),
        (json!({"oidcDiscoveryUrl": "https://user:pass@issuer.example.com"}), "oidcDiscoveryUrl", "credentials"),
        (json!({"oidcDiscoveryUrl": "https://169.254.169.254"}), "oidcDiscoveryUrl", "may connect to"),
        (json!({"oidcDiscoveryUrl": format!("{url}/nothing")}), "oidcDiscoveryUrl", "could be read there"),
        (json!({"caCert": "hello"}), "caCert", "PEM"),
        (json!({"boundIssuer": null}), "boundIssuer", "is required"),
        (json!({"boundIssuer": ""}), "boundIssuer", "is required"),
        (json!({"boundIssuer": format!("{url}/")}), "boundIssuer", "exactly"),
        (json!({"boundAudiences": null}), "boundAudiences", "at least one audience"),
        (json!({"boundAudiences": ""}), "boundAudiences", "at least one audience"),
        (json!({"boundAudiences": "a,,b"}), "boundAudiences", "entry 2"),
        (json!({"boundSubject": ""}), "boundClaims", "bind one more claim"),
        (json!({"boundSubject": null, "boundClaims": {}}), "boundClaims", "bind one more claim"),
        (json!({"boundSubject": " "}), "boundSubject", "must not be empty"),
        (json!({"boundSubject": "*"}), "boundSubject", "fixed part"),
        (json!({"boundSubject": "repo:*/shop:ref:refs/heads/main"}), "boundSubject", "first two parts"),
        (json!({"boundSubject": "repo:acme/**"}), "boundSubject", "at most one"),
        (json!({"boundSubject": ["a"]}), "boundSubject", "must be text"),
        (json!({"boundClaims": "ref"}), "boundClaims", "object"),
        (json!({"boundClaims": {"ref": ""}}), "boundClaims", "`ref` must not be empty"),
        (json!({"boundClaims": {"ref": []}}), "boundClaims", "`ref` must not be empty"),
        (json!({"boundClaims": {"ref": ["a", ""]}}), "boundClaims", "`ref` must not be empty"),
        (json!({"boundClaims": {"ref": 7}}), "boundClaims", "text or a list"),
        (json!({"boundClaims": {" ": "a"}}), "boundClaims", "must name a claim"),
        (json!({"claimMetadataMapping": {"a": 1}}), "claimMetadataMapping", "texts"),
        (json!({"maxTokenAge": -1}), "maxTokenAge", "whole number"),
        (json!({"accessTokenTTL": 100, "accessTokenMaxTTL": 10}), "accessTokenTTL", "100 s and 10 s"),
    ];
    for (change, field, text) in cases {
        let faults = vouched.attach(&server, &merged(&request, &change)).await.faults();
        let path = format!("body.{field}");
        let told = faults.iter().find(|fault| fault.0 == path && fault.2.contains(text));
        assert!(told.is_some(), "{change}: {faults:?}");
    }
    vouched.attach(&server, &request).await.ok();
}

#[tokio::test]
async fn a_discovery_document_behind_a_closed_address_is_not_asked_for() {
    let options =
        TestServerOptions { reaches_loopback: false, ..TestServerOptions::new(crate::support::Database::Sqlite) };
    let server = TestServer::start(options).await;
    let (vouched, request) = Vouched::unattached(&server).await;
    let faults = vouched.attach(&server, &request).await.faults();
    assert!(faults.iter().any(|fault| fault.2.contains("may connect to")), "{faults:?}");
    assert_eq!(vouched.issuer.requests().connections(), 0);
}

#[tokio::test]
async fn whoever_lacks_the_rights_of_an_identity_cannot_become_it() {
    let server = TestServer::sqlite().await;
    let (vouched, request) = Vouched::unattached(&server).await;
    let member = server.lone_machine("member", &json!({})).await;
    let caller = server.as_nobody().with_token(&member.token);
    caller.post(&vouched.path(), &request).await.refused(403, "permission_denied");
}
