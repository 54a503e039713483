//! Floods, forged addresses, and what every answer says to browsers.

use std::time::Duration;

use http::{HeaderName, Method};
use mayfly_server::http::{
    Most,
    guards::{Hardening, StrictTransport},
    proxies::TrustedProxies,
    rate_limits::RateLimits,
};
use mayfly_testkit::fake_cluster::{Calls, Fault, Gate, When};
use serde_json::json;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};

use crate::listener::until_closed;
use crate::support::{Answer, Database, TestServer, TestServerOptions, wait_until};

const WHO_AM_I: &str = "/api/v1/identities/details";
const ENROLMENT: &str = "/api/v1/gateway-enrolments";
const TUNNELS: &str = "/api/v1/gateway-tunnels";
const LOGIN: &str = "/api/v1/auth/universal-auth/login";

async fn with(hardening: Hardening) -> TestServer {
    TestServer::start(TestServerOptions { hardening, ..TestServerOptions::new(Database::Sqlite) }).await
}

fn limits(rate_limits: RateLimits) -> Hardening {
    Hardening { rate_limits, ..Hardening::default() }
}

fn rate(answer: &Answer) -> [&str; 4] {
    ["x-ratelimit-limit", "x-ratelimit-remaining", "x-ratelimit-reset", "retry-after"].map(|name| answer.header(name))
}

#[tokio::test]
async fn an_identity_that_asks_too_often_waits_and_others_do_not() {
    let server = with(limits(RateLimits { read: Some(3), ..RateLimits::NONE })).await;
    let one = server.lone_machine("no-access", &json!({})).await;
    let other = server.lone_machine("no-access", &json!({})).await;
    let [one, other] = [one, other].map(|machine| server.as_nobody().with_token(&machine.token));
    for left in ["2", "1", "0"] {
        let answer = one.get(WHO_AM_I).await;
        answer.ok();
        assert_eq!(rate(&answer)[..2], ["3", left]);
    }
    let refused = one.get(WHO_AM_I).await;
    let problem = refused.problem();
    assert_eq!((refused.status, &problem["error"]), (429, &json!("RateLimitExceeded")));
    assert!(refused.refused(429, "too_many_requests").contains("try again in 20 seconds"));
    assert_eq!(rate(&refused), ["3", "0", "60", "20"]);
    other.get(WHO_AM_I).await.ok();
    assert_eq!(rate(&one.post("/api/v1/identities", &json!({"name": "x"})).await), [""; 4], "writing is counted apart");
    server.advance(20);
    one.get(WHO_AM_I).await.ok();
    one.get(WHO_AM_I).await.refused(429, "too_many_requests");
}

#[tokio::test]
async fn strangers_are_counted_by_their_address_and_the_status_is_always_told() {
    let proxies =
        TrustedProxies::new(vec!["127.0.0.1/32".parse().unwrap()], HeaderName::from_static("x-forwarded-for"));
    let rate_limits = RateLimits { auth: Some(5), ..RateLimits::NONE };
    let server = with(Hardening { proxies: proxies.unwrap(), rate_limits, ..Hardening::default() }).await;
    let from = |address: &str| server.as_nobody().with_header("x-forwarded-for", address);
    let wrong = json!({"clientId": "018f0000-0000-7000-8000-000000000000", "clientSecret": "wrong"});
    let attacker = from("192.0.2.66, 198.51.100.1");
    for _ in 0..5 {
        attacker.post(LOGIN, &wrong).await.refused(401, "credentials_refused");
    }
    attacker.post(LOGIN, &wrong).await.refused(429, "too_many_requests");
    // What stands left of the address the proxy saw is the attacker's own invention.
    from("192.0.2.67, 198.51.100.1").post(LOGIN, &wrong).await.refused(429, "too_many_requests");
    from("198.51.100.1").with_token("made.up.token").get(WHO_AM_I).await.refused(429, "too_many_requests");
    from("198.51.100.2").post(LOGIN, &wrong).await.refused(401, "credentials_refused");
    attacker.with_token(server.admin_token()).get(WHO_AM_I).await.ok();
    for _ in 0..20 {
        let status = from("198.51.100.1").get("/api/status").await;
        status.ok();
        assert_eq!(rate(&status), [""; 4]);
    }
}

#[tokio::test]
async fn whoever_tries_to_enrol_too_often_waits() {
    let server = with(limits(RateLimits { enrolment: Some(2), ..RateLimits::NONE })).await;
    let anybody = server.as_nobody();
    for _ in 0..2 {
        anybody.get(ENROLMENT).await.refused(426, "upgrade_required");
    }
    let refused = anybody.get(ENROLMENT).await;
    refused.refused(429, "too_many_requests");
    assert_eq!(refused.header("retry-after"), "30");
    anybody.get(TUNNELS).await.refused(426, "upgrade_required");
    server.advance(30);
    anybody.get(ENROLMENT).await.refused(426, "upgrade_required");
}

#[tokio::test]
async fn a_forwarded_address_counts_only_from_a_trusted_proxy() {
    let server = with(Hardening::default()).await;
    server.as_admin().with_header("x-forwarded-for", "198.51.100.9").get("/api/v1/identities/nobody").await;
    server.as_machine("viewer").await.with_header("x-forwarded-for", "198.51.100.9").get("/api/v1/stops").await;
    let logs = server.as_admin().ask("/api/v1/organization/audit-logs", &[("eventType", "access-denied")]).await.ok();
    assert_eq!(logs["auditLogs"][0]["ipAddress"], "127.0.0.1", "{logs}");
}

#[tokio::test]
async fn as_many_requests_run_at_a_time_as_may_and_the_status_is_still_told() {
    let requests = Most { altogether: 3, of_source: 2 };
    let server = with(Hardening { requests, ..Hardening::default() }).await;
    server.new_secret("ci").await;
    let gate = Gate::default();
    server.cluster.faults().inject(Calls::Token, When::Always, Fault::Delay(gate.clone()));
    let issuing: Vec<_> = (0..2)
        .map(|_| {
            let (admin, request) = (server.as_admin(), server.lease_request("ci", &json!({})));
            tokio::spawn(async move { admin.post("/api/v1/dynamic-secrets/leases", &request).await })
        })
        .collect();
    server.cluster.requests().wait_for(Calls::Token, 2).await;
    let refused = server.as_admin().get(WHO_AM_I).await;
    refused.refused(429, "too_many_at_once");
    assert_eq!(refused.header("retry-after"), "1");
    server.as_nobody().get("/api/status").await.ok();
    gate.open();
    for issued in issuing {
        issued.await.unwrap().ok();
    }
    server.as_admin().get(WHO_AM_I).await.ok();
}

#[tokio::test]
async fn a_request_has_one_deadline_and_what_it_began_comes_to_its_end() {
    let longest_request = Some(Duration::from_secs(5));
    let server = with(Hardening { longest_request, ..Hardening::default() }).await;
    server.new_secret("ci").await;
    let gate = Gate::default();
    server.cluster.faults().inject(Calls::Token, When::Always, Fault::Delay(gate.clone()));
    let (admin, request) = (server.as_admin(), server.lease_request("ci", &json!({})));
    let asked = tokio::spawn(async move { admin.post("/api/v1/dynamic-secrets/leases", &request).await });
    server.cluster.requests().wait_for(Calls::Token, 1).await;
    server.advance(6);
    asked.await.unwrap().refused(504, "request_timed_out");
    gate.open();
    wait_until("the lease is given up", || async {
        server.home.number("SELECT COUNT(*) FROM lease_states WHERE state = 'active'").await == 0
    })
    .await;
}

/// The headers that every answer has, whatever it is.
const ALWAYS: [(&str, &str); 6] = [
    ("x-content-type-options", "nosniff"),
    ("referrer-policy", "no-referrer"),
    ("x-frame-options", "DENY"),
    ("cross-origin-opener-policy", "same-origin"),
    ("cross-origin-resource-policy", "same-origin"),
    ("cache-control", "no-store"),
];

fn is_sealed_off(answer: &Answer) {
    for (name, value) in ALWAYS {
        assert_eq!(answer.header(name), value, "{}: {name}", answer.asked);
    }
    let policy = answer.header("content-security-policy");
    assert!(policy.starts_with("default-src 'none'") && policy.contains("frame-ancestors 'none'"), "{}", answer.asked);
    assert!(answer.header("permissions-policy").contains("camera=()"), "{}", answer.asked);
    for name in ["server", "x-powered-by", "access-control-allow-origin"] {
        assert_eq!(answer.header(name), "", "{}: {name}", answer.asked);
    }
}

#[tokio::test]
async fn every_answer_tells_browsers_to_run_frame_and_keep_nothing() {
    let strict_transport = StrictTransport::Told;
    let server = with(Hardening { strict_transport, ..Hardening::default() }).await;
    let (nobody, admin) = (server.as_nobody(), server.as_admin());
    let answers = [
        nobody.get("/api/status").await,
        nobody.get("/api/openapi.json").await,
        nobody.get(WHO_AM_I).await,
        admin.get(WHO_AM_I).await,
        nobody.get("/nothing/here").await,
        nobody.delete("/api/status", &json!({})).await,
        admin.post_bytes("/api/v1/stops", None, vec![b'['; 300_000]).await,
        admin.post("/api/v1/stops", &json!({"surprise": 1})).await,
    ];
    for answer in &answers {
        is_sealed_off(answer);
        assert!(answer.header("strict-transport-security").starts_with("max-age=63072000"), "{}", answer.asked);
    }
    let plain = with(Hardening::default()).await;
    let answer = plain.as_nobody().get("/api/status").await;
    assert_eq!(answer.header("strict-transport-security"), "", "whoever is reached without TLS says nothing of it");
    let page = nobody.get("/api/docs/").await;
    assert!(page.header("content-security-policy").contains("script-src 'self'"), "{page:?}");
}

#[tokio::test]
async fn methods_that_no_route_has_are_refused_everywhere() {
    let server = with(Hardening::default()).await;
    let methods = ["TRACE", "TRACK", "DEBUG", "PROPFIND", "LOCK", "get", "CONNECTS"];
    for method in methods.map(|name| Method::from_bytes(name.as_bytes()).unwrap()) {
        for path in ["/api/status", WHO_AM_I, "/nothing/here"] {
            let answer = server.as_admin().send(method.clone(), path, None).await;
            assert_eq!(answer.status, 405, "{method} {path}: {}", answer.text);
            assert!(!answer.text.contains(server.admin_token()), "{method} {path}");
        }
    }
    for (method, path) in [(Method::PUT, "/api/status"), (Method::DELETE, WHO_AM_I), (Method::POST, "/api/v2/gateways")]
    {
        let answer = server.as_admin().send(method, path, None).await;
        answer.refused(405, "method_not_allowed");
        assert!(answer.header("allow").contains("GET"), "{answer:?}");
    }
}

/// No header but `Authorization` says who somebody is, and none of them can be made to vanish on the way.
#[tokio::test]
async fn tricks_with_headers_make_nobody_of_somebody_and_somebody_of_nobody() {
    let server = with(Hardening::default()).await;
    let who = server.as_admin().get(WHO_AM_I).await.ok();
    for name in ["authorization", "x-forwarded-for", "host", "content-length", "cookie", "close, authorization"] {
        let told = server.as_admin().with_header("connection", name).get(WHO_AM_I).await;
        assert_eq!(told.ok(), who, "{name}");
        server.as_nobody().with_header("connection", name).get(WHO_AM_I).await.refused(401, "not_signed_in");
    }
    let bearer = format!("Bearer {}", server.admin_token());
    for name in [
        "authorization_",
        "x-authorization",
        "proxy-authorization",
        "x-forwarded-authorization",
        "x_authorization",
        "x-original-authorization",
        "impersonate-user",
        "impersonate-group",
        "x-remote-user",
        "x-forwarded-user",
        "x-auth-request-user",
        "x-ms-client-principal",
        "cookie",
        "x-api-key",
        "x-access-token",
        "x-http-method-override",
    ] {
        let told = server.as_nobody().with_header(name, &bearer).get(WHO_AM_I).await;
        told.refused(401, "not_signed_in");
    }
}

/// A member of one project who names ids of another, and ids of nothing: not a byte tells which is which.
#[tokio::test]
async fn ids_of_other_projects_and_ids_of_nothing_answer_alike_to_a_member() {
    let server = with(Hardening::default()).await;
    server.new_secret("ci").await;
    let lease = server.issue(&server.as_admin(), "ci").await["lease"]["id"].as_str().unwrap().to_owned();
    let own = server.new_project("own-abc1").await;
    let machine = server.lone_machine("no-access", &json!({})).await;
    server.join(&machine.id, &own, "admin").await;
    let member = server.as_nobody().with_token(&machine.token);
    let absent = "018f0000-0000-7000-8000-000000000000";
    let environment = format!("/api/v1/projects/{}/environments/slug/dev", server.project.id);
    let environment = server.as_admin().get(&environment).await.ok()["environment"]["id"].as_str().unwrap().to_owned();
    let place = json!({"projectSlug": own.slug, "environmentSlug": "dev", "path": "/"});
    let forget = json!({"projectSlug": own.slug, "reason": "a test"});
    let mut compared = 0;
    for (method, path, id, body) in [
        (
            Method::GET,
            "/api/v1/dynamic-secrets/leases/{id}?projectSlug=own-abc1&environmentSlug=dev&path=%2F",
            &lease,
            None,
        ),
        (Method::DELETE, "/api/v1/dynamic-secrets/leases/{id}", &lease, Some(&place)),
        (Method::POST, "/api/v1/dynamic-secrets/leases/{id}/renew", &lease, Some(&place)),
        (Method::GET, "/api/v1/leases/{id}?projectSlug=own-abc1", &lease, None),
        (Method::POST, "/api/v1/leases/{id}/forget", &lease, Some(&forget)),
        (Method::GET, "/api/v1/workspace/environments/{id}", &environment, None),
        (Method::GET, "/api/v1/projects/{id}", &server.project.id, None),
        (Method::GET, "/api/v1/projects/{id}/memberships/identities", &server.project.id, None),
        (Method::DELETE, "/api/v1/projects/{id}", &server.project.id, Some(&json!({}))),
    ] {
        let ask = async |id: &str| member.send(method.clone(), &path.replace("{id}", id), body).await;
        let (foreign, missing) = (ask(id).await, ask(absent).await);
        let without = |answer: &Answer, id: &str| answer.without_request_id().to_string().replace(id, "[asked]");
        assert_eq!(without(&foreign, id), without(&missing, absent), "{method} {path}");
        assert_eq!(foreign.status, 404, "{method} {path}: {}", foreign.text);
        let headers = |answer: &Answer| {
            let names = answer
                .headers
                .iter()
                .filter(|(name, _)| !["x-request-id", "date", "content-length"].contains(&name.as_str()));
            names.map(|(name, value)| format!("{name}: {value:?}")).collect::<Vec<_>>()
        };
        assert_eq!(headers(&foreign), headers(&missing), "{method} {path}");
        compared += 1;
    }
    assert_eq!(compared, 9);
}

async fn send(server: &TestServer, bytes: &[u8]) -> String {
    let mut stream = TcpStream::connect(server.address()).await.unwrap();
    stream.write_all(bytes).await.unwrap();
    let mut told = Vec::new();
    let _ = stream.read_to_end(&mut told).await;
    String::from_utf8_lossy(&told).into_owned()
}

#[tokio::test]
async fn heads_that_are_too_large_are_refused() {
    let server = with(Hardening::default()).await;
    let head = |headers: &str| format!("GET /api/status HTTP/1.1\r\nhost: x\r\nconnection: close\r\n{headers}\r\n");
    let many = |count: usize| (0..count).map(|number| format!("x-{number}: 1\r\n")).collect::<Vec<_>>().concat();
    assert!(send(&server, head(&many(90)).as_bytes()).await.starts_with("HTTP/1.1 200"));
    assert!(send(&server, head(&many(101)).as_bytes()).await.starts_with("HTTP/1.1 431"));
    let large = format!("x-large: {}\r\n", "x".repeat(40 * 1024));
    assert!(send(&server, head(&large).as_bytes()).await.starts_with("HTTP/1.1 431"));
    let fits = format!("x-large: {}\r\n", "x".repeat(16 * 1024));
    assert!(send(&server, head(&fits).as_bytes()).await.starts_with("HTTP/1.1 200"));
}

#[tokio::test]
async fn a_streamed_answer_holds_its_place_until_it_ends() {
    let requests = Most { altogether: 3, of_source: 1 };
    let server = with(Hardening { requests, ..Hardening::default() }).await;
    let head = format!(
        "GET /api/v1/audit-events/live HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {}\r\n\r\n",
        server.admin_token()
    );
    let mut stream = TcpStream::connect(server.address()).await.unwrap();
    stream.write_all(head.as_bytes()).await.unwrap();
    let mut told = [0; 15];
    stream.read_exact(&mut told).await.unwrap();
    assert_eq!(&told, b"HTTP/1.1 200 OK");
    server.as_admin().get(WHO_AM_I).await.refused(429, "too_many_at_once");
    drop(stream);
    let admin = server.as_admin();
    wait_until("its place is free", async || {
        server.advance(1);
        admin.get(WHO_AM_I).await.status == 200
    })
    .await;
}

/// Hundreds who send nothing, half a head, or a body drop by drop; the others notice nothing, and the slow ones lose their
/// places.
#[tokio::test]
async fn slow_senders_beside_normal_load_hold_nobody_up_and_lose_their_places() {
    const SLOW: usize = 600;
    let server = with(Hardening::default()).await;
    let beginnings: [&[u8]; 4] =
        [b"", b"PRI * HTTP/2.0\r\n\r\nSM", b"GET /api/status HTTP/1.1\r\nhost: x\r\nx-slow: ", b"P"];
    let mut slow = Vec::new();
    for number in 0..SLOW {
        let mut stream = TcpStream::connect(server.address()).await.unwrap();
        stream.write_all(beginnings[number % beginnings.len()]).await.unwrap();
        slow.push(stream);
    }
    let admin = server.as_admin();
    let load = async {
        for _ in 0..200 {
            admin.get(WHO_AM_I).await.ok();
        }
    };
    let closing = async {
        for stream in &mut slow {
            let told = until_closed(stream).await;
            let told = String::from_utf8_lossy(&told);
            assert!(told.is_empty() || told.starts_with("HTTP/1.1 4"), "{told}");
        }
    };
    tokio::join!(load, closing);
    admin.get(WHO_AM_I).await.ok();
}

#[tokio::test]
async fn a_body_that_comes_drop_by_drop_is_given_up() {
    let server = with(Hardening::default()).await;
    let head = format!(
        "POST /api/v1/stops HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {}\r\ncontent-length: 100000\r\n\r\n{{",
        server.admin_token()
    );
    let mut stream = TcpStream::connect(server.address()).await.unwrap();
    stream.write_all(head.as_bytes()).await.unwrap();
    let reading = async {
        let mut told = vec![0; 4096];
        let length = stream.read(&mut told).await.unwrap();
        String::from_utf8_lossy(&told[..length]).into_owned()
    };
    // The clock moves until the server has begun to wait, and on.
    let told = tokio::select! {
        told = reading => told,
        () = async { loop { server.advance(11); tokio::task::yield_now().await; } } => unreachable!("it goes on"),
    };
    assert!(told.starts_with("HTTP/1.1 408") && told.contains("body_too_slow"), "{told}");
}
