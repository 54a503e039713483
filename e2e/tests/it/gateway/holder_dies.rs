//! The server that holds a gateway's only tunnel dies while the other asks it for very much: no call fails.

use std::{sync::Arc, time::Duration};

use mayfly_e2e::{Balancer, Gateway, Installation, SECRET, Scene, inputs};
use mayfly_testkit::{ambient::ambient, counts, network::Room};

use super::{
    OF_SEVERAL, PATIENCE, PROMISED,
    calls::{Asking, Calls},
    ground, in_state, make, policy,
};

/// Answers before, and after it died.
const ANSWERS: usize = 60;

#[tokio::test]
async fn real_server_that_dies_with_the_only_tunnel_fails_no_call_of_the_other() {
    let (ground, cluster) = ground("gateway-holder-dies").await;
    let home = Installation::postgres().await;
    let holder = home.start_with(&OF_SEVERAL).await.unwrap();
    let scene = Scene::bootstrap(&holder).await.unwrap();
    let asker = home.start_with(&OF_SEVERAL).await.unwrap();
    let balancer = Balancer::start(&Room::machine(), &[holder.url().to_owned()]).unwrap();
    let (path, enrolment) = make(&scene.client, "gw-lab").await;
    let policy = format!("operationsPerSecond: 1000\nburst: 1000\n{}", policy(&ground));
    let gateway = Gateway::prepare(&holder, "pod-1", &enrolment, &policy, &cluster).unwrap();
    let gateway = gateway.with_server(balancer.url());
    let _running = gateway.start().await.unwrap();
    let there = scene.at(&asker);
    let shown = in_state(&there.client, &path, "degraded", PATIENCE).await;
    let by_gateway = inputs::by_gateway(&shown.id);
    there.create_secret_with(&by_gateway, &ground.side).await.unwrap();

    let load = Arc::new(Calls::default());
    let asking = || Asking { scene: there.clone(), secret: SECRET.to_owned() };
    // Each asks again when it was answered: as much as the machine gives.
    let callers = (0..counts::of(counts::CALLERS_OF_ONE_TUNNEL)).map(|_| asking()).collect();
    let running = load.begin_at(Duration::from_millis(1), callers);
    load.more(ANSWERS, "leases go by the other server").await;
    let (begun, before) = (ambient().now(), load.answered());
    load.more(ANSWERS, "and again").await;
    let answered = u32::try_from(load.answered() - before).unwrap();
    let per_second = f64::from(answered) / ambient().now().duration_since(begun).as_secs_f64();
    balancer.lead_to(&[asker.url().to_owned()]);
    let (asking, died) = (load.asking(), ambient().now());
    holder.kill().await.unwrap();
    load.more(ANSWERS, "leases go by the new tunnel").await;
    load.end();
    running.await.unwrap();
    load.assert_none_refused("the end");
    let calls = load.calls();
    let mut during: Vec<Duration> =
        calls.iter().filter(|call| call.begun + call.took > died).map(|call| call.took).collect();
    during.sort_unstable();
    let p99 = during[during.len() * 99 / 100];
    println!(
        "{asking} asking at {per_second:.0} leases a second when it died; {} answers since, p99 {p99:?}",
        during.len()
    );
    assert!(asking > 0, "somebody is asking when it dies");
    // Measured is less than a second. A process that comes again waits as long as half of that, by lot.
    assert!(p99 < PROMISED, "{p99:?}");
}
