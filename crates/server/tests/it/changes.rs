//! What changes is told, as it happens, to those who may see it and to nobody else.

use std::sync::{Arc, Mutex};

use mayfly_testkit::both_databases;
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    task::JoinHandle,
};

use crate::support::{Caller, TestServer, wait_until};

const CHANGES: &str = "/api/v1/events";

/// An id to go on after: what happens from now on is after it, and nothing before.
async fn now(server: &TestServer) -> String {
    // What comes after an id begins some seconds before it.
    server.advance(30);
    let begun = server.as_admin().get(&format!("{CHANGES}?longest=0")).await.text;
    assert!(begun.contains("event: beat") && !begun.contains("event: change"), "{begun}");
    begun.lines().find_map(|line| line.strip_prefix("id: ")).unwrap().to_owned()
}

/// The changes of a stream, as they were sent.
fn changes(text: &str) -> Vec<Value> {
    let told = text.split("\n\n").filter(|event| event.contains("event: change"));
    told.map(|event| serde_json::from_str(event.split_once("data: ").unwrap().1).unwrap()).collect()
}

/// What somebody hears after an id.
async fn heard(caller: &Caller, last: &str) -> Vec<Value> {
    changes(&caller.clone().with_header("last-event-id", last).get(&format!("{CHANGES}?longest=0")).await.text)
}

fn kinds(changes: &[Value]) -> Vec<&str> {
    changes.iter().map(|change| change["kind"].as_str().unwrap()).collect()
}

async fn with_role(server: &TestServer, slug: &str, rules: &Value) -> Caller {
    let body = json!({"slug": slug, "name": slug, "permissions": rules});
    server.as_admin().post(&format!("/api/v1/projects/{}/roles", server.project.id), &body).await.ok();
    server.as_machine(slug).await
}

/// A stream that is read as it comes.
struct Stream {
    text: Arc<Mutex<String>>,
    reading: JoinHandle<()>,
}

impl Stream {
    /// Opens one, which has its first answer.
    async fn open(server: &TestServer, token: &str) -> Self {
        let mut socket = TcpStream::connect(server.address()).await.unwrap();
        let head = format!("GET {CHANGES} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {token}\r\n\r\n");
        socket.write_all(head.as_bytes()).await.unwrap();
        let text = Arc::new(Mutex::new(String::new()));
        let into = Arc::clone(&text);
        let reading = tokio::spawn(async move {
            let mut part = [0; 4_096];
            while let Ok(length @ 1..) = socket.read(&mut part).await {
                into.lock().unwrap().push_str(&String::from_utf8_lossy(&part[..length]));
            }
        });
        let stream = Self { text, reading };
        stream.tells(server, "the stream begins", "event: beat").await;
        stream
    }

    fn text(&self) -> String {
        self.text.lock().unwrap().clone()
    }

    async fn tells(&self, server: &TestServer, what: &str, words: &str) {
        wait_until(what, async || {
            server.advance(1);
            self.text().contains(words)
        })
        .await;
    }
}

impl Drop for Stream {
    fn drop(&mut self) {
        self.reading.abort();
    }
}

both_databases! {
    async fn a_lease_is_told_to_its_holder_and_to_those_who_manage_leases_there(server: TestServer) {
        server.new_secret("ci").await;
        let holder = server.as_machine("member").await;
        let all = json!([{"subject": "dynamic-secrets", "action": ["manage-leases"]}]);
        let in_dev = json!([{"subject": "dynamic-secrets", "action": ["lease", "manage-leases"], "conditions": {"environment": "dev"}}]);
        let manager = with_role(&server, "watcher", &all).await;
        let (elsewhere, other) = (with_role(&server, "dev-watcher", &in_dev).await, server.as_machine("member").await);
        let (viewer, stranger) = (server.as_machine("viewer").await, server.as_stranger().await);
        let last = now(&server).await;
        let lease = server.issue(&holder, "ci").await["lease"].clone();

        let told = heard(&manager, &last).await;
        let made = server.home.text("SELECT MAX(dynamic_secret_id) FROM lease_states").await;
        let expected = json!({
            "kind": "lease-issued", "projectId": server.project.id, "leaseId": lease["id"], "dynamicSecretId": made,
            "approvalRequestId": null, "connectionId": null, "createdAt": told[0]["createdAt"],
        });
        assert_eq!(told, [expected], "what it is about, and nothing of what it is");
        manager.ask("/api/v1/audit-events", &[("projectId", &server.project.id)]).await.refused(403, "permission_denied");
        assert_eq!(heard(&holder, &last).await, told);
        assert_eq!(heard(&server.as_admin(), &last).await, told);
        for (who, caller) in [("dev only", &elsewhere), ("member", &other), ("viewer", &viewer), ("stranger", &stranger)] {
            assert_eq!(heard(caller, &last).await, Vec::<Value>::new(), "{who} hears of what they may not see");
        }
        server.as_nobody().get(CHANGES).await.refused(401, "not_signed_in");
    }

    async fn the_end_of_a_lease_is_told_step_by_step(server: TestServer) {
        server.new_dynamic_secret("ci").await;
        let holder = server.as_machine("member").await;
        let (first, second) = (server.issue(&holder, "ci").await, server.issue(&holder, "ci").await);
        let last = now(&server).await;
        let path = format!("/api/v1/dynamic-secrets/leases/{}", first["lease"]["id"].as_str().unwrap());
        holder.delete(&path, &server.place()).await.ok();
        let told = heard(&holder, &last).await;
        assert_eq!(kinds(&told), ["lease-changed", "lease-ended"]);
        assert!(told.iter().all(|change| change["leaseId"] == first["lease"]["id"]), "{told:?}");
        let last = now(&server).await;
        server.advance(3 * 3_600);
        let late = heard(&holder, &last).await;
        assert_eq!(late, Vec::<Value>::new());
        let last = now(&server).await;
        server.reap().await;
        let told = heard(&holder, &last).await;
        assert_eq!(kinds(&told), ["lease-expired", "lease-ended"]);
        assert!(told.iter().all(|change| change["leaseId"] == second["lease"]["id"]), "{told:?}");
    }

    async fn what_waits_for_a_word_is_told_to_who_asked_and_to_who_decides(server: TestServer) {
        server.new_secret("ci").await;
        let path = format!("/api/v1/projects/{}/environments", server.project.id);
        let found = server.as_admin().get(&format!("{path}/slug/prod")).await.ok();
        let policy = format!("{path}/{}/policy", found["environment"]["id"].as_str().unwrap());
        let rules = json!({"approval": {"approvals": 1, "validFor": "1h"}});
        server.as_admin().patch(&policy, &rules).await.ok();
        let (asker, other) = (server.as_machine("member").await, server.as_machine("member").await);
        let decider = server.person("cleo@example.com", "member").await;
        let members = format!("/api/v1/projects/{}/memberships/users/{}", server.project.id, decider.id);
        server.as_admin().post(&members, &json!({"role": "admin"})).await.ok();
        let last = now(&server).await;
        let refused = server.issue_with(&asker, "ci", &json!({})).await;
        let request = refused.problem()["details"]["approvalRequestId"].as_str().unwrap().to_owned();
        let decision = format!("/api/v1/projects/{}/approval-requests/{request}/approve", server.project.id);
        decider.caller.post(&decision, &json!({})).await.ok();
        for caller in [&asker, &decider.caller] {
            let told = heard(caller, &last).await;
            assert_eq!(kinds(&told), ["approval-asked", "approval-decided"]);
            assert!(told.iter().all(|change| change["approvalRequestId"] == request.as_str()), "{told:?}");
        }
        assert_eq!(heard(&other, &last).await, Vec::<Value>::new());
    }

    async fn other_changes_are_told_where_what_changed_may_be_seen(server: TestServer) {
        let dev = json!([{"subject": "dynamic-secrets", "action": ["lease"], "conditions": {"environment": "dev"}}]);
        let elsewhere = with_role(&server, "dev-only", &dev).await;
        let (member, stranger) = (server.as_machine("member").await, server.as_stranger().await);
        let last = now(&server).await;
        server.new_connection("eu-1", &json!({})).await;
        server.new_secret("ci").await;
        let folder = json!({"projectId": server.project.id, "environment": "prod", "name": "box"});
        server.as_admin().post("/api/v2/folders", &folder).await.ok();
        server.as_admin().post("/api/v1/stops", &json!({"scope": "everywhere", "reason": "a drill"})).await.ok();
        let all = heard(&server.as_admin(), &last).await;
        let expected = ["connection-changed", "dynamic-secret-changed", "project-changed", "issuing-changed"];
        let mut told = kinds(&all);
        told.sort_unstable_by_key(|kind| expected.iter().position(|known| known == kind));
        assert_eq!(told, expected);
        let mut told = kinds(&heard(&member, &last).await).into_iter().map(str::to_owned).collect::<Vec<_>>();
        told.sort_unstable();
        assert_eq!(told, ["dynamic-secret-changed", "project-changed"]);
        assert_eq!(heard(&elsewhere, &last).await, Vec::<Value>::new(), "its secrets are another environment's");
        assert_eq!(heard(&stranger, &last).await, Vec::<Value>::new());
    }

    async fn a_stream_ends_with_its_session(server: TestServer) {
        let person = server.person("cleo@example.com", "member").await;
        let stream = Stream::open(&server, &person.token).await;
        person.caller.post("/api/v1/auth/logout", &json!({})).await.ok();
        wait_until("the stream ends", async || {
            server.advance(1);
            stream.text().ends_with("\r\n0\r\n\r\n")
        })
        .await;
    }
}

#[tokio::test]
async fn what_happens_at_one_server_is_told_at_the_other_while_somebody_watches() {
    let server = TestServer::postgres().await;
    server.new_secret("ci").await;
    let second = server.second().await;
    let (watcher, holder) = (server.machine("admin", &json!({})).await, server.as_machine("member").await);
    let stream = Stream::open(&second, &watcher.token).await;
    let lease = server.issue(&holder, "ci").await["lease"]["id"].as_str().unwrap().to_owned();
    stream.tells(&server, "the lease is told", &lease).await;
    let about_it = stream.text().matches(&lease).count();
    assert_eq!(about_it, 1, "once: {}", stream.text());
}

#[tokio::test]
async fn whoever_was_away_too_long_is_told_to_read_all_anew() {
    let server = TestServer::sqlite().await;
    let last = now(&server).await;
    let admin = server.as_admin();
    let after =
        async |id: &str| admin.clone().with_header("last-event-id", id).get(&format!("{CHANGES}?longest=0")).await.text;
    assert!(!after(&last).await.contains("event: reload"), "nothing is missing yet");
    server.advance(300);
    assert!(after(&last).await.starts_with("event: reload"));
    assert!(after("nonsense").await.starts_with("event: reload"));
    assert!(
        !admin.get(&format!("{CHANGES}?longest=0")).await.text.contains("reload"),
        "whoever begins has missed nothing"
    );
}

#[tokio::test]
async fn a_watcher_is_told_every_fifteen_seconds_that_they_still_watch() {
    let server = TestServer::sqlite().await;
    let stream = Stream::open(&server, server.admin_token()).await;
    wait_until("a second beat", async || {
        server.advance(1);
        stream.text().matches("event: beat").count() == 2
    })
    .await;
}

#[tokio::test]
async fn nobody_watches_by_more_streams_than_windows_they_can_have() {
    let server = TestServer::sqlite().await;
    let machine = server.machine("member", &json!({})).await;
    let caller = server.as_nobody().with_token(&machine.token);
    let mut streams = Vec::new();
    for _ in 0..32 {
        streams.push(Stream::open(&server, &machine.token).await);
    }
    caller.get(&format!("{CHANGES}?longest=0")).await.refused(429, "too_many_watchers");
    assert_eq!(server.as_admin().get(&format!("{CHANGES}?longest=0")).await.status, 200, "others still watch");
    streams.pop();
    wait_until("a place is free again", async || {
        server.advance(1);
        caller.get(&format!("{CHANGES}?longest=0")).await.status == 200
    })
    .await;
}

#[tokio::test]
async fn more_than_is_kept_at_once_is_told_as_missed() {
    let server = TestServer::sqlite().await;
    let stream = Stream::open(&server, server.admin_token()).await;
    assert!(!stream.text().contains("event: reload"));
    server.new_project("flooded").await;
    server
        .home
        .execute(
            "INSERT INTO audit_events (id, organization_id, project_id, kind, metadata, actor, user_agent, created_at)
             WITH RECURSIVE numbers(place) AS (SELECT 1 UNION ALL SELECT place + 1 FROM numbers WHERE place < 2000)
             SELECT substr(id, 1, 24) || printf('%012x', place), organization_id, project_id, kind, metadata, actor,
                 user_agent, created_at
             FROM numbers, (SELECT * FROM audit_events WHERE kind = 'create-project' ORDER BY id DESC LIMIT 1)",
        )
        .await;
    stream.tells(&server, "the flood is told", "event: reload").await;
    // What comes after it is told as ever, also while what became visible late is still looked for.
    let project = server.new_project("afterwards").await;
    stream.tells(&server, "the next change", &project.id).await;
    for _ in 0..30 {
        server.advance(1);
        server.as_admin().get(&format!("{CHANGES}?longest=0")).await;
    }
    let project = server.new_project("much-later").await;
    stream.tells(&server, "the last change", &project.id).await;
    let times = stream.text().matches("event: reload").count();
    assert!((2..=3).contains(&times), "once for the flood, once for what is late, and no storm: {times}");
}
