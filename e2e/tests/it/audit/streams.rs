//! Events on their way to places outside: a real syslog receiver, and a collector, while the server is killed.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use mayfly_e2e::{
    Installation, Mayfly, Scene,
    waiting::{until, within},
};
use mayfly_testkit::{both_databases, counts};
use serde_json::{Value, json};

use super::{collector::Collector, desk::Desk, rsyslog::Rsyslog};

/// A receiver that was away is tried again after some seconds; a stream of a server that was killed after half a minute.
const PATIENCE: Duration = Duration::from_secs(90);

async fn make(scene: &Scene, count: usize) {
    for number in 0..count {
        let body = json!({"name": format!("machine {number}")});
        let _: Value = scene.client.post("/api/v1/identities", &body).await.unwrap();
    }
}

async fn logged(scene: &Scene, mayfly: &Mayfly) -> Vec<Value> {
    let desk = Desk::new(mayfly, scene).await;
    desk.json("audit ls --kind create-identity,create-audit-stream --limit 5000").await["events"]
        .as_array()
        .unwrap()
        .clone()
}

/// What a receiver understood has to be what the server has, each event once at least.
fn compare(understood: &[Value], events: &[Value]) {
    for event in events {
        let is_it = |message: &&Value| message["msg"].as_str().unwrap().contains(event["id"].as_str().unwrap());
        let message = understood.iter().find(is_it).unwrap_or_else(|| panic!("{event} did not arrive"));
        assert_eq!((&message["programname"], &message["msgid"]), (&json!("mayfly"), &event["kind"]), "{message}");
        assert_eq!(message["pri"], "110", "facility 13, severity 6: {message}");
        let said: Value = serde_json::from_str(message["msg"].as_str().unwrap().trim()).unwrap();
        assert_eq!((&said["metadata"], &said["actor"]), (&event["metadata"], &event["actor"]));
    }
}

async fn by_syslog(tls: bool) {
    let receiver = Rsyslog::start(tls, None).await;
    let mayfly = Installation::sqlite().await.start().await.unwrap();
    let scene = Scene::bootstrap(&mayfly).await.unwrap();
    let desk = Desk::new(&mayfly, &scene).await;
    let to = format!("--syslog 127.0.0.1:{}", receiver.port);
    let how = if tls { format!("--ca-file {}", receiver.ca.display()) } else { "--transport tcp".to_owned() };
    let id = desk.done(&format!("audit stream create siem {to} {how}")).await.trim().to_owned();
    make(&scene, 30).await;
    let arrived = |receiver: &Rsyslog, count: usize| {
        let understood = receiver.received();
        let ids: BTreeSet<String> = understood.iter().map(|message| message["msg"].to_string()).collect();
        (ids.len() >= count).then_some(understood)
    };
    let first = until(PATIENCE, "rsyslog has them", async || Ok(arrived(&receiver, 31))).await.unwrap();
    compare(&first, &logged(&scene, &mayfly).await);
    assert_eq!(first.len(), 31, "nothing broke off, so nothing came twice");
    // Away and back on the same port: what happened meanwhile comes.
    let port = receiver.port;
    drop(receiver);
    make(&scene, 5).await;
    let path = format!("audit stream show {id}");
    let failed = async || Ok(desk.json(&path).await["auditStream"]["lastError"].as_str().map(str::to_owned));
    let error = until(PATIENCE, "its absence is told", failed).await.unwrap();
    let receiver = Rsyslog::start(tls, Some(port)).await;
    if tls {
        // Its new certificate is of another authority: nothing is sent to it.
        let refused = async || {
            let told = desk.json(&path).await["auditStream"]["lastError"].as_str().unwrap_or_default().to_owned();
            Ok((told != error && told.contains("certificate")).then_some(told))
        };
        println!("tls: {}", until(PATIENCE, "the stranger is refused", refused).await.unwrap());
        assert_eq!(receiver.received(), Vec::<Value>::new());
    } else {
        let rest = until(PATIENCE, "the rest arrives", async || Ok(arrived(&receiver, 5))).await.unwrap();
        assert_eq!(rest.len(), 5);
        let shown = desk.json(&path).await;
        println!("tcp: {error}; then {} delivered", shown["auditStream"]["delivered"]);
    }
    mayfly.stop().await.unwrap();
}

#[tokio::test]
async fn real_syslog_receiver_understands_every_event_by_tcp_and_gets_what_it_missed() {
    by_syslog(false).await;
}

#[tokio::test]
async fn real_syslog_receiver_understands_every_event_by_tls_and_a_stranger_gets_none() {
    by_syslog(true).await;
}

/// When a server is killed while it delivers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Moment {
    /// It has begun to send.
    Sending,
    /// All is sent, and not answered.
    Waiting,
    /// It is answered; the server may or may not have noted it.
    Answered,
}

const MOMENTS: [Moment; 3] = [Moment::Sending, Moment::Waiting, Moment::Answered];

both_databases! {
    async fn a_server_that_is_killed_while_it_delivers_loses_no_event(home: Installation) {
        let collector = Collector::start().await;
        let mut mayfly = home.start().await.unwrap();
        let first = Scene::bootstrap(&mayfly).await.unwrap();
        let request = json!({"name": "lake", "kind": "https", "url": collector.url(), "ca": collector.ca});
        let _: Value = first.client.post("/api/v1/audit-streams", &request).await.unwrap();
        // What was answered counts as delivered, and nothing else.
        let (mut had, mut seen, mut kills) = (BTreeSet::<String>::new(), 0, BTreeMap::<Moment, u32>::new());
        for round in 0..counts::of(counts::STREAM_KILLS) {
            let moment = MOMENTS[round % MOMENTS.len()];
            make(&first.at(&mayfly), 20).await;
            let mut delivery = within(PATIENCE, "a delivery", collector.next()).await.unwrap();
            if moment != Moment::Sending {
                let ids = delivery.ids().await.unwrap();
                seen += ids.len();
                if moment == Moment::Answered {
                    had.extend(ids);
                    delivery.answer("200 OK").await;
                }
            }
            mayfly.kill().await.unwrap();
            *kills.entry(moment).or_default() += 1;
            mayfly = home.start().await.unwrap();
        }
        let scene = first.at(&mayfly);
        make(&scene, 5).await;
        let all: BTreeSet<String> =
            logged(&scene, &mayfly).await.iter().map(|event| event["id"].as_str().unwrap().to_owned()).collect();
        while !all.iter().all(|id| had.contains(id)) {
            let mut delivery = within(PATIENCE, "the rest is delivered", collector.next()).await.unwrap();
            let ids = delivery.ids().await.unwrap();
            seen += ids.len();
            had.extend(ids);
            delivery.answer("200 OK").await;
        }
        let twice = seen - had.len();
        println!("{}: {kills:?}; {} events, {twice} of them again", home.database_name(), all.len());
        mayfly.stop().await.unwrap();
    }
}
