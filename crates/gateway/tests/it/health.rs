//! What probes are told, by time that only the test moves.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use mayfly_gateway::{
    health::{Health, Pulse},
    keep::State,
    tally::Tally,
};
use mayfly_testkit::clock::TestClock;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    sync::watch,
};

async fn ask(address: SocketAddr, path: &str) -> (u16, String) {
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(format!("GET {path} HTTP/1.1\r\nHost: probe\r\n\r\n").as_bytes()).await.unwrap();
    let mut text = String::new();
    stream.read_to_string(&mut text).await.unwrap();
    let (head, body) = text.split_once("\r\n\r\n").unwrap();
    (head.split(' ').nth(1).unwrap().parse().unwrap(), body.to_owned())
}

#[tokio::test]
async fn probes_are_told_whether_it_lives_and_why_it_is_of_no_use() {
    let clock = TestClock::default();
    let ambient = clock.ambient(1);
    let (state, seen) = watch::channel(State::Enrolling);
    let pulse = Pulse::new(&ambient);
    let health = Health { pulse: pulse.clone(), state: seen, tally: Arc::<Tally>::default() };
    let address = health.serve("127.0.0.1:0".parse().unwrap()).await.unwrap();
    assert_eq!(ask(address, "/livez").await, (200, "ok\n".to_owned()));
    assert_eq!(ask(address, "/readyz").await, (503, "not enrolled yet\n".to_owned()));
    for (next, status, says) in [
        (State::Dialing { last: None }, 503, "no tunnel is open yet"),
        (State::Dialing { last: Some("Tcp: Connection refused".to_owned()) }, 503, "Tcp: Connection refused"),
        (State::Refused { why: "it was revoked".to_owned() }, 503, "it was revoked"),
        (State::Ready { since: ambient.now() }, 200, "a tunnel is open since"),
        (State::Stopped, 503, "it stops"),
    ] {
        let is_ready = matches!(next, State::Ready { .. });
        state.send_replace(next);
        let (code, told) = ask(address, "/readyz").await;
        assert!(code == status && told.contains(says), "{code} {told}");
        // A server that is away is no reason to begin anew.
        assert_eq!(ask(address, "/livez").await.0, 200);
        let (_, numbers) = ask(address, "/metrics").await;
        assert!(numbers.contains(&format!("\nmayfly_gateway_ready {}\n", u8::from(is_ready))), "{numbers}");
        assert!(numbers.contains("\nmayfly_gateway_dials_total 0\n"), "{numbers}");
    }
    assert_eq!(ask(address, "/").await.0, 404);

    clock.advance(Duration::from_mins(6));
    assert_eq!(ask(address, "/livez").await.0, 200);
    clock.advance(Duration::from_secs(1));
    let (code, told) = ask(address, "/livez").await;
    assert!(code == 503 && told.contains("361 s"), "{code} {told}");
    pulse.beat();
    assert_eq!(ask(address, "/livez").await.0, 200);
}
