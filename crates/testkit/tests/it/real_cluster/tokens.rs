//! Tokens of service accounts, and what the audit log keeps of them.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use mayfly_testkit::real_cluster::{ClusterOptions, RealCluster, SigningKey, shared};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use super::api::{Api, NAMESPACES};

/// A fresh token, and the namespace of its account, which is called `default`.
async fn request_token(cluster: &RealCluster, prefix: &str) -> (String, String) {
    let api = Api::admin(cluster);
    let path = api.create_namespace(prefix).await;
    let account = format!("{path}/serviceaccounts/default");
    api.wait_for(&account).await;
    let answer = api.create(&format!("{account}/token"), json!({"spec": {"expirationSeconds": 600}})).await;
    let namespace = path.rsplit('/').next().unwrap();
    let token = answer["status"]["token"].as_str().unwrap();
    (token.to_owned(), namespace.to_owned())
}

/// The header (0) or the claims (1) of a JWT.
fn part(token: &str, index: usize) -> Value {
    let encoded = token.split('.').nth(index).unwrap();
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(encoded).unwrap()).unwrap()
}

#[tokio::test]
async fn rsa_key_signs_tokens_that_the_cluster_accepts() {
    let cluster = shared().await.unwrap();
    let (token, namespace) = request_token(&cluster, "rsa-tokens").await;
    assert_eq!(part(&token, 0)["alg"], "RS256");
    let caller = Api::new(&cluster, Some(&token));
    assert_eq!(caller.who_am_i().await["username"], format!("system:serviceaccount:{namespace}:default"));
    let (status, answer) = caller.send(Method::GET, NAMESPACES, None).await;
    assert_eq!(status, StatusCode::FORBIDDEN, "{answer}");
}

#[tokio::test]
async fn p256_key_signs_tokens_that_the_cluster_accepts() {
    let directory = tempfile::tempdir().unwrap();
    let cluster = RealCluster::start(&ClusterOptions {
        name: "elliptic".to_owned(),
        state_dir: directory.path().to_owned(),
        port: 0,
        signing_key: Some(SigningKey::P256),
    })
    .await
    .unwrap();
    let (token, namespace) = request_token(&cluster, "p256-tokens").await;
    assert_eq!(part(&token, 0)["alg"], "ES256");
    let caller = Api::new(&cluster, Some(&token));
    assert_eq!(caller.who_am_i().await["username"], format!("system:serviceaccount:{namespace}:default"));
    assert_eq!(cluster.summary().signing_key, SigningKey::P256);
    cluster.stop().await.unwrap();
}

#[tokio::test]
async fn audit_log_names_the_token_call_and_keeps_no_token() {
    let cluster = shared().await.unwrap();
    let (token, namespace) = request_token(&cluster, "audited-tokens").await;
    let events = cluster.audit_log().unwrap();
    let calls: Vec<_> = events
        .iter()
        .filter(|event| event["objectRef"]["subresource"] == "token")
        .filter(|event| event["objectRef"]["namespace"] == namespace)
        .collect();
    let [call] = calls.as_slice() else { panic!("want one call, found {calls:?}") };
    assert_eq!(call["user"]["username"], "mayfly-admin");
    assert_eq!(call["responseStatus"]["code"], 201);
    assert_eq!(call["level"], "Metadata");
    let issued = format!("JTI={}", part(&token, 1)["jti"].as_str().unwrap());
    assert_eq!(call["annotations"]["authentication.kubernetes.io/issued-credential-id"], issued);
    let signature = token.rsplit('.').next().unwrap();
    assert!(!events.iter().any(|event| event.to_string().contains(signature)), "a token is in the audit log");
}

#[tokio::test]
async fn admin_is_the_same_by_token_and_by_certificate() {
    let cluster = shared().await.unwrap();
    let by_token = Api::admin(&cluster).who_am_i().await;
    assert_eq!(by_token["username"], "mayfly-admin");
    let identity = reqwest::Identity::from_pem(cluster.admin_identity_pem().as_bytes()).unwrap();
    let authority = reqwest::Certificate::from_pem(cluster.ca_pem().as_bytes()).unwrap();
    let client = reqwest::Client::builder().tls_certs_only([authority]).identity(identity).build().unwrap();
    let url = format!("{}/apis/authentication.k8s.io/v1/selfsubjectreviews", cluster.server());
    let answer: Value = client.post(url).json(&json!({})).send().await.unwrap().json().await.unwrap();
    assert_eq!(answer["status"]["userInfo"]["username"], by_token["username"], "{answer}");
    let nobody = Api::new(&cluster, None);
    let (status, _) = nobody.send(Method::GET, NAMESPACES, None).await;
    assert_eq!(status, StatusCode::FORBIDDEN);
}
