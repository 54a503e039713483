//! What is wrong before any field is read: bodies, types, methods, paths, headers.

use http::Method;
use serde_json::json;

use super::SECRET;
use crate::support::{Caller, TestServer, merged, paths_and_codes};

const PATH: &str = "/api/v1/dynamic-secrets/leases";

#[tokio::test]
async fn bodies_that_are_no_plain_json_object_are_refused() {
    let server = TestServer::sqlite().await;
    let admin = server.as_admin();
    let before = server.home.rows().await;
    let deep = format!("{{\"config\":{}{}}}", "[".repeat(1_000), "]".repeat(1_000));
    let bodies: [(&str, Vec<u8>, &str); 7] = [
        ("not JSON", format!("{{\"a\": {SECRET}").into_bytes(), "not valid JSON (line 1"),
        ("a list", b"[]".to_vec(), "must be a JSON object"),
        ("a key twice", format!("{{\"ttl\": \"{SECRET}\", \"ttl\": \"1h\"}}").into_bytes(), "twice: `ttl`"),
        ("a key twice inside", b"{\"config\": {\"namespace\": 1, \"namespace\": 2}}".to_vec(), "twice: `namespace`"),
        ("a depth of 1,000", deep.into_bytes(), "nested more than 32 deep"),
        ("two values", b"{} {}".to_vec(), "not valid JSON"),
        ("bytes that are no text", b"{\"ttl\": \"\xff\xfe\"}".to_vec(), "not valid JSON"),
    ];
    for (what, body, text) in bodies {
        let answer = admin.post_bytes(PATH, Some("application/json"), body).await;
        let message = answer.refused(400, "malformed_json");
        assert!(message.contains(text), "{what}: {message}");
        assert!(!answer.text.contains(SECRET), "{what}");
    }
    assert_eq!(server.home.rows().await, before);
}

#[tokio::test]
async fn a_body_may_have_256_kib_and_not_a_byte_more() {
    const LARGEST: usize = 256 * 1024;
    let server = TestServer::sqlite().await;
    let padded = |length: usize| {
        let start = b"{\"ttl\": \"".to_vec();
        let rest = length - start.len() - 2;
        [start, vec![b'x'; rest], b"\"}".to_vec()].concat()
    };
    let admin = server.as_admin();
    let fits = admin.post_bytes(PATH, Some("application/json"), padded(LARGEST)).await;
    assert_eq!(fits.status, 422, "{}", fits.text.chars().take(300).collect::<String>());
    let over = admin.post_bytes(PATH, Some("application/json"), padded(LARGEST + 1)).await;
    assert!(over.refused(413, "body_unreadable").contains("256 KiB"));
}

#[tokio::test]
async fn other_content_types_are_refused_by_name() {
    let server = TestServer::sqlite().await;
    let admin = server.as_admin();
    for kind in ["application/xml", "text/plain", "application/x-www-form-urlencoded", "text/json", ""] {
        let answer = admin.post_bytes(PATH, Some(kind), b"{}".to_vec()).await;
        assert!(answer.refused(415, "unsupported_media_type").contains("application/json"), "{kind}");
    }
    for kind in [None, Some("application/json; charset=utf-8"), Some("Application/JSON")] {
        assert_eq!(admin.post_bytes(PATH, kind, b"{}".to_vec()).await.status, 422, "{kind:?}");
    }
}

#[tokio::test]
async fn fields_that_the_server_owns_change_nothing() {
    let server = TestServer::sqlite().await;
    let admin = server.as_admin();
    let owned = json!({"id": "018f0000-0000-7000-8000-000000000000", "version": 99, "status": "Failed to delete",
        "folderId": "x", "createdAt": "1999-01-01T00:00:00Z", "holder": {"type": "platform"}, "state": "ended",
        "expireAt": "2099-01-01T00:00:00Z", "externalEntityId": "root", "tokenExpiresAt": "2099-01-01T00:00:00Z",
        "orgId": "x", "projectId": "x"});
    let made = admin.post("/api/v1/dynamic-secrets", &merged(&server.secret_request("ci"), &owned)).await.ok();
    let issued = server.issue_with(&admin, "ci", &owned).await.ok();
    let change = merged(&server.place(), &merged(&owned, &json!({ "data": owned })));
    let changed = admin.patch("/api/v1/dynamic-secrets/ci", &change).await.ok();
    for (reply, noun) in [(&made, "dynamicSecret"), (&issued, "lease"), (&changed, "dynamicSecret")] {
        for (field, value) in owned.as_object().unwrap() {
            assert_ne!(reply[noun].get(field), Some(value), "{noun}.{field} was taken over");
        }
    }
    // Our own routes refuse what they do not know.
    let path = format!("/api/v1/leases?projectSlug={}&expireAt=x", server.project.slug);
    assert_eq!(paths_and_codes(&admin.get(&path).await.faults()), [("query.expireAt", "unknown_field")]);
}

#[tokio::test]
async fn unknown_paths_are_404() {
    let server = TestServer::sqlite().await;
    let paths = [
        "/",
        "/api",
        "/api/v1",
        "/api/v1/Dynamic-Secrets",
        "/api/v1/dynamic-secrets/",
        "/api/v9/workspace",
        "/api/v1//workspace",
        "/api/v1/workspace/..%2fprojects",
        "/api/v1/%64ynamic-secrets",
    ];
    for path in paths {
        let answer = server.as_admin().get(path).await;
        assert_eq!((answer.status, answer.problem()["error"].as_str()), (404, Some("NotFound")), "{path}");
    }
}

#[tokio::test]
async fn methods_that_a_path_does_not_have_are_405() {
    let server = TestServer::sqlite().await;
    let description = mayfly_server::http::openapi::description();
    let known = mayfly_server::http::access_table::described(&description);
    let mut refused = 0;
    for path in description.paths.paths.keys() {
        for method in [Method::GET, Method::POST, Method::PUT, Method::PATCH, Method::DELETE] {
            // A path with a parameter stands for all of its kind: what fits another row belongs to that one.
            if known.iter().any(|(other, known)| *other == method && fits(known, path)) {
                continue;
            }
            let answer = server.as_admin().send(method.clone(), &path.replace(['{', '}'], ""), None).await;
            answer.refused(405, "method_not_allowed");
            refused += 1;
        }
    }
    assert!(refused > 100, "{refused}");
}

/// Whether a request to `path`, with its parameters' names for values, is one to `pattern`.
fn fits(pattern: &str, path: &str) -> bool {
    let is_same = |(one, other): (&str, &str)| one == other || one.starts_with('{');
    pattern.split('/').count() == path.split('/').count() && pattern.split('/').zip(path.split('/')).all(is_same)
}

async fn unauthorized(caller: &Caller, code: &str) {
    caller.get("/api/v1/workspace").await.refused(401, code);
}

#[tokio::test]
async fn a_credential_is_one_header_with_one_word_before_it() {
    let server = TestServer::sqlite().await;
    let token = server.lone_machine("no-access", &json!({})).await.token;
    let nobody = || server.as_nobody();
    unauthorized(&nobody(), "not_signed_in").await;
    for value in ["Bearer", "Bearer ", "Basic abc", "Token abc", &token, ""] {
        unauthorized(&nobody().with_header("authorization", value), "malformed_credential").await;
    }
    unauthorized(&nobody().with_token(&token).with_header("authorization", "Bearer x"), "malformed_credential").await;
    for value in ["x", "a.b.c", "null", "undefined", "{}", "st.abc"] {
        unauthorized(&nobody().with_token(value), "access_token_refused").await;
    }
    nobody().with_header("authorization", &format!("bearer {token}")).get("/api/v1/workspace").await.ok();
}

#[tokio::test]
async fn blank_and_wrong_credentials_get_one_text() {
    let server = TestServer::sqlite().await;
    let machine = server.lone_machine("no-access", &json!({})).await;
    let log_in = async |id: &str, secret: &str| {
        let body = json!({"clientId": id, "clientSecret": secret});
        server.as_nobody().post("/api/v1/auth/universal-auth/login", &body).await
    };
    let wrong = log_in(&machine.client_id, SECRET).await;
    wrong.refused(401, "credentials_refused");
    for (id, secret) in [("018f0000-0000-7000-8000-000000000000", SECRET), ("x", ""), (&machine.client_id, " ")] {
        let answer = log_in(id, secret).await;
        assert_eq!(answer.without_request_id(), wrong.without_request_id(), "{id} {secret:?}");
    }
    let faults = log_in("\u{0}", SECRET).await.faults();
    assert_eq!(paths_and_codes(&faults), [("body.clientId", "invalid_value")]);
    let listed = json!({"clientId": [machine.client_id], "clientSecret": {"$ne": ""}});
    let faults = server.as_nobody().post("/api/v1/auth/universal-auth/login", &listed).await.faults();
    assert_eq!(paths_and_codes(&faults), [("body.clientId", "invalid_type"), ("body.clientSecret", "invalid_type")]);
}

#[tokio::test]
async fn pages_and_orders_have_bounds() {
    let server = TestServer::sqlite().await;
    let admin = server.as_admin();
    let bad = [("limit", "-1"), ("limit", "1000000000"), ("limit", "abc"), ("offset", "-1"), ("offset", "1.5")];
    for (name, value) in bad {
        for path in ["/api/v1/identities", "/api/v1/organization/audit-logs"] {
            let faults = admin.ask(path, &[(name, value)]).await.faults();
            assert_eq!(faults[0].0, format!("query.{name}"), "{path}");
            assert!(faults[0].2.contains("whole number from"), "{path}: {faults:?}");
        }
    }
    for body in [json!({"orderBy": "name;drop"}), json!({"orderDirection": "sideways"}), json!({"limit": 0})] {
        admin.post("/api/v1/identities/search", &body).await.faults();
    }
    let path = format!("/api/v1/leases?projectSlug={}&state=gone&cursor=abc&limit=101", server.project.slug);
    assert_eq!(admin.get(&path).await.faults().len(), 3);
}
