//! Parts that stand still: their connections stay open, and nothing is answered. Whoever asks is told in time, and which leg it was.

use std::{sync::Arc, time::Duration};

use mayfly_e2e::{Balancer, Gateway, Scene, inputs, waiting::until};
use mayfly_testkit::{ambient::ambient, counts, frozen::Frozen};

use super::{
    PATIENCE,
    calls::{Asking, Call, Calls, DEADLINE, ISSUE_DEADLINE},
    in_state, make, policy,
    rooms::Rooms,
};

/// From the thaw to the next answers.
const RECOVERY: Duration = Duration::from_mins(1);

/// Answers before, and after.
const ANSWERS: usize = 4;

/// What stands still, and what is said to who asks meanwhile.
#[derive(Clone, Copy, Debug)]
enum Part {
    /// Whose leg is the tunnel, and once it is given up the gateway is away.
    Gateway,
    /// The other one. Nobody at this one is told anything.
    OtherServer,
    /// Whose leg is that from the gateway to the cluster.
    Cluster,
}

#[tokio::test]
async fn real_part_that_stands_still_is_named_and_no_call_waits_beyond_its_deadline() {
    let rooms = Rooms::new("frozen").await;
    let (_database, home) = rooms.database().await;
    let one = rooms.server(&home).await;
    let scene = Scene::bootstrap(&one).await.unwrap();
    let other = rooms.server(&home).await;
    let urls = [one.url_for_neighbours(), other.url_for_neighbours()];
    let balancer = Balancer::start(&rooms.rig.servers, &urls).unwrap();
    let (path, enrolment) = make(&scene.client, "gw-frozen").await;
    let gateway = Gateway::prepare(&one, "pod-1", &enrolment, &policy(&rooms.ground), &rooms.cluster).unwrap();
    let gateway = rooms.place(gateway.with_server(balancer.url()));
    let running = gateway.start().await.unwrap();
    let shown = in_state(&scene.client, &path, "healthy", PATIENCE).await;
    let by_gateway = inputs::by_gateway(&shown.id);
    scene.create_secret_with(&by_gateway, &rooms.ground.side).await.unwrap();

    let cluster = rooms.ground.cluster.process_id().cast_signed();
    for (part, process) in
        [(Part::OtherServer, other.process_id()), (Part::Cluster, cluster), (Part::Gateway, running.process_id())]
    {
        in_state(&scene.client, &path, "healthy", RECOVERY).await;
        let calls = asked_while_frozen(&scene, process).await;
        judge(part, &calls);
    }
    running.stop().await.unwrap();
    one.stop().await.unwrap();
    other.stop().await.unwrap();
}

/// Has a process stand still for so long.
pub(super) async fn stand_still(process: i32, time: Duration) {
    let frozen = Frozen::freeze(process).await.unwrap();
    let thaw = ambient().now() + time;
    until(time + PATIENCE, "it stood still for so long", async || Ok((ambient().now() >= thaw).then_some(())))
        .await
        .unwrap();
    drop(frozen);
}

/// The calls of callers who ask before, while and after a process stands still.
async fn asked_while_frozen(scene: &Scene, process: i32) -> Vec<Call> {
    let load = Arc::new(Calls::default());
    let callers = (0..3).map(|_| Asking { scene: scene.clone(), secret: mayfly_e2e::SECRET.to_owned() });
    let asking = load.begin(callers.collect());
    load.each_has(ANSWERS).await;
    let seconds = u64::try_from(counts::of(counts::FROZEN_SECONDS)).unwrap();
    stand_still(process, Duration::from_secs(seconds)).await;
    load.each_has_within(load.least() + ANSWERS, RECOVERY).await;
    load.end();
    asking.await.unwrap();
    load.calls()
}

fn judge(part: Part, calls: &[Call]) {
    let refused: Vec<_> = calls.iter().filter_map(|call| Some((call.took, call.refused.as_ref()?))).collect();
    let longest = calls.iter().map(|call| call.took).max().unwrap();
    println!("{part:?}: {} calls, {} refused, the longest took {longest:?}: {refused:#?}", calls.len(), refused.len());
    assert!(longest <= DEADLINE, "{part:?}: {longest:?}");
    let legs: &[&str] = match part {
        Part::OtherServer => return assert!(refused.is_empty(), "{refused:?}"),
        Part::Gateway => &["tunnel", "offline"],
        Part::Cluster => &["waiting for the answer: the API server could not be reached in time"],
    };
    assert!(!refused.is_empty(), "{part:?} stood still");
    let (named, others): (Vec<_>, Vec<_>) =
        refused.into_iter().partition(|(_, why)| legs.iter().any(|leg| why.contains(leg)));
    // The gateway has half a second less than the server. Where a busy machine holds its word up for longer, the server knows no more.
    let is_unheard = |(took, why): &(Duration, &String)| {
        matches!(part, Part::Cluster) && *took >= ISSUE_DEADLINE && why.contains("the gateway did not answer in time")
    };
    assert!(others.iter().all(is_unheard) && named.len() > others.len(), "{part:?}: {named:#?}, {others:#?}");
}
