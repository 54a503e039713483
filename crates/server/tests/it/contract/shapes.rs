//! What holds for every reply: its type, its times, its envelope.

use serde_json::{Value, json};

use super::tidy;
use crate::support::{TestServer, merged};

fn times<'a>(value: &'a Value, found: &mut Vec<(&'a str, &'a str)>) {
    match value {
        Value::Object(fields) => {
            for (key, value) in fields {
                match value {
                    Value::String(text) if key.ends_with("At") => found.push((key, text)),
                    other => times(other, found),
                }
            }
        }
        Value::Array(entries) => entries.iter().for_each(|entry| times(entry, found)),
        _ => {}
    }
}

#[tokio::test]
async fn every_time_is_rfc_3339_with_its_zone() {
    let server = TestServer::sqlite().await;
    server.new_secret("ci").await;
    let admin = server.as_admin();
    let mut replies = vec![server.issue(&admin, "ci").await];
    for path in ["/api/v1/workspace", "/api/v1/identities", "/api/v1/organization/audit-logs"] {
        replies.push(admin.get(path).await.ok());
    }
    replies.push(admin.get(&format!("/api/v1/leases?projectSlug={}", server.project.slug)).await.ok());
    let mut found = Vec::new();
    for reply in &replies {
        times(reply, &mut found);
    }
    assert!(found.len() > 10, "{found:?}");
    for (key, text) in found {
        assert!(text.ends_with('Z') && text.parse::<jiff::Timestamp>().is_ok(), "{key}: {text}");
    }
}

#[tokio::test]
async fn the_status_needs_nobody_and_tells_what_clients_ask() {
    let server = TestServer::sqlite().await;
    let mut status = server.as_nobody().get("/api/status").await.ok();
    assert_eq!(status["message"], "Ok");
    status["version"] = json!("[version]");
    insta::assert_json_snapshot!("status", status);
}

#[tokio::test]
async fn each_family_of_errors_has_its_envelope() {
    let server = TestServer::sqlite().await;
    let viewer = server.as_machine("viewer").await;
    server.new_secret("ci").await;
    let admin = server.as_admin();
    let bad = merged(&server.secret_request("CI Secret"), &json!({"defaultTTL": 3600, "maxTTL": "soon"}));
    let answers = [
        ("faulty fields", admin.post("/api/v1/dynamic-secrets", &bad).await),
        ("not signed in", server.as_nobody().get("/api/v1/workspace").await),
        ("missing right", server.issue_with(&viewer, "ci", &json!({})).await),
        ("taken name", admin.post("/api/v1/dynamic-secrets", &server.secret_request("ci")).await),
        ("missing", admin.get(&format!("/api/v1/dynamic-secrets/other?{}", server.place_query())).await),
        ("unknown route", admin.get("/api/v1/nothing").await),
        ("wrong method", admin.send(http::Method::PUT, "/api/v1/workspace", None).await),
    ];
    let told: Vec<Value> =
        answers.iter().map(|(what, answer)| json!({"what": what, "answer": answer.without_request_id()})).collect();
    insta::assert_json_snapshot!("errors", tidy(&server, &json!(told)));
}

#[tokio::test]
async fn every_reply_tells_browsers_to_keep_nothing_and_guess_nothing() {
    let server = TestServer::sqlite().await;
    for path in ["/api/status", "/api/v1/workspace", "/api/v1/nothing"] {
        let answer = server.as_admin().get(path).await;
        assert_eq!(answer.header("cache-control"), "no-store", "{path}");
        assert_eq!(answer.header("x-content-type-options"), "nosniff", "{path}");
        assert_eq!(answer.header("x-frame-options"), "DENY", "{path}");
    }
}
