//! The audit log reaches places outside: each event at least once, whatever happens to the place.

use std::sync::{Arc, Mutex};

use mayfly_app::audit::streams::{self, due_streams};
use mayfly_cluster::{EgressPolicy, ExecutorOptions, Outbound, TrustRoots, VerificationOff};
use mayfly_testkit::{both_databases, certificates::TestAuthority};
use rustls::{ServerConfig, sign::SingleCertAndKey};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpSocket, UdpSocket},
    task::JoinHandle,
};

use crate::support::{TestServer, wait_until};

const STREAMS: &str = "/api/v1/audit-streams";

fn outbound(server: &TestServer) -> Outbound {
    Outbound::new(ExecutorOptions {
        ambient: server.app().ambient().clone(),
        egress: EgressPolicy { allow: vec!["127.0.0.0/8".parse().unwrap()], ..EgressPolicy::default() },
        verification_off: VerificationOff::Refused,
        trust_roots: TrustRoots::Only(Vec::new()),
        token_files: Vec::new(),
    })
}

pub(crate) async fn deliver(server: &TestServer) {
    server.advance(1);
    let (app, outbound) = (server.app(), outbound(server));
    for stream in due_streams(app).await.unwrap() {
        streams::deliver(app, &outbound, mayfly_server::http::event_line, &stream).await.unwrap();
    }
}

async fn make_events(server: &TestServer, count: usize) {
    for number in 0..count {
        let name = format!("machine {number}");
        server.as_admin().post("/api/v1/identities", &json!({"name": name})).await.ok();
    }
}

/// A stream to `port` on this machine, and its id.
pub(crate) async fn syslog_to(server: &TestServer, port: u16, transport: &str) -> String {
    let request = json!({"name": "siem", "kind": "syslog", "host": "127.0.0.1", "port": port, "transport": transport});
    let made = server.as_admin().post(STREAMS, &request).await.ok();
    made["auditStream"]["id"].as_str().unwrap().to_owned()
}

async fn shown(server: &TestServer, id: &str) -> Value {
    server.as_admin().get(&format!("{STREAMS}/{id}")).await.ok()["auditStream"].clone()
}

/// Takes what comes in `connections` connections; the first `broken` of them are read and cut off without an end.
fn receive(listener: TcpListener, connections: usize, broken: usize) -> JoinHandle<Vec<u8>> {
    tokio::spawn(async move {
        let mut received = Vec::new();
        for turn in 0..connections {
            let (mut stream, _) = listener.accept().await.unwrap();
            if turn < broken {
                let mut some = [0; 16];
                let _ = stream.read(&mut some).await;
                // Bytes that were not read make this a reset.
                drop(stream);
            } else {
                stream.read_to_end(&mut received).await.unwrap();
            }
        }
        received
    })
}

/// The JSON of each message, whose length stands before it.
fn messages(mut bytes: &[u8]) -> Vec<Value> {
    let mut messages = Vec::new();
    while !bytes.is_empty() {
        let blank = bytes.iter().position(|byte| *byte == b' ').unwrap();
        let length: usize = std::str::from_utf8(&bytes[..blank]).unwrap().parse().unwrap();
        let (message, rest) = bytes[blank + 1..].split_at(length);
        let text = std::str::from_utf8(message).unwrap();
        assert!(text.starts_with("<110>1 20") || text.starts_with("<108>1 20"), "{text}");
        messages.push(serde_json::from_str(text.get(text.find('{').unwrap()..).unwrap()).unwrap());
        bytes = rest;
    }
    messages
}

/// A collector, and the stream that leads to it.
struct Lake {
    /// The stream's.
    id: String,
    /// What has come, whole.
    requests: Arc<Mutex<Vec<String>>>,
    /// Ends when each answer was given.
    collecting: JoinHandle<()>,
}

/// One that answers each request with the next of `answers`.
async fn lake(server: &TestServer, answers: &[&str]) -> Lake {
    let authority = TestAuthority::new("collectors");
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("https://{}/", listener.local_addr().unwrap());
    let request = json!({"name": "lake", "kind": "https", "url": url, "ca": authority.pem()});
    let made = server.as_admin().post(STREAMS, &request).await.ok();
    let answers = answers.iter().map(|answer| (*answer).to_owned()).collect();
    let requests = Arc::new(Mutex::new(Vec::new()));
    let collecting = tokio::spawn(answer_each(listener, authority, answers, Arc::clone(&requests)));
    Lake { id: made["auditStream"]["id"].as_str().unwrap().to_owned(), requests, collecting }
}

both_databases! {
    async fn a_receiver_gets_what_happens_from_now_on(server: TestServer) {
        make_events(&server, 2).await;
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let id = syslog_to(&server, listener.local_addr().unwrap().port(), "tcp").await;
        make_events(&server, 3).await;
        assert_eq!(shown(&server, &id).await["lag"], 4);
        let receiving = receive(listener, 1, 0);
        deliver(&server).await;
        let got = messages(&receiving.await.unwrap());
        let mut kinds: Vec<&str> = got.iter().map(|event| event["kind"].as_str().unwrap()).collect();
        kinds.sort_unstable();
        assert_eq!(kinds, ["create-audit-stream", "create-identity", "create-identity", "create-identity"]);
        let stream = shown(&server, &id).await;
        assert_eq!((&stream["lag"], &stream["delivered"], &stream["lastError"]), (&json!(0), &json!(4), &Value::Null));
        server.as_admin().delete(&format!("{STREAMS}/{id}"), &json!({})).await.ok();
        server.as_admin().get(&format!("{STREAMS}/{id}")).await.refused(404, "not_found");
    }

    async fn a_receiver_that_is_away_or_breaks_off_loses_nothing(server: TestServer) {
        // Nobody listens there, and nobody else gets its port meanwhile.
        let socket = TcpSocket::new_v4().unwrap();
        socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
        let id = syslog_to(&server, socket.local_addr().unwrap().port(), "tcp").await;
        make_events(&server, 3).await;
        deliver(&server).await;
        let away = shown(&server, &id).await;
        assert_eq!((&away["attempts"], &away["lag"]), (&json!(1), &json!(4)));
        assert!(away["lastError"].is_string());
        // Serving goes on meanwhile, and what comes is not lost either.
        make_events(&server, 500).await;
        let receiving = receive(socket.listen(16).unwrap(), 3, 1);
        server.advance(10);
        deliver(&server).await;
        assert_eq!(shown(&server, &id).await["delivered"], 0, "what broke off does not count");
        server.advance(10);
        deliver(&server).await;
        let mut ids: Vec<String> =
            messages(&receiving.await.unwrap()).iter().map(|event| event["id"].as_str().unwrap().to_owned()).collect();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), 504);
        assert_eq!(shown(&server, &id).await["lag"], 0);
    }

    async fn datagrams_are_sent_where_they_are_asked_for(server: TestServer) {
        let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
        syslog_to(&server, socket.local_addr().unwrap().port(), "udp").await;
        deliver(&server).await;
        let mut datagram = [0; 9_000];
        let length = socket.recv(&mut datagram).await.unwrap();
        let text = std::str::from_utf8(&datagram[..length]).unwrap();
        assert!(text.starts_with("<110>1 ") && text.contains("mayfly - create-audit-stream - {"), "{text}");
    }

    async fn a_collector_gets_lines_with_its_secret_which_nobody_sees(server: TestServer) {
        let authority = TestAuthority::new("collectors");
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("https://127.0.0.1:{}/ingest", listener.local_addr().unwrap().port());
        let request = json!({"name": "lake", "kind": "https", "url": url, "secret": "s3cr3t-of-the-lake", "ca": authority.pem()});
        let made = server.as_admin().post(STREAMS, &request).await;
        assert!(!made.text.contains("s3cr3t"), "{}", made.text);
        make_events(&server, 3).await;
        let requests = Arc::new(Mutex::new(Vec::<String>::new()));
        let collecting = tokio::spawn(collect(listener, authority, Arc::clone(&requests)));
        deliver(&server).await;
        server.advance(10);
        deliver(&server).await;
        collecting.await.unwrap();
        let requests = requests.lock().unwrap().clone();
        let [refused, taken] = &requests[..] else { panic!("{requests:?}") };
        assert_eq!(refused.split_once("\r\n\r\n").unwrap().1, taken.split_once("\r\n\r\n").unwrap().1, "sent again");
        assert!(taken.starts_with("POST /ingest HTTP/1.1\r\n"), "{taken}");
        assert!(taken.to_ascii_lowercase().contains("authorization: bearer s3cr3t-of-the-lake\r\n"), "{taken}");
        assert_eq!(taken.split_once("\r\n\r\n").unwrap().1.lines().count(), 4);
        let listed = server.as_admin().get(STREAMS).await;
        assert_eq!(listed.ok()["auditStreams"][0]["lag"], 0);
        assert!(!listed.text.contains("s3cr3t"));
        let is_stored = |bytes: &[u8]| bytes.windows(6).any(|part| part == b"s3cr3t");
        assert!(!server.home.bytes().iter().any(|(_, bytes)| is_stored(bytes)), "the secret is sealed");
    }

    async fn a_collector_that_answers_anything_else_gets_the_same_again(server: TestServer) {
        let elsewhere = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let redirect = format!("307 Elsewhere\r\nlocation: https://{}/", elsewhere.local_addr().unwrap());
        let answers = ["500 No", "429 Later", redirect.as_str(), "100 Go on", "404 What", "204 Good"];
        let Lake { id, requests, collecting } = lake(&server, &answers).await;
        make_events(&server, 2).await;
        for (turn, answer) in answers.iter().enumerate() {
            server.advance(300);
            deliver(&server).await;
            let stream = shown(&server, &id).await;
            let is_last = turn + 1 == answers.len();
            let expected = if is_last { (json!(0), json!(3), json!(0)) } else { (json!(turn + 1), json!(0), json!(3)) };
            assert_eq!((stream["attempts"].clone(), stream["delivered"].clone(), stream["lag"].clone()), expected, "{answer}");
            let status = answer.split(' ').next().unwrap();
            let error = stream["lastError"].as_str().unwrap_or_default();
            assert!(is_last || status == "100" || error.contains(status), "{answer}: {error}");
        }
        collecting.await.unwrap();
        let bodies: Vec<String> =
            requests.lock().unwrap().iter().map(|request| request.split_once("\r\n\r\n").unwrap().1.to_owned()).collect();
        assert!(bodies.len() == answers.len() && bodies.windows(2).all(|pair| pair[0] == pair[1]), "{bodies:?}");
        let hit = futures::poll!(std::pin::pin!(elsewhere.accept()));
        assert!(hit.is_pending(), "no redirect is followed");
    }

    async fn a_batch_that_is_too_large_is_halved_until_it_is_taken(server: TestServer) {
        let answers = ["413 Too Large", "413 Too Large", "200 OK", "200 OK", "200 OK", "200 OK"];
        let Lake { id, requests, collecting } = lake(&server, &answers).await;
        make_events(&server, 3).await;
        deliver(&server).await;
        collecting.await.unwrap();
        let lines = |request: &String| request.split_once("\r\n\r\n").unwrap().1.lines().count();
        let sizes: Vec<usize> = requests.lock().unwrap().iter().map(lines).collect();
        assert_eq!(sizes, [4, 2, 1, 1, 1, 1]);
        let stream = shown(&server, &id).await;
        let told = ["attempts", "delivered", "lag", "missed"].map(|name| stream[name].as_i64().unwrap());
        assert_eq!(told, [0, 4, 0, 0], "{stream}");
    }

    async fn a_place_that_finds_everything_too_large_is_asked_less_and_less_often(server: TestServer) {
        let Lake { id, requests, collecting } = lake(&server, &["413 Too Large"; 9]).await;
        make_events(&server, 3).await;
        // Four, two, one; and again after 1 s, 2 s and 4 s, but not earlier. A second passes before each try.
        for (seconds, asked) in [(0, 3), (0, 6), (0, 6), (0, 9), (2, 9)] {
            server.advance(seconds);
            deliver(&server).await;
            assert_eq!(requests.lock().unwrap().len(), asked);
        }
        collecting.await.unwrap();
        let stream = shown(&server, &id).await;
        let told = ["attempts", "delivered", "lag"].map(|name| stream[name].as_i64().unwrap());
        assert_eq!(told, [3, 0, 4], "{stream}");
    }

    async fn a_place_that_takes_its_time_holds_up_no_other(server: TestServer) {
        let (slow, quick) = (TcpListener::bind("127.0.0.1:0").await.unwrap(), TcpListener::bind("127.0.0.1:0").await.unwrap());
        let mut ids = Vec::new();
        for (name, listener) in [("slow", &slow), ("quick", &quick)] {
            let port = listener.local_addr().unwrap().port();
            let request = json!({"name": name, "kind": "syslog", "host": "127.0.0.1", "port": port, "transport": "tcp"});
            let made = server.as_admin().post(STREAMS, &request).await.ok();
            ids.push(made["auditStream"]["id"].as_str().unwrap().to_owned());
        }
        let stopping = tokio_util::sync::CancellationToken::new();
        let work = mayfly_server::workers::audit_streams::stream(
            Arc::clone(server.app()), Arc::new(outbound(&server)), stopping.clone());
        let working = tokio::spawn(work);
        let receiving = tokio::spawn(async move {
            loop {
                let (mut stream, _) = quick.accept().await.unwrap();
                stream.read_to_end(&mut Vec::new()).await.unwrap();
            }
        });
        // Seconds pass slowly enough for everything that is due, and fewer than the slow one has.
        let (mut looks, mut seconds) = (0, 0);
        // The first that it gets is that of its own making.
        for (events, expected) in [(1, 2), (3, 5)] {
            make_events(&server, events).await;
            wait_until("the quick one has everything", || {
                looks += 1;
                if looks % 40 == 1 && seconds < 15 {
                    seconds += 1;
                    server.advance(1);
                }
                async { shown(&server, &ids[1]).await["delivered"] == expected }
            })
            .await;
        }
        let (_held, _) = slow.accept().await.unwrap();
        assert_eq!((shown(&server, &ids[0]).await["attempts"].clone(), seconds < 15), (json!(0), true), "it still takes its time");
        stopping.cancel();
        working.await.unwrap();
        receiving.abort();
    }

    async fn a_collector_that_never_answers_is_given_up_after_a_while(server: TestServer) {
        let authority = TestAuthority::new("collectors");
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("https://{}/", listener.local_addr().unwrap());
        let request = json!({"name": "lake", "kind": "https", "url": url, "ca": authority.pem()});
        let made = server.as_admin().post(STREAMS, &request).await.ok();
        let accepted = tokio::spawn(async move { listener.accept().await.unwrap() });
        let hanging = async {
            let _stream = accepted.await.unwrap();
            server.advance(21);
            std::future::pending::<()>().await;
        };
        tokio::select! {
            () = deliver(&server) => {}
            () = hanging => {}
        }
        let stream = shown(&server, made["auditStream"]["id"].as_str().unwrap()).await;
        assert_eq!((&stream["attempts"], &stream["delivered"]), (&json!(1), &json!(0)));
        let error = stream["lastError"].as_str().unwrap();
        assert!(error.contains("in time") || error.contains("too long"), "{stream}");
    }

    async fn no_stream_leads_to_where_nothing_may(server: TestServer) {
        let request = json!({"name": "x", "kind": "syslog", "host": "169.254.169.254", "port": 80, "transport": "tcp"});
        let made = server.as_admin().post(STREAMS, &request).await.ok();
        deliver(&server).await;
        let stream = shown(&server, made["auditStream"]["id"].as_str().unwrap()).await;
        assert_eq!((&stream["attempts"], &stream["delivered"]), (&json!(1), &json!(0)));
        for path in ["path", "file", "command"] {
            let request = json!({"name": "y", "kind": "file", path: "/tmp/x"});
            let faults = server.as_admin().post(STREAMS, &request).await.faults();
            assert!(faults.iter().any(|fault| fault.0 == format!("body.{path}") && fault.1 == "unknown_field"), "{faults:?}");
        }
        // A query would be stored and shown as it is.
        let request = json!({"name": "y", "kind": "https", "url": "https://logs.example.com/in?api_key=s3cr3t"});
        let refused = server.as_admin().post(STREAMS, &request).await;
        let named = |fault: &(String, String, String)| fault.0 == "body.url" && fault.2.contains("no query");
        assert!(refused.faults().iter().any(named) && !refused.text.contains("s3cr3t"), "{}", refused.text);
        server.as_machine("admin").await.get(STREAMS).await.refused(403, "permission_denied");
    }
}

/// An answer of each kind that sends on to somewhere else, where a trap is.
#[tokio::test]
async fn no_collector_sends_events_on_to_somewhere_else() {
    let server = TestServer::sqlite().await;
    let authority = TestAuthority::new("collectors");
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let trap = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let [here, there] = [&listener, &trap].map(|listener| listener.local_addr().unwrap().port());
    let url = format!("https://127.0.0.1:{here}/ingest");
    let request =
        json!({"name": "lake", "kind": "https", "url": url, "secret": "s3cr3t-of-the-lake", "ca": authority.pem()});
    let id = server.as_admin().post(STREAMS, &request).await.ok()["auditStream"]["id"].as_str().unwrap().to_owned();
    let answers: Vec<String> = [301, 302, 303, 307, 308]
        .iter()
        .flat_map(|status| [format!("https://127.0.0.1:{there}/"), "/elsewhere".to_owned()].map(|to| (status, to)))
        .map(|(status, to)| format!("{status} Elsewhere\r\nlocation: {to}"))
        .chain(["200 OK".to_owned()])
        .collect();
    let (requests, count) = (Arc::new(Mutex::new(Vec::<String>::new())), answers.len());
    let collecting = tokio::spawn(answer_each(listener, authority, answers, Arc::clone(&requests)));
    for _ in 1..count {
        deliver(&server).await;
        assert_eq!(shown(&server, &id).await["delivered"], 0, "that is no delivery");
        server.advance(3_600);
    }
    deliver(&server).await;
    collecting.await.unwrap();
    let requests = requests.lock().unwrap().clone();
    assert_eq!(requests.len(), count);
    assert!(requests.iter().all(|request| request.starts_with("POST /ingest HTTP/1.1\r\n")), "{requests:?}");
    // Whoever called it still waits to be accepted.
    let caught = trap.into_std().unwrap().accept();
    assert_eq!(caught.unwrap_err().kind(), std::io::ErrorKind::WouldBlock, "the trap was called");
}

/// Takes two requests: the first is answered with 503, the second with 200.
async fn collect(listener: TcpListener, authority: TestAuthority, requests: Arc<Mutex<Vec<String>>>) {
    let answers = ["503 Service Unavailable", "200 OK"].map(str::to_owned);
    answer_each(listener, authority, answers.to_vec(), requests).await;
}

/// Takes a request for each answer.
async fn answer_each(
    listener: TcpListener,
    authority: TestAuthority,
    answers: Vec<String>,
    requests: Arc<Mutex<Vec<String>>>,
) {
    let signed = authority.sign_for(&["127.0.0.1"]);
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_cert_resolver(Arc::new(SingleCertAndKey::from(signed)));
    let acceptor = tokio_rustls::TlsAcceptor::from(Arc::new(config));
    for answer in answers {
        let (stream, _) = listener.accept().await.unwrap();
        let mut stream = acceptor.accept(stream).await.unwrap();
        let mut bytes = Vec::new();
        while !is_whole(&bytes) {
            assert!(stream.read_buf(&mut bytes).await.unwrap() > 0);
        }
        requests.lock().unwrap().push(String::from_utf8(bytes).unwrap());
        let answer = format!("HTTP/1.1 {answer}\r\ncontent-length: 0\r\n\r\n");
        stream.write_all(answer.as_bytes()).await.unwrap();
        let _ = stream.shutdown().await;
    }
}

fn is_whole(bytes: &[u8]) -> bool {
    let text = String::from_utf8_lossy(bytes).to_ascii_lowercase();
    let Some((head, body)) = text.split_once("\r\n\r\n") else { return false };
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")).unwrap();
    body.len() >= length.parse().unwrap()
}
