//! Paths that are written otherwise (attack A03 of the design): the router and the access check see the same text, so
//! that no spelling leads to an operation past its check. Nothing is cleaned up on the way: the requests are raw bytes.

use serde_json::json;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};

use super::world::World;
use crate::support::TestServer;

/// A request as bytes, its place in its body; gives the status of its answer.
async fn status(server: &TestServer, request: (&str, &str), token: Option<&str>, place: &str) -> u16 {
    let mut line = TcpStream::connect(server.address()).await.unwrap();
    let (method, path) = request;
    let token = token.map(|token| format!("Authorization: Bearer {token}\r\n")).unwrap_or_default();
    let length = place.len();
    let request = format!(
        "{method} {path} HTTP/1.1\r\nHost: localhost\r\n{token}Content-Type: application/json\r\n\
         Content-Length: {length}\r\nConnection: close\r\n\r\n{place}"
    );
    line.write_all(request.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    // A server that refuses a line may hang up with the rest unread.
    let _ = line.read_to_end(&mut answer).await;
    let answer = String::from_utf8_lossy(&answer);
    let status = answer.strip_prefix("HTTP/1.1 ").and_then(|rest| rest.get(..3)?.parse().ok());
    status.unwrap_or_else(|| panic!("{method} {path}: {answer}"))
}

/// Other ways to write a path that begins with `/api/v1/`.
fn spellings(path: &str) -> Vec<String> {
    let (version, rest) = ("/api/v1/", path.strip_prefix("/api/v1/").unwrap());
    let under = |prefix: &str| format!("{prefix}{rest}");
    let mut all: Vec<String> = [
        "//api/v1/",
        "/api//v1/",
        "/api/v1//",
        "///api///v1///",
        "/./api/v1/",
        "/api/./v1/",
        "/api/v1/./",
        "/x/../api/v1/",
        "/api/x/../v1/",
        "/api/v1/x/../",
        "/../api/v1/",
        "/%2e/api/v1/",
        "/api/%2e/v1/",
        "/api/v1/%2e/",
        "/x/%2e%2e/api/v1/",
        "/api/x/%2E%2E/v1/",
        "/api/v1/x/.%2e/",
        "/api/v1/x/%252e%252e/",
        "/api/status/../v1/",
        "/api/status/%2e%2e/v1/",
        "/api/v1/auth/universal-auth/login/../../../",
        "/api%2fv1/",
        "/api%2Fv1/",
        "/%2fapi/v1/",
        "/api%252fv1/",
        "/api%5cv1/",
        "/api\\v1/",
        "\\api\\v1\\",
        "/api;/v1/",
        "/api;x=y/v1/",
        "/api/v1;/",
        "/API/v1/",
        "/api/V1/",
        "/Api/V1/",
        "/%61pi/v1/",
        "/api/%761/",
        "/api/v%31/",
        "/%2561pi/v1/",
        "/%EF%BD%81pi/v1/",
        "/api/v%EF%BC%91/",
        "/api%c0%afv1/",
        "/api/v1%c0%ae/",
        "/%u0061pi/v1/",
        "/api%00/v1/",
        "/api/v1%00/",
        "/api%20/v1/",
        "/%20/api/v1/",
        "/api/v1/%09/",
        "/api%0d%0a/v1/",
        "/api/v01/",
        "/api/v1.0/",
        "/v1/",
        "/api/",
        "/api/v2/",
        "/api/v1/api/v1/",
    ]
    .map(under)
    .to_vec();
    let (first, tail) = rest.split_once('/').map_or((rest, String::new()), |(first, tail)| (first, format!("/{tail}")));
    let name = |name: &str| format!("{version}{name}{tail}");
    let hex = first.bytes().fold(String::new(), |text, byte| text + &format!("%{byte:02x}"));
    all.extend([name(&first.to_uppercase()), name(&hex), name(&format!("{first};x")), name(&format!("{first}%00"))]);
    all.extend([name(&format!("{first}%2f")), name(&format!("{first}%2e")), name(&format!("%20{first}"))]);
    for end in [
        "/", "//", "/.", "/..", "/../", "%2f", "%2F", "/%2e", "/%2e%2e", ".json", ";", "%00", "%20", "%23", "%3f",
        "\\", "%zz", "%",
    ] {
        all.push(format!("{path}{end}"));
    }
    all
}

#[tokio::test]
async fn no_spelling_of_a_path_leads_past_its_check() {
    let server = TestServer::sqlite().await;
    let world = World::whole(&server).await;
    let stranger = server.lone_machine("no-access", &json!({})).await.token;
    let project = &world.project;
    let place = format!("projectSlug={}&environmentSlug=prod&path=%2F", project.slug);
    let body = json!({"projectSlug": project.slug, "environmentSlug": "prod", "path": "/"}).to_string();
    let lease = world.id("leaseId");
    let targets = [
        ("GET", format!("/api/v1/workspace/{}", project.id), String::new()),
        ("GET", "/api/v1/dynamic-secrets/ci".to_owned(), format!("?{place}")),
        ("GET", "/api/v1/organization/audit-logs".to_owned(), String::new()),
        ("GET", format!("/api/v1/leases/{lease}"), format!("?projectSlug={}", project.slug)),
        ("DELETE", format!("/api/v1/dynamic-secrets/leases/{lease}"), String::new()),
    ];
    let before = server.home.rows().await;
    let (mut spelt, mut checked) = (0, 0);
    for (method, path, query) in &targets {
        for spelling in spellings(path).iter().map(|spelling| format!("{spelling}{query}")) {
            let told = format!("{method} {spelling}");
            let nobody = status(&server, (method, &spelling), None, &body).await;
            assert!([400, 401, 404, 405].contains(&nobody), "{told}: nobody gets {nobody}");
            let of_stranger = status(&server, (method, &spelling), Some(&stranger), &body).await;
            assert!((400..500).contains(&of_stranger), "{told}: a stranger gets {of_stranger}");
            // Whoever was not asked to sign in met no operation: then nobody meets one.
            if nobody == 401 {
                checked += 1;
            } else {
                let of_admin = status(&server, (method, &spelling), Some(server.admin_token()), &body).await;
                assert_eq!(of_admin, nobody, "{told}: an admin gets {of_admin}");
            }
            spelt += 1;
        }
    }
    println!("{spelt} spellings of {} paths, {checked} of them led to an operation's check", targets.len());
    assert!(spelt >= 200 && checked >= 10, "{spelt} {checked}");
    let mut after = server.home.rows().await;
    after.insert("audit_events".to_owned(), before["audit_events"]);
    assert_eq!(after, before, "something was done");
    // The same requests, as they are written and by whoever may.
    for (method, path, query) in &targets {
        let path = format!("{path}{query}");
        assert_eq!(status(&server, (method, &path), None, &body).await, 401, "{path}");
        assert_eq!(status(&server, (method, &path), Some(server.admin_token()), &body).await, 200, "{path}");
    }
}
