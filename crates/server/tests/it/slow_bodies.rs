//! A body that takes its time brings nothing along that was lost meanwhile.

use std::net::SocketAddr;

use axum::{body::Body, extract::ConnectInfo};
use http::Request;
use http_body_util::BodyExt as _;
use mayfly_testkit::both_databases;
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};
use tower::ServiceExt as _;

use crate::{
    listener::until_closed,
    support::{Caller, TestServer},
};

/// A request whose head was let in and whose body has begun.
pub(crate) struct SlowRequest {
    stream: TcpStream,
    rest: Vec<u8>,
}

impl SlowRequest {
    /// Sends the head and a part of the body; completes when the server has let the head in and reads.
    pub(crate) async fn begin(server: &TestServer, token: &str, path: &str, body: &Value) -> Self {
        let mut body = serde_json::to_vec(body).unwrap();
        let head = format!(
            "POST {path} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {token}\r\ncontent-type: application/json\r\n\
             content-length: {}\r\nconnection: close\r\nexpect: 100-continue\r\n\r\n",
            body.len()
        );
        let mut stream = TcpStream::connect(server.address()).await.unwrap();
        stream.write_all(head.as_bytes()).await.unwrap();
        // The server asks for the body when it begins to read it.
        let goes_on = b"HTTP/1.1 100 Continue\r\n\r\n";
        let mut told = [0; 25];
        stream.read_exact(&mut told).await.unwrap();
        assert_eq!(&told, goes_on, "{}", String::from_utf8_lossy(&told));
        let rest = body.split_off(1);
        stream.write_all(&body).await.unwrap();
        Self { stream, rest }
    }

    /// Sends the rest: the status and the body of the answer.
    pub(crate) async fn end(mut self) -> (u16, Value) {
        self.stream.write_all(&self.rest).await.unwrap();
        let told = String::from_utf8(until_closed(&mut self.stream).await).unwrap();
        let (head, body) = told.split_once("\r\n\r\n").unwrap();
        (head.split(' ').nth(1).unwrap().parse().unwrap(), serde_json::from_str(body).unwrap())
    }
}

const IDENTITIES: &str = "/api/v1/identities";

/// What is changed about whoever sends slowly, as `(path, method is PATCH, body)`.
async fn change(admin: &Caller, path: &str, body: Option<Value>) {
    match body {
        Some(body) => admin.patch(path, &body).await.ok(),
        None => admin.delete(path, &json!({})).await.ok(),
    };
}

both_databases! {
    async fn a_machine_that_was_stopped_before_its_body_ended_changes_nothing(server: TestServer) {
        let admin = server.as_admin();
        let patched = [
            (json!({"isDisabled": true}), 401),
            (json!({"role": "no-access"}), 403),
        ].map(|(body, status)| (Some(body), status));
        for (number, (body, status)) in patched.into_iter().chain([(None, 401)]).enumerate() {
            let machine = server.lone_machine("admin", &json!({})).await;
            let wanted = json!({"name": format!("made {number}")});
            let slow = SlowRequest::begin(&server, &machine.token, IDENTITIES, &wanted).await;
            change(&admin, &format!("{IDENTITIES}/{}", machine.id), body.clone()).await;
            server.advance(3);
            let (told, problem) = slow.end().await;
            assert_eq!(told, status, "{body:?}: {problem}");
        }
        let listed = admin.get(IDENTITIES).await.text;
        assert!(!listed.contains("made "), "{listed}");
        assert!(server.count_events("access-denied").await + server.count_events("anonymous-access-denied").await >= 2);
    }

    async fn a_token_that_was_revoked_before_its_body_ended_changes_nothing(server: TestServer) {
        let machine = server.lone_machine("admin", &json!({})).await;
        let slow = SlowRequest::begin(&server, &machine.token, IDENTITIES, &json!({"name": "made"})).await;
        let revoked = json!({"accessToken": machine.token});
        server.as_nobody().post("/api/v1/auth/token/revoke", &revoked).await.ok();
        server.advance(3);
        let (status, problem) = slow.end().await;
        assert_eq!((status, &problem["code"]), (401, &json!("access_token_refused")), "{problem}");
        assert!(!server.as_admin().get(IDENTITIES).await.text.contains("\"made\""));
    }

    async fn a_person_who_was_stopped_before_their_body_ended_changes_nothing(server: TestServer) {
        let admin = server.as_admin();
        for (number, (body, status)) in [(json!({"isDisabled": true}), 401), (json!({"role": "member"}), 401)].into_iter().enumerate() {
            let person = server.person(&format!("p{number}@example.com"), "admin").await;
            let slow = SlowRequest::begin(&server, &person.token, IDENTITIES, &json!({"name": "made"})).await;
            change(&admin, &format!("/api/v1/users/{}", person.id), Some(body)).await;
            server.advance(3);
            let (told, problem) = slow.end().await;
            assert_eq!(told, status, "{problem}");
        }
        let person = server.person("p9@example.com", "admin").await;
        let slow = SlowRequest::begin(&server, &person.token, IDENTITIES, &json!({"name": "made"})).await;
        admin.post(&format!("/api/v1/users/{}/sessions/end", person.id), &json!({})).await.ok();
        server.advance(3);
        assert_eq!(slow.end().await.0, 401);
        assert!(!admin.get(IDENTITIES).await.text.contains("\"made\""));
    }

    async fn a_file_is_read_only_for_whoever_may_bring_it_and_still_may_at_its_end(server: TestServer) {
        let connection = server.new_connection("main", &json!({})).await;
        let path = format!("/api/v1/cluster-connections/{}/audit-import", connection["id"].as_str().unwrap());
        let admin = server.as_admin();
        // Whoever may not is told so before a byte of the body is there.
        let stranger = server.lone_machine("no-access", &json!({})).await;
        let head = format!(
            "POST {path} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {}\r\ncontent-length: 1000\r\nconnection: close\r\n\r\n",
            stranger.token
        );
        let mut stream = TcpStream::connect(server.address()).await.unwrap();
        stream.write_all(head.as_bytes()).await.unwrap();
        let mut told = [0; 12];
        stream.read_exact(&mut told).await.unwrap();
        assert_eq!(&told, b"HTTP/1.1 403");
        for (body, status) in [(json!({"isDisabled": true}), 401), (json!({"role": "no-access"}), 403)] {
            let machine = server.lone_machine("admin", &json!({})).await;
            let slow = SlowRequest::begin(&server, &machine.token, &path, &json!({"items": []})).await;
            change(&admin, &format!("{IDENTITIES}/{}", machine.id), Some(body)).await;
            server.advance(3);
            assert_eq!(slow.end().await.0, status);
        }
        assert_eq!(server.count_events("import-cluster-audit").await, 0);
        let many = json!({"items": vec![json!({}); 5_001]});
        assert!(admin.post(&path, &many).await.faults()[0].2.contains("at most 5000 events"));
        let surprise = json!({"items": [], "surprise": 1});
        assert_eq!(admin.post(&path, &surprise).await.faults()[0].0, "body.surprise");
    }

    async fn a_sender_whose_token_was_revoked_before_the_end_sends_nothing(server: TestServer) {
        let connection = server.new_connection("main", &json!({})).await;
        let of_connection = |what: &str| format!("/api/v1/cluster-connections/{}/{what}", connection["id"].as_str().unwrap());
        let admin = server.as_admin();
        let made = admin.post(&of_connection("audit-intake"), &json!({"serverUrl": "https://mayfly.example.com"})).await.ok();
        let kubeconfig: Value = serde_json::from_str(made["kubeconfig"].as_str().unwrap()).unwrap();
        let token = kubeconfig["users"][0]["user"]["token"].as_str().unwrap();
        let slow = SlowRequest::begin(&server, token, &of_connection("audit-events"), &json!({"items": []})).await;
        admin.delete(&of_connection("audit-intake"), &json!({})).await.ok();
        assert_eq!(slow.end().await.0, 401);
    }

    async fn a_slow_body_costs_one_use_and_counts_as_of_its_sender(server: TestServer) {
        let machine = server.lone_machine("admin", &json!({"accessTokenNumUsesLimit": 1})).await;
        let slow = SlowRequest::begin(&server, &machine.token, IDENTITIES, &json!({"name": "made"})).await;
        server.advance(3);
        let (status, made) = slow.end().await;
        assert_eq!((status, &made["identity"]["name"]), (200, &json!("made")), "{made}");
        server.as_nobody().with_token(&machine.token).get("/api/v1/identities/details").await.refused(401, "access_token_used_up");
    }
}

#[tokio::test]
async fn an_export_breaks_off_when_its_reader_is_stopped() {
    let server = TestServer::sqlite().await;
    let admin = server.as_admin();
    let reader = server.lone_machine("admin", &json!({})).await;
    for number in 0..520 {
        admin.post(IDENTITIES, &json!({"name": format!("machine {number}")})).await.ok();
    }
    for is_stopped in [false, true] {
        let request = Request::get("/api/v1/audit-events/export")
            .header("authorization", format!("Bearer {}", reader.token))
            .extension(ConnectInfo(SocketAddr::from(([127, 0, 0, 1], 1))))
            .body(Body::empty())
            .unwrap();
        let answer = server.router().oneshot(request).await.unwrap();
        assert_eq!(answer.status(), 200);
        let mut body = answer.into_body();
        // As over a connection whose reader takes a page and then nothing for a while.
        assert!(body.frame().await.unwrap().is_ok());
        if is_stopped {
            change(&admin, &format!("{IDENTITIES}/{}", reader.id), Some(json!({"isDisabled": true}))).await;
        }
        server.advance(3);
        let next = body.frame().await.unwrap();
        assert_eq!(next.is_err(), is_stopped, "the second page");
    }
}
