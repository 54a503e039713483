//! Connections that bring little or nothing.

use std::net::{Ipv4Addr, SocketAddr};

use futures::future::join_all;
use mayfly_e2e::{Installation, Mayfly, Scene, waiting::within};
use mayfly_testkit::{counts, open_files};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpSocket, TcpStream},
};

use super::{MOST_MEMORY, PATIENCE, peak_memory, served_beside};

/// No address may hold as many as there are.
const OF_SOURCE: usize = 700;

/// A connection from one of the addresses of this machine, so that none has too many.
async fn connect(mayfly: &Mayfly, number: usize) -> TcpStream {
    let source = Ipv4Addr::new(127, 0, 1, u8::try_from(number / OF_SOURCE + 1).unwrap());
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind(SocketAddr::from((source, 0))).unwrap();
    let server = mayfly.url().trim_start_matches("http://").parse().unwrap();
    within(PATIENCE, "the server accepts", socket.connect(server)).await.unwrap().unwrap()
}

#[tokio::test]
async fn thousands_of_slow_connections_hold_nobody_up_and_lose_their_places() {
    let count = counts::of(counts::SLOW_CONNECTIONS);
    open_files::allow(count + 1_024);
    let places = (count + 200).to_string();
    let settings = [("MAYFLY_HTTP_MOST_CONNECTIONS", places.as_str())];
    let mayfly = Installation::sqlite().await.start_with(&settings).await.unwrap();
    let scene = Scene::bootstrap(&mayfly).await.unwrap();
    let before = peak_memory(&mayfly);
    let beginnings: [&[u8]; 4] =
        [b"", b"PRI * HTTP/2.0\r\n\r\nSM", b"GET /api/status HTTP/1.1\r\nhost: x\r\nx-slow: ", b"P"];
    let attack = async {
        let mut slow = Vec::with_capacity(count);
        for number in 0..count {
            let mut stream = connect(&mayfly, number).await;
            // Those that came first may be closed by now.
            let _ = stream.write_all(beginnings[number % beginnings.len()]).await;
            slow.push(stream);
        }
        let ends = slow.iter_mut().map(|stream| async {
            let mut told = Vec::new();
            // One that is reset is closed too.
            let _ = within(PATIENCE, "the server closes it", stream.read_to_end(&mut told)).await.unwrap();
            told
        });
        join_all(ends).await
    };
    for told in served_beside(&scene.client, attack).await {
        let told = String::from_utf8_lossy(&told);
        assert!(!told.starts_with("HTTP/1.1 2"), "{told}");
    }
    // A connection is a task with a few buffers.
    let grown = peak_memory(&mayfly) - before;
    assert!(grown < MOST_MEMORY * 2, "the server grew by {grown} bytes for {count} connections");
    mayfly.stop().await.unwrap();
}
