//! What another site makes a browser send changes nothing.

use http::Method;
use mayfly_server::http::access_table::TABLE;
use serde_json::{Value, json};

use crate::support::{ANA, ANAS_PASSWORD, Database, TestServer, TestServerOptions};

const ABSENT: &str = "018f0000-0000-7000-8000-000000000000";

/// A path with something for each parameter.
fn filled(pattern: &str) -> String {
    pattern.split('/').map(|part| if part.starts_with('{') { ABSENT } else { part }).collect::<Vec<_>>().join("/")
}

#[tokio::test]
async fn every_route_that_changes_something_refuses_another_origin() {
    let mut server = TestServer::sqlite().await;
    let ana = server.ana().await;
    let cookie = format!("mayfly={}", ana.token);
    let mut walked = 0;
    for (method, pattern, _) in TABLE.iter().filter(|row| row.0 != Method::GET) {
        for (name, value) in [
            ("origin", "https://evil.example"),
            ("sec-fetch-site", "cross-site"),
            ("sec-fetch-site", "same-site"),
            ("origin", "null"),
        ] {
            let caller = server.as_nobody().with_header("cookie", &cookie).with_header(name, value);
            caller.send(method.clone(), &filled(pattern), Some(&json!({}))).await.refused(403, "cross_origin");
            walked += 1;
        }
    }
    assert!(walked > 200, "{walked}");
    let reads = server.as_nobody().with_header("cookie", &cookie).with_header("sec-fetch-site", "cross-site");
    reads.get("/api/v1/users/me").await.ok();
    server.restart().await;
    let counted = server.events().await;
    let counted = counted.iter().filter(|event| event["event"]["metadata"]["reason"] == "cross-origin request");
    let counted: u64 = counted.map(|event| event["event"]["metadata"]["count"].as_u64().unwrap()).sum();
    assert_eq!(counted, walked, "each refusal is counted");
}

/// By what the server says of itself, and not by our own table: each operation that changes something is refused to a
/// browser on another site with a cookie that counts, and the same request of one's own page is heard.
#[tokio::test]
async fn every_described_operation_that_changes_something_refuses_another_site_and_hears_ones_own() {
    let server = TestServer::sqlite().await;
    let described = server.as_nobody().get("/api/openapi.json").await.ok();
    let mut cookie = format!("mayfly={}", server.ana().await.token);
    let (mut walked, mut signed_in) = (0, 0);
    for (pattern, operations) in described["paths"].as_object().unwrap() {
        for (method, _) in operations.as_object().unwrap().iter().filter(|(method, _)| *method != "get") {
            let method = Method::from_bytes(method.to_uppercase().as_bytes()).unwrap();
            let path = filled(pattern);
            let page =
                |site: &str| server.as_nobody().with_header("cookie", &cookie).with_header("sec-fetch-site", site);
            let refused = page("cross-site").send(method.clone(), &path, Some(&json!({}))).await;
            refused.refused(403, "cross_origin");
            let heard = page("same-origin").send(method.clone(), &path, Some(&json!({}))).await;
            let code = serde_json::from_str::<Value>(&heard.text).unwrap_or_default()["code"].clone();
            // Clusters send their log there, each with a token of its own and never a cookie.
            let is_known = code != "not_signed_in" || pattern.ends_with("/{connectionId}/audit-events");
            assert!(code != "cross_origin" && is_known && heard.status < 500, "{method} {path}: {heard:?}");
            if page("none").get("/api/v1/users/me").await.status != 200 {
                cookie = format!("mayfly={}", server.ana().await.token);
                signed_in += 1;
            }
            walked += 1;
        }
    }
    assert!(walked > 100, "{walked} operations");
    assert!(signed_in < 5, "a few of them end sessions: {signed_in}");
}

#[tokio::test]
async fn ones_own_page_and_programs_are_heard() {
    let mut options = TestServerOptions::new(Database::Sqlite);
    options.settings.public_url = "https://mayfly.example.com/app".to_owned();
    let server = TestServer::start(options).await;
    let body = json!({"email": ANA, "password": ANAS_PASSWORD});
    let own = format!("http://{}", server.address());
    for (name, value) in [
        ("sec-fetch-site", "same-origin"),
        ("sec-fetch-site", "none"),
        ("origin", own.as_str()),
        ("origin", "https://mayfly.example.com"),
    ] {
        server.as_nobody().with_header(name, value).post("/api/v1/auth/login", &body).await.ok();
    }
    for almost in
        ["http://mayfly.example.com", "https://mayfly.example.com.evil.example", "https://mayfly.example.com:444"]
    {
        let caller = server.as_nobody().with_header("origin", almost);
        caller.post("/api/v1/auth/login", &body).await.refused(403, "cross_origin");
    }
}
