//! Connections that bring or take nothing, and how many of them one address may have.

use std::{net::Ipv4Addr, time::Duration};

use axum::{Router, body::Body, routing::get};
use bytes::Bytes;
use futures::stream;
use http::HeaderName;
use mayfly_server::{
    http::{Most, proxies::TrustedProxies},
    listener::{self, ListenerOptions, MOST_BETWEEN_REQUESTS, Patience},
};
use mayfly_testkit::clock::TestClock;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
    time::Instant,
};
use tokio_util::sync::CancellationToken;

use crate::{
    listener::{PATIENCE, until_closed},
    support::{Database, TestServer, TestServerOptions, wait_until},
};

/// Short, so that no test takes long, and far longer than a machine needs to answer.
const IDLE: Duration = Duration::from_secs(2);
const SHORT: Patience = Patience { head: IDLE, idle: IDLE };

async fn with(listener: ListenerOptions) -> TestServer {
    TestServer::bare(TestServerOptions { listener, ..TestServerOptions::new(Database::Sqlite) }).await
}

/// Asks over HTTP/2 with a window of nothing (RFC 9113, 6.9.2): the head of an answer comes, and its body never can.
#[tokio::test]
async fn whoever_takes_nothing_of_an_answer_loses_the_connection() {
    let server = with(ListenerOptions { patience: SHORT, ..ListenerOptions::default() }).await;
    let mut stream = TcpStream::connect(server.address()).await.unwrap();
    let settings = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\x06\x04\0\0\0\0\0\0\x04\0\0\0\0";
    // GET, http, `x`, and the path of the status.
    let head = b"\x82\x86\x41\x01x\x04\x0b/api/status";
    let request = [b"\0\0".as_slice(), &[u8::try_from(head.len()).unwrap()], b"\x01\x05\0\0\0\x01", head].concat();
    stream.write_all(&[settings.as_slice(), &request].concat()).await.unwrap();
    let told = until_closed(&mut stream).await;
    // After the settings, frames of the stream: a head, and not a byte of data.
    let of_stream = told.windows(9).filter(|frame| frame[5..9] == [0, 0, 0, 1] && frame[0] == 0);
    let kinds: Vec<u8> = of_stream.map(|frame| frame[3]).collect();
    assert!(kinds.contains(&1) && !kinds.contains(&0), "{kinds:?}");
}

/// A connection to a server that answers in so many parts, with so long a pause before each but the first.
async fn answered_in_parts(number: usize, pause: Duration, patience: Patience) -> TcpStream {
    let parts = move || async move {
        let ticks = tokio::time::interval(pause);
        Body::from_stream(stream::unfold((0, ticks), move |(told, mut ticks)| async move {
            ticks.tick().await;
            (told < number).then_some((Ok::<_, std::io::Error>(Bytes::from_static(b"part ")), (told + 1, ticks)))
        }))
    };
    let router = Router::new().route("/", get(parts));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let stream = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
    let options = ListenerOptions { patience, ..ListenerOptions::default() };
    let unstopped = (TestClock::default().ambient(1), CancellationToken::new());
    tokio::spawn(listener::serve_with(listener, router, options, unstopped));
    stream
}

/// An answer of thirty parts, each of which takes a tenth of the time after which a connection is idle.
#[tokio::test]
async fn an_answer_that_takes_long_is_not_cut_while_it_is_taken() {
    const PARTS: usize = 30;
    let mut stream = answered_in_parts(PARTS, IDLE / 10, SHORT).await;
    stream.write_all(b"GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").await.unwrap();
    let told = String::from_utf8(until_closed(&mut stream).await).unwrap();
    assert_eq!(told.matches("part ").count(), PARTS, "{told}");
}

/// The next head has begun while an answer goes out, whose pauses are twice what a head may take.
#[tokio::test]
async fn an_answer_is_not_cut_because_the_next_request_has_begun() {
    const PARTS: usize = 4;
    let patience = Patience { head: IDLE / 4, idle: IDLE };
    let mut stream = answered_in_parts(PARTS, IDLE / 2, patience).await;
    stream.write_all(b"GET / HTTP/1.1\r\nhost: x\r\n\r\n").await.unwrap();
    let mut first = [0; 12];
    stream.read_exact(&mut first).await.unwrap();
    stream.write_all(b"G").await.unwrap();
    let told = String::from_utf8(until_closed(&mut stream).await).unwrap();
    assert_eq!(told.matches("part ").count(), PARTS, "{told}");
}

/// A load balancer sends its next request into a connection that it has kept for a minute: it has to be there.
#[tokio::test]
async fn between_requests_a_connection_is_kept_for_longer_than_a_head_may_take() {
    let patience = Patience { head: IDLE / 4, ..SHORT };
    let server = with(ListenerOptions { patience, ..ListenerOptions::default() }).await;
    let since = Instant::now();
    until_closed(&mut kept(&server).await).await;
    assert!(since.elapsed() > IDLE * 9 / 10, "{:?}", since.elapsed());
}

/// Its first head was short; of its next one, a byte comes each while: it would take a year, and so would the pause.
#[tokio::test]
async fn each_head_has_so_long_from_its_first_byte_and_no_byte_adds_to_it() {
    let patience = Patience { head: IDLE, idle: Duration::from_hours(365 * 24) };
    let server = with(ListenerOptions { patience, ..ListenerOptions::default() }).await;
    let mut stream = kept(&server).await;
    let (since, mut ticks) = (Instant::now(), tokio::time::interval(IDLE / 10));
    while stream.write_all(b"G").await.is_ok() {
        assert!(since.elapsed() < PATIENCE, "the server waits for a head for ever");
        ticks.tick().await;
    }
    assert!(since.elapsed() > IDLE * 9 / 10, "{:?}", since.elapsed());
}

/// A connection that was accepted: it was answered, and stays.
async fn kept(server: &TestServer) -> TcpStream {
    let mut stream = TcpStream::connect(server.address()).await.unwrap();
    stream.write_all(b"GET /api/status HTTP/1.1\r\nhost: x\r\n\r\n").await.unwrap();
    let mut told = [0; 12];
    stream.read_exact(&mut told).await.expect("an answer");
    assert_eq!(&told, b"HTTP/1.1 200");
    stream
}

fn one_source_has(of_source: usize) -> ListenerOptions {
    ListenerOptions { connections: Most { altogether: 64, of_source }, ..ListenerOptions::default() }
}

#[tokio::test]
async fn one_address_has_so_many_connections_and_others_are_served() {
    let server = with(one_source_has(3)).await;
    let mut held = Vec::new();
    for _ in 0..3 {
        held.push(kept(&server).await);
    }
    let mut fourth = TcpStream::connect(server.address()).await.unwrap();
    assert_eq!(until_closed(&mut fourth).await, b"", "it is closed without a word");
    server.from(Ipv4Addr::new(127, 0, 0, 2).into()).get("/api/status").await.ok();
    drop(held.pop());
    wait_until("the place is free again", async || {
        let mut stream = TcpStream::connect(server.address()).await.unwrap();
        let _ = stream.write_all(b"GET /api/status HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").await;
        until_closed(&mut stream).await.starts_with(b"HTTP/1.1 200")
    })
    .await;
}

#[tokio::test]
async fn a_trusted_proxy_has_as_many_connections_as_it_needs() {
    let ranges = vec!["127.0.0.1/32".parse().unwrap()];
    let proxies = TrustedProxies::new(ranges, HeaderName::from_static("x-forwarded-for")).unwrap();
    let server = with(ListenerOptions { proxies, ..one_source_has(3) }).await;
    let mut held = Vec::new();
    for _ in 0..20 {
        held.push(kept(&server).await);
    }
    // Whoever is no proxy is counted beside it.
    let _kept = server.from(Ipv4Addr::new(127, 0, 0, 2).into()).get("/api/status").await.ok();
    assert_eq!(held.len(), 20);
}

/// Something else than HTTP after a switch: it says what it hears.
fn switching() -> Router {
    let switch = async |mut request: axum::extract::Request| {
        let upgrade = request.extensions_mut().remove::<hyper::upgrade::OnUpgrade>().expect("it asks for a switch");
        tokio::spawn(async move {
            let stream = hyper_util::rt::TokioIo::new(upgrade.await.expect("it is switched"));
            let (mut reader, mut writer) = tokio::io::split(stream);
            let _ = tokio::io::copy(&mut reader, &mut writer).await;
        });
        let switched = http::Response::builder().status(101).header("connection", "upgrade").header("upgrade", "echo");
        switched.body(Body::empty()).expect("an answer")
    };
    Router::new().route("/", get(switch))
}

/// What was switched to something else has limits of its own, is never idle, and keeps its place among the connections.
#[tokio::test]
async fn a_switched_connection_carries_what_it_likes_and_keeps_its_place() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let connections = Most { altogether: 1, of_source: 1 };
    let options = ListenerOptions { patience: SHORT, connections, ..ListenerOptions::default() };
    let (ambient, stopping) = (TestClock::default().ambient(1), CancellationToken::new());
    tokio::spawn(listener::serve_with(listener, switching(), options, (ambient, stopping.clone())));
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(b"GET / HTTP/1.1\r\nhost: x\r\nconnection: upgrade\r\nupgrade: echo\r\n\r\n").await.unwrap();
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await.unwrap());
    }
    assert!(head.starts_with(b"HTTP/1.1 101"), "{}", String::from_utf8_lossy(&head));
    echo(&mut stream, 2 * MOST_BETWEEN_REQUESTS).await;
    // Nobody else has a place, as long as it is there.
    let mut other = TcpStream::connect(address).await.unwrap();
    other.write_all(b"GET /none HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").await.unwrap();
    echo(&mut stream, MOST_BETWEEN_REQUESTS).await;
    let mut answer = Vec::new();
    assert_eq!(other.try_read_buf(&mut answer).unwrap_err().kind(), std::io::ErrorKind::WouldBlock);
    drop(stream);
    other.read_to_end(&mut answer).await.unwrap();
    assert!(answer.starts_with(b"HTTP/1.1 404"), "{}", String::from_utf8_lossy(&answer));
    stopping.cancel();
}

/// Sends so many bytes and hears them again.
async fn echo(stream: &mut TcpStream, bytes: usize) {
    let piece = vec![7; 64 * 1024];
    let (mut reader, mut writer) = stream.split();
    let sending = async {
        for _ in 0..bytes / piece.len() {
            writer.write_all(&piece).await.unwrap();
        }
    };
    let hearing = async {
        let mut heard = vec![0; piece.len()];
        for _ in 0..bytes / piece.len() {
            reader.read_exact(&mut heard).await.unwrap();
            assert!(heard == piece);
        }
    };
    tokio::join!(sending, hearing);
}
