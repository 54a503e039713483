//! Which of several tunnels is asked.

use std::{collections::HashSet, sync::Arc};

use mayfly_domain::ids::GatewayId;
use mayfly_tunnel::{
    answering::{Answers, Session},
    asking::Tunnel,
    registry::Registry,
};

use crate::rig::{Echo, Held, Rig, until};

/// More than a byte can count.
const MANY: usize = 300;

/// Choices among few, each of which would come up.
const CHOICES: usize = 1_000;

/// Choices among many: the chance that one of them is left out is less than one in a million.
const CHOICES_OF_MANY: usize = 20 * MANY;

async fn come(rig: &Rig, registry: &Registry, answers: Arc<dyn Answers>) -> (GatewayId, Tunnel, Session) {
    let name = rig.name();
    let (tunnel, session) = rig.joins(registry, rig.welcome(&name), answers).await;
    (name.gateway, tunnel, session)
}

#[tokio::test]
async fn one_on_which_a_call_waits_is_not_asked_while_others_are_idle() {
    let (rig, registry, held) = (Rig::new(), Registry::default(), Arc::new(Held::default()));
    let [first, second] = [come(&rig, &registry, Arc::new(Echo)).await, come(&rig, &registry, Arc::new(Echo)).await];
    let (waits, tunnel, _session) = come(&rig, &registry, Arc::clone(&held) as Arc<dyn Answers>).await;
    let all = [first.0, second.0, waits];
    let chosen = || -> HashSet<GatewayId> {
        let chosen = (0..CHOICES).filter_map(|_| registry.choose(&rig.ambient, &all));
        chosen.map(|tunnel| tunnel.welcome().gateway).collect()
    };
    assert_eq!(chosen(), HashSet::from(all));
    let call = tokio::spawn({
        let operation = rig.operation("{}");
        async move { tunnel.call(operation).await }
    });
    until("the operation is there", || held.count() == 1).await;
    assert_eq!(chosen(), HashSet::from([first.0, second.0]));
    held.go.notify_one();
    call.await.unwrap().unwrap();
    assert_eq!(chosen(), HashSet::from(all));
}

#[tokio::test]
async fn each_of_many_is_asked() {
    let (rig, registry) = (Rig::new(), Registry::default());
    assert!(registry.choose(&rig.ambient, &[rig.name().gateway]).is_none());
    let mut tunnels = Vec::new();
    for _ in 0..MANY {
        tunnels.push(come(&rig, &registry, Arc::new(Echo)).await);
    }
    let all: Vec<GatewayId> = tunnels.iter().map(|(gateway, ..)| *gateway).collect();
    let chosen = (0..CHOICES_OF_MANY).filter_map(|_| registry.choose(&rig.ambient, &all));
    let chosen: HashSet<GatewayId> = chosen.map(|tunnel| tunnel.welcome().gateway).collect();
    assert_eq!(chosen.len(), MANY);
}
