//! A process whose tunnel went silent and who comes again: the new tunnel counts from its first moment, and the old one is no more.

use std::sync::Arc;

use mayfly_testkit::counts;
use mayfly_tunnel::{record::Epoch, registry::Registry};

use crate::{
    rig::{Echo, Rig, soon},
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
        let welcome = mayfly_tunnel::record::Welcome { epoch: Epoch { started, connection }, ..rig.welcome(&name) };
        let (opened, session) = rig.tunnel_as(near, far, welcome, Arc::new(Echo)).await;
        assert!(registry.add(&opened.tunnel), "{connection}");
        // The one before is still open at its other end, where nobody was told.
        if let Some((_cut, old, _session)) = ghost.take() {
            let old: mayfly_tunnel::asking::Tunnel = old;
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
