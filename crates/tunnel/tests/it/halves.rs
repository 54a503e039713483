//! Gateways that say a part of what a handshake takes, and then nothing: each is closed by its deadline, very many at once keep nobody
//! else from coming.

use std::{
    sync::{Arc, atomic::Ordering},
    time::Duration,
};

use futures::future::join_all;
use mayfly_testkit::counts;
use mayfly_tunnel::{
    answering::Session,
    asking::{OpenFailed, Tunnel},
    tls::{HandshakeFailed, TunnelServer, connect_tunnel},
};
use tokio::task::JoinHandle;

use crate::{
    rig::{Echo, Rig, soon, until},
    wire::short_wire,
};

/// Where a handshake ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    /// The inner TLS was not whole in time.
    Tls,
    /// It was, and the gateway did not say who it is.
    Welcome,
    /// It came.
    Open,
}

/// The server's end of one that comes.
async fn come(rig: &Rig, server: &TunnelServer, near: tokio::io::DuplexStream) -> End {
    let stream = match rig.ambient.within(Duration::from_secs(10), server.accept(near)).await {
        Some(Ok((_, stream))) => stream,
        None | Some(Err(HandshakeFailed::TimedOut)) => return End::Tls,
        Some(Err(error)) => unreachable!("{error}"),
    };
    match Tunnel::open(&rig.ambient, stream, rig.hello()).await {
        Ok(_) => End::Open,
        Err(OpenFailed::TimedOut) => End::Welcome,
        Err(error) => unreachable!("{error}"),
    }
}

/// The gateway's end, whose words may not all arrive.
fn go(rig: &Arc<Rig>, far: tokio::io::DuplexStream) -> JoinHandle<Option<Session>> {
    let rig = Arc::clone(rig);
    tokio::spawn(async move {
        let name = rig.name();
        let own = rig.signed_by(&rig.authority, &name);
        let stream = connect_tunnel(&rig.ambient, &rig.trust(), own, far).await.ok()?;
        Session::serve(&rig.ambient, stream, rig.welcome(&name), Arc::new(Echo)).await.ok()
    })
}

#[tokio::test]
async fn whoever_stops_anywhere_in_a_handshake_is_closed_by_its_deadline() {
    let rig = Arc::new(Rig::new());
    let server = rig.server();
    // The control: how much a whole one takes.
    let (carried, near, far) = short_wire(usize::MAX);
    let whole = go(&rig, far);
    assert_eq!(soon(come(&rig, &server, near)).await, End::Open);
    let total = carried.load(Ordering::Relaxed);
    drop(soon(whole).await);

    let count = counts::of(counts::HALF_HANDSHAKES);
    let (mut coming, mut going) = (Vec::new(), Vec::new());
    for number in 0..count {
        // The last bytes are those of a ping, that nobody waits for.
        let (carried, near, far) = short_wire(total * number / count * 9 / 10);
        going.push((carried, go(&rig, far)));
        let (rig, server) = (Arc::clone(&rig), rig.server());
        coming.push(tokio::spawn(async move { come(&rig, &server, near).await }));
    }
    let waiting = |coming: &[JoinHandle<End>]| coming.iter().filter(|coming| !coming.is_finished()).count();
    until("they all have said what they say", || rig.clock.sleepers() >= count).await;
    assert_eq!(waiting(&coming), count);
    let (_carried, near, far) = short_wire(usize::MAX);
    let whole = go(&rig, far);
    assert_eq!(soon(come(&rig, &server, near)).await, End::Open, "one more comes meanwhile");
    drop(soon(whole).await);

    rig.clock.advance(Duration::from_secs(10));
    until("they all are closed", || waiting(&coming) == 0).await;
    let ended = join_all(coming).await;
    let count_of = |end| ended.iter().filter(|ended| *ended.as_ref().unwrap() == end).count();
    println!(
        "{count} handshakes of less than {total} bytes: {} ended in TLS, {} after it",
        count_of(End::Tls),
        count_of(End::Welcome)
    );
    assert_eq!(count_of(End::Tls) + count_of(End::Welcome), count);
    assert!(count_of(End::Tls) > count / 4 && count_of(End::Welcome) > count / 20);
}
