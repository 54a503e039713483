//! Floods against the real binary: somebody else is served beside them, and the memory of the server has a bound.

mod bombs;
mod frames;
mod slow;

use std::{
    fs,
    sync::atomic::{AtomicBool, AtomicUsize, Ordering},
    time::Duration,
};

use futures::future::join_all;
use mayfly_e2e::{Client, Installation, Mayfly, Scene, waiting::within};
use serde_json::Value;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};

use frames::{
    CONTINUATION, DATA, END_HEADERS, END_STREAM, GET, HEADERS, PING, POST, PRIORITY, RST_STREAM, SETTINGS,
    WINDOW_UPDATE, frame, head, opening, request, stream,
};

/// The server is unoptimised, and the machine may be building.
const PATIENCE: Duration = Duration::from_mins(3);
/// What a flood may cost: the figure of the design.
const MOST_MEMORY: u64 = 64 << 20;
/// Connections that flood at once.
const FLOODERS: usize = 8;
/// Bytes after which a flood that is not ended counts as one that nobody ends.
const ENDLESS: usize = 64 << 20;

/// The most memory that the process has had so far, in bytes.
fn peak_memory(mayfly: &Mayfly) -> u64 {
    let status = fs::read_to_string(format!("/proc/{}/status", mayfly.process_id())).unwrap();
    let line = status.lines().find(|line| line.starts_with("VmHWM:")).expect("a peak");
    let kilobytes: u64 = line.split_whitespace().nth(1).unwrap().parse().unwrap();
    kilobytes * 1024
}

/// Asks for this and that until `attack` is over, and once more after that: everything has to be answered.
async fn served_beside<T>(client: &Client, attack: impl Future<Output = T>) -> T {
    let (is_over, served) = (AtomicBool::new(false), AtomicUsize::new(0));
    let asking = async {
        loop {
            let was_over = is_over.load(Ordering::Acquire);
            for path in ["/api/v1/identities/details", "/api/status"] {
                let answer = within(PATIENCE, "somebody else is answered", client.get::<Value>(path)).await;
                answer.unwrap().unwrap();
            }
            served.fetch_add(1, Ordering::AcqRel);
            if was_over {
                return;
            }
        }
    };
    let attacking = async {
        let done = attack.await;
        is_over.store(true, Ordering::Release);
        done
    };
    let (done, ()) = tokio::join!(attacking, asking);
    assert!(served.load(Ordering::Acquire) > 1, "somebody was served during the attack");
    done
}

/// A flood: what comes once, and what comes again and again, by its number.
struct Flood {
    name: &'static str,
    once: Vec<u8>,
    again: fn(u32) -> Vec<u8>,
}

fn reset(number: u32) -> Vec<u8> {
    [request(stream(number)), frame(RST_STREAM, 0, stream(number), &8_u32.to_be_bytes())].concat()
}

/// A request, and a mistake on its stream that makes the server reset it (CVE-2025-8671).
fn made_to_reset(number: u32) -> Vec<u8> {
    [request(stream(number)), frame(WINDOW_UPDATE, 0, stream(number), &0_u32.to_be_bytes())].concat()
}

fn beyond_the_window(number: u32) -> Vec<u8> {
    let most = 0x7fff_ffff_u32.to_be_bytes();
    [request(stream(number)), frame(WINDOW_UPDATE, 0, stream(number), &most)].concat()
}

/// A literal header without a name in the table, of 100 bytes.
fn header() -> Vec<u8> {
    [&[0x00, 0x01, b'a', 100][..], &[b'x'; 100]].concat()
}

fn floods() -> Vec<Flood> {
    let begun = frame(HEADERS, END_STREAM, 1, &head(GET, "/api/status"));
    let posted = frame(HEADERS, END_HEADERS, 1, &head(POST, "/api/v1/auth/universal-auth/login"));
    vec![
        Flood { name: "rapid reset", once: Vec::new(), again: reset },
        Flood { name: "made to reset", once: Vec::new(), again: made_to_reset },
        Flood { name: "made to reset by a window", once: Vec::new(), again: beyond_the_window },
        Flood {
            name: "continuations without an end",
            once: begun.clone(),
            again: |_| frame(CONTINUATION, 0, 1, &header()),
        },
        Flood { name: "empty continuations", once: begun, again: |_| frame(CONTINUATION, 0, 1, &[]) },
        Flood { name: "empty data", once: posted, again: |_| frame(DATA, 0, 1, &[]) },
        Flood { name: "pings", once: request(1), again: |_| frame(PING, 0, 0, &[0; 8]) },
        Flood { name: "settings", once: request(1), again: |_| frame(SETTINGS, 0, 0, &[0, 3, 0, 0, 0, 100]) },
        Flood { name: "priorities", once: request(1), again: |_| frame(PRIORITY, 0, 1, &[0, 0, 0, 0, 16]) },
        Flood {
            name: "windows of the connection",
            once: request(1),
            again: |_| frame(WINDOW_UPDATE, 0, 0, &1_u32.to_be_bytes()),
        },
    ]
}

/// Floods until the server ends it. Says how many bytes it took from us, which is more than it read.
async fn flood(mayfly: &Mayfly, flood: &Flood) -> usize {
    const AT_ONCE: u32 = 64;
    let mut connection = connect(mayfly).await;
    let (mut from, mut to) = connection.split();
    let reading = async {
        // What the server says is taken as fast as it comes.
        let mut taken = vec![0; 65_536];
        while let Ok(1..) = from.read(&mut taken).await {}
    };
    let writing = async {
        let mut sent = 0;
        let mut bytes = [opening(), flood.once.clone()].concat();
        for number in (0..u32::MAX / 4).step_by(usize::try_from(AT_ONCE).unwrap()) {
            if to.write_all(&bytes).await.is_err() {
                return sent;
            }
            sent += bytes.len();
            assert!(sent < ENDLESS, "{}: nobody ends it", flood.name);
            bytes = (number..number + AT_ONCE).flat_map(flood.again).collect();
        }
        sent
    };
    let (sent, ()) = tokio::join!(writing, reading);
    sent
}

async fn connect(mayfly: &Mayfly) -> TcpStream {
    TcpStream::connect(mayfly.url().trim_start_matches("http://")).await.expect("the server listens")
}

#[tokio::test]
async fn floods_of_http2_are_ended_and_others_are_served_beside_them() {
    let mayfly = Installation::sqlite().await.start().await.unwrap();
    let scene = Scene::bootstrap(&mayfly).await.unwrap();
    for one in floods() {
        let before = peak_memory(&mayfly);
        let attack = join_all((0..FLOODERS).map(|_| flood(&mayfly, &one)));
        let attack = within(PATIENCE, one.name, attack);
        let sent = served_beside(&scene.client, attack).await.unwrap();
        let grown = peak_memory(&mayfly) - before;
        assert!(grown < MOST_MEMORY, "{}: the server grew by {grown} bytes while {sent:?} came", one.name);
    }
    mayfly.stop().await.unwrap();
}

/// Connections that ask for as much as they may, and take nothing of it.
#[tokio::test]
async fn answers_that_nobody_takes_cost_little_and_nobody_else_waits() {
    const CONNECTIONS: usize = 16;
    const STREAMS: u32 = 128;
    let mayfly = Installation::sqlite().await.start().await.unwrap();
    let scene = Scene::bootstrap(&mayfly).await.unwrap();
    for path in ["/api/openapi.json", "/api/docs/swagger-ui-bundle.js"] {
        reqwest::get(format!("{}{path}", mayfly.url())).await.unwrap().error_for_status().unwrap();
    }
    let before = peak_memory(&mayfly);
    // SETTINGS_INITIAL_WINDOW_SIZE of nothing.
    let closed = frame(SETTINGS, 0, 0, &[0, 4, 0, 0, 0, 0]);
    // The largest that nobody has to sign in for.
    let large = ["/api/openapi.json", "/api/docs/swagger-ui-bundle.js"];
    let asked = |number: u32| {
        let path = large[usize::try_from(number).unwrap() % large.len()];
        frame(HEADERS, END_HEADERS | END_STREAM, stream(number), &head(GET, path))
    };
    let bytes = [opening(), closed, (0..STREAMS).flat_map(asked).collect()].concat();
    let attack = async {
        let mut held = Vec::new();
        for _ in 0..CONNECTIONS {
            let mut connection = connect(&mayfly).await;
            connection.write_all(&bytes).await.unwrap();
            // Heads of answers come, and nothing else can.
            let mut heard = vec![0; 512];
            within(PATIENCE, "an answer begins", connection.read_exact(&mut heard)).await.unwrap().unwrap();
            held.push(connection);
        }
        held
    };
    let held = served_beside(&scene.client, attack).await;
    let grown = peak_memory(&mayfly) - before;
    assert!(grown < MOST_MEMORY, "the server grew by {grown} bytes for {} connections", held.len());
    scene.client.get::<Value>("/api/status").await.unwrap();
    mayfly.kill().await.unwrap();
}
