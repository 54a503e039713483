//! What is asked is answered, or told how far it got.

use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use futures::future::BoxFuture;
use mayfly_domain::gateway_policy::GatewayOperation;
use mayfly_tunnel::{
    answering::{Answers, Asked, ServeFailed, Session},
    asking::refuse,
    carrier::Carrier,
    failure::{CallFailed, Leg, Reached, Refusal},
    liveness::{Health, SILENT_AFTER},
    record::{GatewayRecord, GatewayStatus, ServerRecord},
};

use crate::rig::{Echo, Held, Rig, soon, until};

/// Refuses everything.
struct Closed;

impl Answers for Closed {
    fn operation(&self, _asked: Asked) -> BoxFuture<'_, Result<Bytes, Refusal>> {
        Box::pin(async { Err(Refusal::overloaded(Duration::from_millis(250))) })
    }

    fn connect<'a>(
        &'a self,
        _host: &'a str,
        _port: u16,
        _limit: Duration,
    ) -> BoxFuture<'a, Result<Box<dyn Carrier>, Refusal>> {
        Box::pin(async { Err(Refusal::of_gateway("policy", "no")) })
    }
}

fn told(failed: &CallFailed) -> (Leg, Reached, &str) {
    (failed.leg, failed.reached, failed.code.as_str())
}

#[tokio::test]
async fn an_operation_arrives_whole_and_is_answered() {
    let rig = Rig::new();
    let held = Arc::new(Held::default());
    let (opened, session) = rig.tunnel(Arc::clone(&held) as Arc<dyn Answers>).await;
    assert_eq!(session.hello.version, "1.2.3");
    assert_eq!(opened.tunnel.welcome().instance.as_str(), "pod-1");
    let lease = mayfly_domain::ids::LeaseId::generate(&rig.ambient);
    let operation = mayfly_tunnel::asking::Operation {
        name: GatewayOperation::Issue,
        attempt: 3,
        lease: Some(lease),
        ..rig.operation("{\"a\":1}")
    };
    let id = operation.id;
    held.go.notify_one();
    assert_eq!(opened.tunnel.call(operation).await.unwrap(), "done");
    let asked = held.last();
    assert_eq!((asked.id, asked.name.as_str(), asked.attempt, asked.lease), (id, "issue", 3, Some(lease)));
    assert_eq!((asked.actor.as_deref(), asked.body.as_ref()), (Some("somebody"), b"{\"a\":1}".as_slice()));
    // Half a second is kept back for the way of the answer.
    assert_eq!(asked.limit, Duration::from_millis(7_500));
}

#[tokio::test]
async fn the_largest_documents_pass_and_larger_ones_are_refused_by_whoever_sees_them_first() {
    let rig = Rig::new();
    let (opened, _session) = rig.tunnel(Arc::new(Echo)).await;
    let whole = "x".repeat(256 * 1024);
    assert_eq!(opened.tunnel.call(rig.operation(&whole)).await.unwrap().len(), whole.len());
    let failed = opened.tunnel.call(rig.operation(&format!("{whole}x"))).await.unwrap_err();
    assert_eq!(told(&failed), (Leg::Server, Reached::NotSent, "too_long"));
}

#[tokio::test]
async fn a_refusal_says_who_refuses_and_when_to_try_again() {
    let rig = Rig::new();
    let (opened, _session) = rig.tunnel(Arc::new(Closed)).await;
    let failed = opened.tunnel.call(rig.operation("{}")).await.unwrap_err();
    assert_eq!(told(&failed), (Leg::Gateway, Reached::Refused, "overloaded"));
    assert_eq!(failed.retry_after, Some(Duration::from_millis(250)));
    let failed = opened.tunnel.connect("10.0.0.1", 6443, Duration::from_secs(5)).await.err().unwrap();
    assert_eq!(told(&failed), (Leg::Gateway, Reached::Refused, "policy"));
}

#[tokio::test]
async fn the_gateway_learns_that_nobody_waits_any_more() {
    let rig = Rig::new();
    let held = Arc::new(Held::default());
    let (opened, _session) = rig.tunnel(Arc::clone(&held) as Arc<dyn Answers>).await;
    let tunnel = opened.tunnel.clone();
    let operation = rig.operation("{}");
    let limit = operation.limit;
    let call = tokio::spawn(async move { tunnel.call(operation).await });
    until("the operation is there", || held.count() == 1).await;
    // Silence makes the server ping; the answer to that says that only the operation is slow.
    rig.clock.advance(SILENT_AFTER);
    until("it waits for the rest", || rig.clock.sleepers() == 3).await;
    assert!(opened.tunnel.is_good());
    rig.clock.advance(limit.saturating_sub(SILENT_AFTER));
    let failed = soon(call).await.unwrap().unwrap_err();
    assert_eq!(told(&failed), (Leg::Tunnel, Reached::Unknown, "timed_out"));
    until("the gateway is told", || held.last().cancelled.is_cancelled()).await;
    held.go.notify_one();
    // The tunnel goes on.
    assert_eq!(opened.tunnel.call(rig.operation("{}")).await.unwrap(), "done");
}

#[tokio::test]
async fn a_broken_tunnel_says_that_nobody_knows_and_does_not_cancel() {
    let rig = Rig::new();
    let held = Arc::new(Held::default());
    let (opened, session) = rig.tunnel(Arc::clone(&held) as Arc<dyn Answers>).await;
    let tunnel = opened.tunnel.clone();
    let operation = rig.operation("{}");
    let call = tokio::spawn(async move { tunnel.call(operation).await });
    until("the operation is there", || held.count() == 1).await;
    session.close();
    let failed = call.await.unwrap().unwrap_err();
    assert_eq!(told(&failed), (Leg::Tunnel, Reached::Unknown, "tunnel_broke"));
    assert!(!held.last().cancelled.is_cancelled());
    let failed = opened.tunnel.call(rig.operation("{}")).await.unwrap_err();
    assert_eq!(failed.reached, Reached::NotSent, "{failed:?}");
    let mut health = opened.tunnel.health();
    health.wait_for(|health| matches!(health, Health::Gone { .. })).await.unwrap();
}

#[tokio::test]
async fn a_gateway_that_drains_answers_what_it_has_and_takes_nothing_new() {
    let rig = Rig::new();
    let held = Arc::new(Held::default());
    let (mut opened, session) = rig.tunnel(Arc::clone(&held) as Arc<dyn Answers>).await;
    let tunnel = opened.tunnel.clone();
    let operation = rig.operation("{}");
    let call = tokio::spawn(async move { tunnel.call(operation).await });
    until("the operation is there", || held.count() == 1).await;
    session.drain("an upgrade").await;
    let told_of = opened.records.recv().await.unwrap();
    assert_eq!(told_of, GatewayRecord::Drain { reason: "an upgrade".to_owned() });
    let mut last = None;
    for _ in 0..1_000 {
        match soon(opened.tunnel.call(rig.operation("{}"))).await {
            Ok(_) => tokio::task::yield_now().await,
            Err(failed) => {
                last = Some(failed.reached);
                break;
            }
        }
    }
    assert_eq!(last, Some(Reached::NotSent));
    held.go.notify_one();
    assert_eq!(call.await.unwrap().unwrap(), "done");
}

#[tokio::test]
async fn records_go_both_ways_beside_the_operations() {
    let rig = Rig::new();
    let (mut opened, mut session) = rig.tunnel(Arc::new(Echo)).await;
    let status = GatewayStatus { refused: 7, ..GatewayStatus::default() };
    session.tell(GatewayRecord::Status(status.clone())).await;
    assert_eq!(opened.records.recv().await, Some(GatewayRecord::Status(status)));
    let drain = ServerRecord::Drain { reason: "an upgrade".to_owned() };
    opened.tunnel.tell(drain.clone());
    assert_eq!(session.records.recv().await, Some(drain));
    opened.tunnel.close();
    assert_eq!(session.records.recv().await, None);
    assert!(!session.gone().await.is_empty());
}

#[tokio::test]
async fn a_gateway_that_may_not_come_is_told_why() {
    let rig = Rig::new();
    let name = rig.name();
    let (server, gateway) = Box::pin(rig.secured(&name)).await;
    let refusing = refuse(&rig.ambient, server, "revoked", "somebody said so");
    let serving = Session::serve(&rig.ambient, gateway, rig.welcome(&name), Arc::new(Echo));
    let ((), outcome) = tokio::join!(refusing, serving);
    let failed = outcome.err().unwrap();
    assert!(matches!(&failed, ServeFailed::Refused { code, .. } if code == "revoked"), "{failed:?}");
}
