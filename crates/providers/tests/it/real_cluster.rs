//! The tokens of a real API server, believed by its public keys alone.

use mayfly_providers::{Expected, KeySet, TokenRefused, verify};
use mayfly_testkit::{
    ambient::ambient,
    real_cluster::{own_name, shared},
};
use serde_json::{Value, json};

use crate::ground::AUDIENCE;

#[tokio::test]
async fn a_token_of_a_real_cluster_is_believed_by_its_pinned_keys() {
    let cluster = shared().await.unwrap();
    let admin = cluster.admin_client().unwrap();
    let url = |path: &str| format!("{}{path}", cluster.server());
    let read = async |path: &str| admin.get(url(path)).send().await.unwrap().text().await.unwrap();
    let make = async |path: &str, body: Value| {
        let answer = admin.post(url(path)).json(&body).send().await.unwrap();
        answer.json::<Value>().await.unwrap()
    };
    let namespace = own_name("pinned");
    make("/api/v1/namespaces", json!({"metadata": {"name": namespace}})).await;
    let accounts = format!("/api/v1/namespaces/{namespace}/serviceaccounts");
    make(&accounts, json!({"metadata": {"name": "runner"}})).await;
    let spec = json!({"spec": {"audiences": [AUDIENCE], "expirationSeconds": 600}});
    let answer = make(&format!("{accounts}/runner/token"), spec).await;
    let token = answer["status"]["token"].as_str().unwrap();
    let described: Value = serde_json::from_str(&read("/.well-known/openid-configuration").await).unwrap();
    let issuer = described["issuer"].as_str().unwrap();
    let keys = KeySet::from_jwks(read("/openid/v1/jwks").await.as_bytes()).unwrap();

    let (audiences, others) = ([AUDIENCE.to_owned()], ["other".to_owned()]);
    let now = ambient().now();
    let expected = Expected { issuer, audiences: &audiences, now, longest_age_seconds: Some(600) };
    let claims = verify(token, &keys, &expected).unwrap();
    assert_eq!(claims.text("sub"), Some(format!("system:serviceaccount:{namespace}:runner").as_str()));
    assert_eq!(claims.at("kubernetes.io").unwrap()["namespace"], json!(namespace));
    let refused = verify(token, &keys, &Expected { audiences: &others, ..expected }).unwrap_err();
    assert_eq!(refused, TokenRefused::Audience);
}
