//! A process whose tunnel went silent and who comes again: the new tunnel counts from its first moment, and the old one is no more.

use std::sync::Arc;

use mayfly_testkit::counts;
use mayfly_tunnel::{
    answering::Answers,
    asking::{LET_GO_LIMIT, Tunnel},
    record::{Epoch, Welcome},
    registry::Registry,
};

use crate::{
    rig::{Echo, Held, Rig, soon, until},
    wire::Cut,
};

#[tokio::test]
async fn the_newest_tunnel_of_a_process_counts_at_once_and_its_ghost_is_gone() {
    let (rig, registry) = (Rig::new(), Registry::default());
    let name = rig.name();
    let started = rig.ambient.now();
    let mut ghost = None;
    for connection in 1..=u64::try_from(counts::of(counts::GHOSTS)).unwrap() {
        let (cut, near, far) = Cut::wire();
        let welcome = Welcome { epoch: Epoch { started, connection }, ..rig.welcome(&name) };
        let (opened, session) = rig.tunnel_as(near, far, welcome, Arc::new(Echo)).await;
        assert!(registry.add(&opened.tunnel), "{connection}");
        // The one before is still open at its other end, where nobody was told, and nobody lets it go.
        rig.clock.advance(LET_GO_LIMIT);
        if let Some((_cut, old, _session)) = ghost.take() {
            let old: Tunnel = old;
            soon(old.gone()).await;
            registry.remove(&old);
        }
        assert_eq!(registry.of(name.gateway).len(), 1, "{connection}");
        let chosen = registry.choose(&rig.ambient, &[name.gateway]).unwrap();
        assert!(chosen.is_same(&opened.tunnel));
        assert_eq!(soon(chosen.call(rig.operation("{}"))).await.unwrap(), "{}");
        cut.cut();
        ghost = Some((cut, opened.tunnel, session));
    }
}

#[tokio::test]
async fn a_tunnel_that_its_process_has_let_go_answers_to_its_end_beside_the_next() {
    let (rig, registry) = (Rig::new(), Registry::default());
    let name = rig.name();
    let started = rig.ambient.now();
    let welcome = |connection| Welcome { epoch: Epoch { started, connection }, ..rig.welcome(&name) };
    let (old, _session) = rig.joins(&registry, welcome(1), Arc::new(Echo)).await;
    old.let_go();
    let (new, _session) = rig.joins(&registry, welcome(2), Arc::new(Echo)).await;
    assert!(!old.is_gone() && registry.choose(&rig.ambient, &[name.gateway]).unwrap().is_same(&new));
    assert_eq!(soon(old.call(rig.operation("{}"))).await.unwrap(), "{}");
    soon(old.done()).await;
}

#[tokio::test]
async fn what_is_asked_over_a_tunnel_is_answered_where_the_word_that_lets_it_go_comes_after_the_next() {
    let (rig, registry) = (Rig::new(), Registry::default());
    let (name, held) = (rig.name(), Arc::new(Held::default()));
    let started = rig.ambient.now();
    let welcome = |connection| Welcome { epoch: Epoch { started, connection }, ..rig.welcome(&name) };
    let (old, _session) = rig.joins(&registry, welcome(1), Arc::clone(&held) as Arc<dyn Answers>).await;
    let call = tokio::spawn({
        let (old, operation) = (old.clone(), rig.operation("{}"));
        async move { old.call(operation).await }
    });
    until("the operation is there", || held.count() == 1).await;
    let (new, _session) = rig.joins(&registry, welcome(2), Arc::new(Echo)).await;
    assert!(old.is_spared() && registry.choose(&rig.ambient, &[name.gateway]).unwrap().is_same(&new));
    old.let_go();
    rig.clock.advance(LET_GO_LIMIT);
    held.go.notify_one();
    assert_eq!(soon(call).await.unwrap().unwrap(), "done");
    soon(old.done()).await;
    assert!(!old.is_gone());
}
