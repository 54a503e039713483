//! Who does not answer any more is left in time, whatever the network says.

use std::{sync::Arc, time::Duration};

use mayfly_tunnel::{
    answering::Session,
    asking::Tunnel,
    liveness::{Health, SILENT_AFTER, SUSPECT_AFTER},
};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, duplex};

use crate::{
    rig::{Echo, Rig, WIRE, until},
    wire::Cut,
};

#[tokio::test]
async fn a_silent_end_is_suspected_after_three_seconds_and_given_up_after_twenty() {
    let rig = Rig::new();
    let name = rig.name();
    let (cut, near, far) = Cut::wire();
    let (opened, session) = rig.tunnel_over(near, far, &name, Arc::new(Echo)).await;
    let (mut server, mut gateway) = (opened.tunnel.health(), session.health());
    // Both have pinged once, and wait for the next time.
    until("both were answered", || rig.clock.sleepers() == 2).await;
    cut.cut();
    rig.clock.advance(Duration::from_secs(10));
    until("both have pinged", || rig.clock.sleepers() == 2).await;
    assert!(opened.tunnel.is_good());
    rig.clock.advance(Duration::from_secs(3));
    server.wait_for(|health| *health == Health::Suspect).await.unwrap();
    gateway.wait_for(|health| *health == Health::Suspect).await.unwrap();
    assert!(!opened.tunnel.is_good());
    until("both wait for the rest", || rig.clock.sleepers() == 2).await;
    rig.clock.advance(Duration::from_millis(16_999));
    assert_eq!(*server.borrow(), Health::Suspect);
    rig.clock.advance(Duration::from_millis(1));
    server.wait_for(|health| matches!(health, Health::Gone { why } if why.contains("20 s"))).await.unwrap();
    assert!(session.gone().await.contains("20 s"));
}

#[tokio::test]
async fn an_operation_that_gets_no_answer_makes_the_tunnel_suspect_within_five_seconds() {
    assert!(SILENT_AFTER + SUSPECT_AFTER < Duration::from_secs(5));
    let rig = Rig::new();
    let name = rig.name();
    let (cut, near, far) = Cut::wire();
    let (opened, _session) = rig.tunnel_over(near, far, &name, Arc::new(Echo)).await;
    until("both were answered", || rig.clock.sleepers() == 2).await;
    cut.cut();
    let tunnel = opened.tunnel.clone();
    let operation = rig.operation("{}");
    let call = tokio::spawn(async move { tunnel.call(operation).await });
    // The deadline of the whole, and the patience before it.
    until("it was sent", || rig.clock.sleepers() >= 3).await;
    rig.clock.advance(SILENT_AFTER);
    until("the server has pinged", || rig.clock.sleepers() >= 3).await;
    for _ in 0..1_000 {
        tokio::task::yield_now().await;
    }
    rig.clock.advance(SUSPECT_AFTER);
    let mut health = opened.tunnel.health();
    health.wait_for(|health| *health == Health::Suspect).await.unwrap();
    call.abort();
}

#[tokio::test]
async fn a_suspect_that_answers_is_good_again() {
    let rig = Rig::new();
    let name = rig.name();
    let (near, mut far) = duplex(WIRE);
    let opening = Tunnel::open(&rig.ambient, near, rig.hello());
    // A slow middle: the gateway's bytes wait until they are let through.
    let (inner, gateway) = duplex(WIRE);
    let (mut inner_reader, mut inner_writer) = tokio::io::split(inner);
    let gate = Arc::new(tokio::sync::Semaphore::new(1_000));
    let slow = Arc::clone(&gate);
    let middle = async move {
        let (mut far_reader, mut far_writer) = tokio::io::split(&mut far);
        let back = async {
            let mut buffer = vec![0; 16 * 1024];
            while let Ok(count @ 1..) = inner_reader.read(&mut buffer).await {
                slow.acquire().await.unwrap().forget();
                far_writer.write_all(&buffer[..count]).await.unwrap();
            }
        };
        tokio::join!(tokio::io::copy(&mut far_reader, &mut inner_writer), back).0.ok();
    };
    let middle = async move {
        middle.await;
    };
    let serving = Session::serve(&rig.ambient, gateway, rig.welcome(&name), Arc::new(Echo));
    let scenario = async {
        let (opened, served) = tokio::join!(opening, serving);
        let (opened, _session) = (opened.unwrap(), served.unwrap());
        until("both were answered", || rig.clock.sleepers() == 2).await;
        gate.forget_permits(1_000);
        rig.clock.advance(Duration::from_secs(10));
        until("they have pinged", || rig.clock.sleepers() == 2).await;
        for _ in 0..1_000 {
            tokio::task::yield_now().await;
        }
        rig.clock.advance(Duration::from_secs(3));
        let mut health = opened.tunnel.health();
        health.wait_for(|health| *health == Health::Suspect).await.unwrap();
        gate.add_permits(1_000);
        health.wait_for(|health| matches!(health, Health::Good { .. })).await.unwrap();
    };
    tokio::select! {
        () = middle => unreachable!("the wire was not cut"),
        () = scenario => {}
    }
}

#[tokio::test]
async fn whoever_says_nothing_is_given_ten_seconds() {
    let rig = Rig::new();
    let (near, _far) = duplex(WIRE);
    let opening = tokio::spawn({
        let (ambient, hello) = (rig.ambient.clone(), rig.hello());
        async move { Tunnel::open(&ambient, near, hello).await.err() }
    });
    until("it waits", || rig.clock.sleepers() == 1).await;
    rig.clock.advance(Duration::from_secs(10));
    let failed = opening.await.unwrap().unwrap();
    assert_eq!(failed.to_string(), "the gateway did not say who it is within 10 s");
    let (near, _far) = duplex(WIRE);
    let serving = tokio::spawn({
        let (ambient, welcome) = (rig.ambient.clone(), rig.welcome(&rig.name()));
        async move { Session::serve(&ambient, near, welcome, Arc::new(Echo)).await.err() }
    });
    until("it waits", || rig.clock.sleepers() == 1).await;
    rig.clock.advance(Duration::from_secs(10));
    let failed = serving.await.unwrap().unwrap();
    assert_eq!(failed.to_string(), "the server did not say who it is within 10 s");
}
