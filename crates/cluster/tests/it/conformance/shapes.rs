//! The fake's raw answers, field by field, against the real ones.

use mayfly_testkit::claims::claims;
use reqwest::Method;
use serde_json::{Value, json};

use super::sides::Side;
use crate::ground::{DEPLOYER, ISSUER};

const SELF_REVIEW: &str = "/apis/authentication.k8s.io/v1/selfsubjectreviews";
const ACCESS_REVIEW: &str = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews";

/// One raw call; `{ns}` stands for the side's namespace.
struct RawCall {
    method: Method,
    path: &'static str,
    body: Option<Value>,
}

fn get(path: &'static str) -> RawCall {
    RawCall { method: Method::GET, path, body: None }
}

fn post(path: &'static str, body: Value) -> RawCall {
    RawCall { method: Method::POST, path, body: Some(body) }
}

fn access_review(attributes: &Value) -> Value {
    json!({ "kind": "SelfSubjectAccessReview", "apiVersion": "authorization.k8s.io/v1",
            "metadata": {}, "spec": { "resourceAttributes": attributes } })
}

/// Every call we make, allowed and refused.
fn calls() -> Vec<RawCall> {
    let token = "/api/v1/namespaces/{ns}/serviceaccounts/deployer/token";
    let create_token = json!({ "verb": "create", "resource": "serviceaccounts", "subresource": "token",
                               "namespace": "{ns}", "name": DEPLOYER });
    vec![
        get("/version"),
        get("/api/v1/namespaces/kube-system"),
        get("/api/v1/namespaces/no-such-namespace"),
        get("/api/v1/namespaces"),
        get("/api/v1/namespaces?limit=1"),
        get("/api/v1/namespaces/{ns}/serviceaccounts"),
        get("/api/v1/namespaces/{ns}/serviceaccounts?limit=1"),
        get("/api/v1/namespaces/{ns}/serviceaccounts?labelSelector=mayfly.dev%2Finstallation%3Dnone"),
        get("/api/v1/serviceaccounts?limit=1"),
        get("/api/v1/namespaces/{ns}/serviceaccounts/deployer"),
        get("/api/v1/namespaces/{ns}/serviceaccounts/nobody"),
        get("/api/v1/namespaces/no-such-namespace/serviceaccounts/nobody"),
        post(token, json!({ "spec": {} })),
        post(token, json!({ "spec": { "expirationSeconds": 600, "audiences": ["a", "b"] } })),
        post(token, json!({ "spec": { "expirationSeconds": 599 } })),
        post("/api/v1/namespaces/{ns}/serviceaccounts/nobody/token", json!({ "spec": {} })),
        post("/api/v1/namespaces/no-such-namespace/serviceaccounts/nobody/token", json!({ "spec": {} })),
        post(ACCESS_REVIEW, access_review(&create_token)),
        post(ACCESS_REVIEW, access_review(&json!({ "verb": "get", "resource": "secrets", "namespace": "{ns}" }))),
        post(SELF_REVIEW, json!({ "kind": "SelfSubjectReview", "apiVersion": "authentication.k8s.io/v1" })),
    ]
}

async fn answers(side: &Side) -> Vec<(String, u16, Value)> {
    let mut answers = Vec::new();
    for RawCall { method, path, body } in calls() {
        let fill = |text: &str| text.replace("{ns}", &side.namespace);
        let body = body.map(|body| serde_json::from_str(&fill(&body.to_string())).unwrap());
        let (status, answer) = side.raw(method.clone(), &fill(path), body).await;
        let text = answer.to_string().replace(&side.namespace, "{ns}");
        answers.push((format!("{method} {path}"), status, serde_json::from_str(&text).unwrap()));
    }
    answers
}

/// Compares what both sides say: refusals word by word, everything else by the fields that the fake has.
fn compare(fake: &[(String, u16, Value)], real: &[(String, u16, Value)]) {
    assert_eq!(fake.len(), real.len());
    for ((call, fake_status, fake), (_, real_status, real)) in fake.iter().zip(real) {
        assert_eq!(fake_status, real_status, "{call}: {fake} and {real}");
        if real["kind"] == "Status" {
            assert_eq!(fake, real, "{call}");
        } else {
            assert_included(fake, real, call);
        }
    }
}

/// Every field of `fake` is in `real` with a value of the same type; fields that never change are equal.
fn assert_included(fake: &Value, real: &Value, place: &str) {
    match (fake, real) {
        (Value::Object(fake), Value::Object(real)) => {
            for (key, value) in fake {
                let place = format!("{place} {key}");
                let found =
                    real.get(key).unwrap_or_else(|| panic!("{place}: the real one has no such field: {real:?}"));
                assert_included(value, found, &place);
                if ["kind", "apiVersion", "allowed", "audiences", "expirationSeconds", "iss"].contains(&key.as_str()) {
                    assert_eq!(value, found, "{place}");
                }
            }
        }
        (Value::Array(fake), Value::Array(real)) => {
            for (fake, real) in fake.iter().zip(real) {
                assert_included(fake, real, place);
            }
        }
        _ => assert_eq!(
            std::mem::discriminant(fake),
            std::mem::discriminant(real),
            "{place}: {fake} and {real} are of different types",
        ),
    }
}

#[tokio::test]
async fn the_fake_answers_a_least_privilege_issuer_as_the_real_one_does() {
    let (fake, real) = (Side::fake().await, Side::real().await);
    compare(&answers(&fake).await, &answers(&real).await);
}

#[tokio::test]
async fn the_fake_answers_an_issuer_that_may_look_as_the_real_one_does() {
    let (fake, real) = (Side::fake().await, Side::real().await);
    for side in [&fake, &real] {
        side.let_read_everything().await;
        side.let_issue_everywhere().await;
    }
    compare(&answers(&fake).await, &answers(&real).await);
}

#[tokio::test]
async fn the_fake_refuses_an_unknown_token_as_the_real_one_does() {
    let (fake, real) = (Side::fake().await, Side::real().await);
    for path in ["/version", "/api/v1/namespaces"] {
        let from_fake = fake.raw_as("nobody", Method::GET, path, None).await;
        assert_eq!(from_fake, real.raw_as("nobody", Method::GET, path, None).await);
        assert_eq!(from_fake.0, 401);
    }
}

#[tokio::test]
async fn the_fake_makes_tokens_with_exactly_the_claims_of_real_ones() {
    let mut shapes = Vec::new();
    for side in [Side::fake().await, Side::real().await] {
        let path = format!("/api/v1/namespaces/{}/serviceaccounts/{DEPLOYER}/token", side.namespace);
        let (_, answer) = side.raw(Method::POST, &path, Some(json!({ "spec": { "expirationSeconds": 700 } }))).await;
        let claims = claims(answer["status"]["token"].as_str().unwrap());
        assert_eq!(claims["exp"].as_i64().unwrap() - claims["iat"].as_i64().unwrap(), 700);
        assert_eq!(claims["sub"], format!("system:serviceaccount:{}:{DEPLOYER}", side.namespace));
        shapes.push(skeleton(&claims));
    }
    assert_eq!(shapes[0], shapes[1]);
}

#[tokio::test]
async fn a_token_of_the_fake_is_accepted_as_its_account_like_a_real_one() {
    for side in [Side::fake().await, Side::real().await] {
        let path = format!("/api/v1/namespaces/{}/serviceaccounts/{DEPLOYER}/token", side.namespace);
        let (_, answer) = side.raw(Method::POST, &path, Some(json!({ "spec": {} }))).await;
        let token = answer["status"]["token"].as_str().unwrap();
        let (_, review) = side.raw_as(token, Method::POST, SELF_REVIEW, Some(json!({}))).await;
        let user = format!("system:serviceaccount:{}:{DEPLOYER}", side.namespace);
        assert_eq!(review["status"]["userInfo"]["username"], user);
        let (status, _) = side.raw_as(token, Method::GET, "/api/v1/namespaces", None).await;
        assert_eq!(status, 403, "it has no rights");
        assert_ne!(ISSUER, DEPLOYER);
    }
}

/// The fields, with the name of their type in place of each value.
fn skeleton(value: &Value) -> Value {
    match value {
        Value::Object(fields) => fields.iter().map(|(key, value)| (key.clone(), skeleton(value))).collect(),
        Value::Array(items) => items.iter().map(skeleton).collect(),
        Value::Null => json!("null"),
        Value::Bool(_) => json!("boolean"),
        Value::Number(_) => json!("number"),
        Value::String(_) => json!("text"),
    }
}
