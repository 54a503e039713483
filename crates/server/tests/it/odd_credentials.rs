//! Credentials of a wrong kind: each field of each login, empty, blank, of another type, twice and not at all.

use serde_json::{Value, json};

use crate::support::{ANA, ANAS_PASSWORD, TestServer};

/// What is no credential, whatever it is sent as.
fn odd() -> Vec<Value> {
    vec![
        json!(""),
        json!(" "),
        json!("\t\n"),
        json!("null"),
        json!("undefined"),
        json!("*"),
        json!("%"),
        Value::Null,
        json!([]),
        json!([""]),
        json!({}),
        json!({"$ne": ""}),
        json!({"$gt": ""}),
        json!(0),
        json!(1.5),
        json!(true),
        json!(false),
    ]
}

#[tokio::test]
async fn no_login_takes_an_odd_value_in_any_of_its_fields() {
    let server = TestServer::sqlite().await;
    let machine = server.lone_machine("no-access", &json!({})).await;
    let logins = [
        (
            "/api/v1/auth/universal-auth/login",
            json!({"clientId": machine.client_id, "clientSecret": machine.client_secret}),
            true,
        ),
        ("/api/v1/auth/login", json!({"email": ANA, "password": ANAS_PASSWORD, "kind": "token"}), true),
        ("/api/v1/auth/token/renew", json!({"accessToken": machine.token}), true),
        ("/api/v1/auth/oidc-auth/login", json!({"identityId": machine.id, "jwt": "e30.e30.c2ln"}), false),
        ("/api/v1/auth/kubernetes-auth/login", json!({"identityId": machine.id, "jwt": "e30.e30.c2ln"}), false),
    ];
    let mut tried = 0;
    for (path, right, is_right) in &logins {
        for field in right.as_object().unwrap().keys().filter(|field| *field != "kind") {
            let mut without = right.clone();
            without.as_object_mut().unwrap().remove(field);
            let mut bodies = vec![without];
            for value in odd() {
                let mut body = right.clone();
                body[field.as_str()] = value;
                bodies.push(body);
            }
            for body in bodies {
                let answer = server.as_nobody().post(path, &body).await;
                assert!((400..500).contains(&answer.status), "{path}: {body}: {}", answer.text);
                server.advance(1);
                tried += 1;
            }
            // Twice, the right one among them.
            let text = right.to_string();
            let twice = format!("{{\"{field}\":\"\",{}", text.get(1..).unwrap());
            let answer = server.as_nobody().post_bytes(path, Some("application/json"), twice.into_bytes()).await;
            assert_eq!(answer.status, 400, "{path}: {field} twice: {}", answer.text);
        }
        if *is_right {
            // Failures of people are throttled by their source.
            server.advance(3_600);
            server.from("127.0.0.9".parse().unwrap()).post(path, right).await.ok();
        }
    }
    assert!(tried > 150, "{tried}");
}

/// A change that leaves a field out, or says nothing with it, leaves what it guards as it was.
#[tokio::test]
async fn null_and_missing_fields_change_no_login_of_an_identity() {
    let server = TestServer::sqlite().await;
    let admin = server.as_admin();
    let settings = json!({"accessTokenTTL": 600, "accessTokenMaxTTL": 1200, "accessTokenNumUsesLimit": 7,
        "clientSecretTrustedIps": [{"ipAddress": "192.0.2.0/24"}],
        "accessTokenTrustedIps": [{"ipAddress": "192.0.2.0/24"}]});
    let machine = admin.post("/api/v1/identities", &json!({"name": "guarded"})).await.ok();
    let path = format!("/api/v1/auth/universal-auth/identities/{}", machine["identity"]["id"].as_str().unwrap());
    admin.post(&path, &settings).await.ok();
    let before = admin.get(&path).await.ok();
    for field in settings.as_object().unwrap().keys() {
        for body in [json!({}), json!({ field: null })] {
            let answer = admin.patch(&path, &body).await;
            assert!([200, 422].contains(&answer.status), "{body}: {}", answer.text);
            let after = admin.get(&path).await.ok();
            for field in settings.as_object().unwrap().keys() {
                let of = |value: &Value| value["identityUniversalAuth"][field].clone();
                assert_eq!(of(&after), of(&before), "{field} after {body}");
                assert!(!of(&after).is_null(), "{field}");
            }
        }
    }
}
