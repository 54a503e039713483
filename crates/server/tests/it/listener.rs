//! What a stranger can keep the server waiting for, on the listener of the real server.

use std::{sync::Arc, time::Duration};

use mayfly_server::listener::{HEAD_DEADLINE, MOST_CONNECTIONS};
use mayfly_testkit::{
    fake_cluster::{Calls, Fault, Gate, When},
    open_files,
};
use serde_json::json;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    time::timeout,
};

use crate::support::TestServer;

/// Far longer than anything here takes on a busy machine.
pub(crate) const PATIENCE: Duration = Duration::from_mins(1);

async fn connect(server: &TestServer) -> TcpStream {
    TcpStream::connect(server.address()).await.expect("the server listens")
}

#[expect(clippy::disallowed_methods, reason = "connections are the machine's, and so is their time")]
pub(crate) async fn until_closed(stream: &mut TcpStream) -> Vec<u8> {
    let mut told = Vec::new();
    // One that is reset is closed too.
    let _ = timeout(PATIENCE, stream.read_to_end(&mut told)).await.expect("the server closes it");
    told
}

#[tokio::test]
async fn half_a_head_is_waited_for_so_long_and_no_longer() {
    let server = TestServer::sqlite().await;
    let mut slow = connect(&server).await;
    slow.write_all(b"GET /api/status HTTP/1.1\r\nhost: x\r\nx-slow: ").await.unwrap();
    let told = until_closed(&mut slow).await;
    let told = String::from_utf8_lossy(&told);
    assert!(told.is_empty() || told.starts_with("HTTP/1.1 408"), "{HEAD_DEADLINE:?}: {told}");
    server.as_nobody().get("/api/status").await.ok();
}

#[tokio::test]
async fn whoever_comes_when_all_places_are_taken_waits_for_one() {
    // Both ends of all connections are in this process.
    open_files::allow(2 * MOST_CONNECTIONS + 1_024);
    let server = TestServer::sqlite().await;
    let mut taken = Vec::new();
    for _ in 0..MOST_CONNECTIONS {
        taken.push(connect(&server).await);
    }
    let waiting = server.as_nobody();
    let waiting = tokio::spawn(async move { waiting.get("/api/status").await });
    // It is accepted by the machine and not by the server: nothing comes until somebody leaves.
    let mut last = taken.pop().expect("many");
    last.write_all(b"GET /api/status HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").await.unwrap();
    assert!(String::from_utf8_lossy(&until_closed(&mut last).await).starts_with("HTTP/1.1 200"));
    waiting.await.unwrap().ok();
}

#[tokio::test]
async fn a_request_that_runs_when_the_server_stops_is_answered() {
    let mut server = TestServer::sqlite().await;
    server.new_secret("ci").await;
    let (gate, cluster) = (Gate::default(), Arc::clone(&server.cluster));
    cluster.faults().inject(Calls::Token, When::Always, Fault::Delay(gate.clone()));
    let (admin, request) = (server.as_admin(), server.lease_request("ci", &json!({})));
    let asked = tokio::spawn(async move { admin.post("/api/v1/dynamic-secrets/leases", &request).await });
    cluster.requests().wait_for(Calls::Token, 1).await;
    let (address, stopped) = (server.address().to_owned(), server.stop());
    let opened = async {
        // New connections are refused before the old ones end.
        while TcpStream::connect(&address).await.is_ok() {
            tokio::task::yield_now().await;
        }
        gate.open();
    };
    tokio::join!(stopped, opened);
    assert!(asked.await.unwrap().ok()["data"]["TOKEN"].is_string());
}
