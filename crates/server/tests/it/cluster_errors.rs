//! What can go wrong between the server and a cluster, as the caller is told and as the lease's row remembers it.
//!
//! Each failure has its own text, ends within its deadline, leaves one event, and gives nobody a token.

use std::sync::Arc;

use mayfly_testkit::fake_cluster::{Calls, FakeCluster, FakeClusterOptions, Fault, ShownCertificate, When};
use serde_json::{Value, json};

use crate::support::{ACCOUNT, Answer, Database, NAMESPACE, TestServer, TestServerOptions, merged};

/// What a failure must look like.
struct Told {
    status: u16,
    code: &'static str,
    text: &'static str,
    outcome: &'static str,
}

const fn refused(text: &'static str) -> Told {
    Told { status: 400, code: "cluster_refused", text, outcome: "never_issued" }
}

const fn failed(text: &'static str) -> Told {
    Told { status: 400, code: "cluster_unreachable", text, outcome: "possibly_issued" }
}

/// Somebody else answered, and may have passed the request on.
const fn odd(text: &'static str) -> Told {
    Told { outcome: "possibly_issued", ..refused(text) }
}

/// Issues, and checks what came of it against `told`.
async fn issue_fails(server: &TestServer, what: &str, told: &Told) {
    // The newest lease is found by its id, and ids of one moment have no order.
    server.advance(1);
    let answer = server.issue_with(&server.as_admin(), "ci", &json!({})).await;
    check(server, what, told, &answer).await;
}

async fn check(server: &TestServer, what: &str, told: &Told, answer: &Answer) {
    assert_eq!(answer.status, told.status, "{what}: {}", answer.text);
    let text = answer.refused(told.status, told.code);
    assert!(text.contains(told.text), "{what}: {text}");
    assert!(!answer.text.contains("TOKEN\"") && !answer.text.contains(&server.cluster_token), "{what}");
    assert!(!answer.text.contains("eyJ"), "{what}: shows a token: {}", answer.text);
    let path = format!("/api/v1/leases?projectSlug={}&limit=1", server.project.slug);
    let lease = server.as_admin().get(&path).await.ok()["leases"][0].clone();
    assert_eq!((&lease["state"], &lease["outcome"]), (&json!("ended"), &json!(told.outcome)), "{what}");
    assert!(lease["tokenExpiresAt"].is_null(), "{what}");
    let failures: Vec<Value> = server.events().await.into_iter().filter(|event| tells_of(event, &lease)).collect();
    assert_eq!(failures.len(), 1, "{what}: {failures:?}");
    assert_eq!(failures[0]["event"]["type"], "fail-dynamic-secret-lease", "{what}");
    let until = &failures[0]["event"]["metadata"]["possiblyIssuedUntil"];
    assert_eq!(until.is_string(), told.outcome == "possibly_issued", "{what}: {until}");
    let place = server.place_query();
    let live = server.as_admin().get(&format!("/api/v1/dynamic-secrets/ci/leases?{place}")).await.ok();
    assert_eq!(live["leases"], json!([]), "{what}");
}

fn tells_of(event: &Value, lease: &Value) -> bool {
    event["event"]["metadata"]["leaseId"] == lease["id"]
}

#[tokio::test]
async fn each_odd_answer_to_a_token_call_has_its_own_text() {
    let server = TestServer::sqlite().await;
    server.new_secret("ci").await;
    let status = |code: u16, reason: &str| {
        let body = json!({"kind": "Status", "apiVersion": "v1", "status": "Failure", "reason": reason,
            "message": "the API server's own words", "code": code});
        Fault::answer(code, "application/json", body.to_string())
    };
    let claim = |name: &'static str, value: Value| Fault::rewrite_claims(move |claims| claims[name] = value.clone());
    let token = |value: Value| Fault::rewrite_json(move |answer| answer["status"]["token"] = value.clone());
    let html = Fault::answer(200, "text/html", "<html>welcome</html>");
    let cases = [
        ("not JSON", html, odd("not from a Kubernetes API")),
        ("100 MB", Fault::HugeBody(100 << 20), failed("larger than")),
        ("100 MB announced", Fault::HugeAnnouncement(100 << 20), failed("larger than")),
        ("no token", token(Value::Null), failed("there is none")),
        ("no JWT", token(json!("opaque")), failed("it is not a JWT")),
        ("for somebody else", claim("sub", json!("system:serviceaccount:kube-system:admin")), failed("`sub`")),
        ("for nobody", claim("aud", json!([])), failed("`aud`")),
        ("a time as text", claim("exp", json!("tomorrow")), failed("`exp`")),
        ("lost", Fault::LoseAnswer, failed("could not be reached in time")),
        ("cut", Fault::CutBody, failed("could not be reached in time")),
        ("500 after the act", Fault::FailAfterAct, failed("the API server failed (500")),
        ("a redirect", Fault::redirect(302, "https://elsewhere.example/"), refused("redirect (302)")),
        ("401", status(401, "Unauthorized"), refused("does not accept the stored token")),
        ("403", status(403, "Forbidden"), refused("lacks the right")),
        ("422", status(422, "Invalid"), refused("the API server's own words")),
    ];
    for (what, fault, told) in cases {
        server.cluster.faults().clear();
        server.cluster.faults().inject(Calls::Token, When::Always, fault);
        issue_fails(&server, what, &told).await;
    }
    server.cluster.faults().clear();
    server.issue(&server.as_admin(), "ci").await;
}

#[tokio::test]
async fn a_busy_cluster_is_told_apart_and_nothing_was_issued() {
    let server = TestServer::sqlite().await;
    server.new_secret("ci").await;
    server.cluster.faults().inject(Calls::Token, When::Always, Fault::answer(429, "application/json", "{}"));
    let told = Told { status: 400, code: "cluster_unreachable", text: "too busy (429)", outcome: "never_issued" };
    issue_fails(&server, "429", &told).await;
}

#[tokio::test]
async fn a_silent_cluster_ends_at_the_deadline() {
    let server = Arc::new(TestServer::sqlite().await);
    server.new_secret("ci").await;
    for (what, fault) in [("hangs", Fault::Hang), ("acts and hangs", Fault::HangAfterAct)] {
        server.cluster.faults().clear();
        server.cluster.faults().inject(Calls::Token, When::Always, fault);
        let (asking, seen) = (Arc::clone(&server), server.cluster.requests().count(Calls::Token));
        let asked = tokio::spawn(async move { asking.issue_with(&asking.as_admin(), "ci", &json!({})).await });
        server.cluster.requests().wait_for(Calls::Token, seen + 1).await;
        server.advance(8);
        let told =
            Told { status: 504, code: "cluster_timed_out", text: "waiting for the answer", outcome: "possibly_issued" };
        check(&server, what, &told, &asked.await.unwrap()).await;
    }
}

#[tokio::test]
async fn a_certificate_that_proves_nothing_stops_everything_before_the_token_is_sent() {
    for (shown, text) in [
        (ShownCertificate::OtherAuthority, "not signed by a CA"),
        (ShownCertificate::Expired, "has expired"),
        (ShownCertificate::WrongName, "not for this host name"),
    ] {
        let mut server = TestServer::sqlite().await;
        server.new_secret("ci").await;
        let before = server.cluster.requests().count(Calls::All);
        server.cluster.show(shown);
        // A new start has no connection from before.
        server.restart().await;
        issue_fails(&server, text, &refused(text)).await;
        assert_eq!(server.cluster.requests().count(Calls::All), before, "{text}");
    }
}

#[tokio::test]
async fn a_cluster_that_is_gone_is_unreachable_and_nothing_was_issued() {
    let server = TestServer::sqlite().await;
    let cluster = FakeCluster::start(FakeClusterOptions::new(server.ambient.clone())).await.unwrap();
    let token = cluster.add_issuer_for(NAMESPACE, ACCOUNT);
    let inputs = json!({"url": cluster.url(), "ca": cluster.ca_pem(), "clusterToken": token});
    let request = merged(&server.secret_request("ci"), &json!({"provider": {"inputs": inputs}}));
    server.as_admin().post("/api/v1/dynamic-secrets", &request).await.ok();
    drop(cluster);
    let mut server = server;
    server.restart().await;
    let told = Told { status: 400, code: "cluster_unreachable", text: "connecting", outcome: "never_issued" };
    issue_fails(&server, "gone", &told).await;
}

#[tokio::test]
async fn a_missing_account_and_an_expired_token_are_named() {
    let server = TestServer::sqlite().await;
    server.new_secret("ci").await;
    server.cluster.delete_account(NAMESPACE, ACCOUNT);
    issue_fails(&server, "no account", &refused("does not exist in the cluster")).await;
    server.cluster.add_account(NAMESPACE, ACCOUNT);
    server.advance(86_400 + 120);
    issue_fails(&server, "an expired token", &refused("does not accept the stored token")).await;
}

#[tokio::test]
async fn a_shortened_life_is_granted_as_it_is() {
    let options = TestServerOptions { longest_token_seconds: Some(700), ..TestServerOptions::new(Database::Sqlite) };
    let server = TestServer::start(options).await;
    server.new_secret("ci").await;
    let lease = server.issue(&server.as_admin(), "ci").await["lease"].clone();
    assert_eq!(lease["expireAt"], lease["tokenExpiresAt"]);
    let expires: jiff::Timestamp = lease["expireAt"].as_str().unwrap().parse().unwrap();
    assert_eq!(expires.duration_since(server.ambient.now()).as_secs(), 700);
    server.advance(700);
    assert_eq!(server.reap().await, 1);
}

#[tokio::test]
async fn a_life_that_is_shortened_below_what_kubernetes_gives_is_refused() {
    let options = TestServerOptions { longest_token_seconds: Some(300), ..TestServerOptions::new(Database::Sqlite) };
    let server = TestServer::start(options).await;
    server.new_secret("ci").await;
    issue_fails(&server, "five minutes", &odd("--service-account-max-token-expiration")).await;
}

#[tokio::test]
async fn a_connection_test_names_what_would_make_issuing_fail() {
    let server = TestServer::sqlite().await;
    let create = async |inputs: Value| {
        let request = merged(&server.secret_request("ci"), &json!({"provider": {"inputs": inputs}}));
        let before = server.home.rows().await;
        let answer = server.as_admin().post("/api/v1/dynamic-secrets", &request).await;
        assert_eq!(answer.status, 400, "{}", answer.text);
        assert_eq!(server.home.rows().await, before, "nothing is half-written");
        answer.problem()["message"].as_str().unwrap().to_owned()
    };
    let powerless = create(json!({"clusterToken": server.cluster.add_user("powerless")})).await;
    for word in ["create", "serviceaccounts/token", NAMESPACE] {
        assert!(powerless.contains(word), "{powerless}");
    }
    let unknown = create(json!({"clusterToken": "opaque-and-unknown"})).await;
    assert!(unknown.contains("does not accept"), "{unknown}");
    assert!(create(json!({"namespace": "nowhere"})).await.contains("nowhere"));
    assert!(create(json!({"serviceAccountName": "nobody"})).await.contains("nobody"));
    server.cluster.faults().inject(Calls::Version, When::Always, Fault::answer(200, "text/html", "<html>"));
    assert!(create(json!({})).await.contains("not from a Kubernetes API"));
    assert_eq!(server.cluster.requests().count(Calls::Token), 0, "a test leaves nothing in the cluster");
}
