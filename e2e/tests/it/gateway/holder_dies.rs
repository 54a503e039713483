//! The server that holds a gateway's only tunnel dies while the other asks it for very much: no call fails.

use std::{sync::Arc, time::Duration};

use mayfly_e2e::{Balancer, Gateway, Installation, Scene};
use mayfly_testkit::{ambient::ambient, network::Room};
use serde_json::json;

use super::{
    PATIENCE, ground, in_state,
    load::{Load, Rate},
    make, policy,
    rolling::OF_SEVERAL,
};

/// As much as the machine gives: each caller asks again at once.
const RATE: Rate = Rate { callers: 8, pace: Duration::from_millis(1), answers: 60 };

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
    let by_gateway = Scene::reached_by(&json!({ "authMethod": "gateway", "gatewayId": shown.id }));
    there.create_secret_with(&by_gateway, &ground.side).await.unwrap();

    let load = Load::of(there, RATE);
    let running = tokio::spawn(Arc::clone(&load).run());
    load.more("leases go by the other server").await;
    let (begun, before) = (ambient().now(), load.answers());
    load.more("and again").await;
    let answered = u32::try_from(load.answers() - before).unwrap();
    let per_second = f64::from(answered) / ambient().now().duration_since(begun).as_secs_f64();
    balancer.lead_to(&[asker.url().to_owned()]);
    let (asking, before) = (load.asking(), load.answers());
    holder.kill().await.unwrap();
    load.more("leases go by the new tunnel").await;
    let answers = load.end(running).await;
    let mut during = answers[before..].to_vec();
    during.sort_unstable();
    let p99 = during[during.len() * 99 / 100];
    println!(
        "{asking} asking at {per_second:.0} leases a second when it died; {} answers since, p99 {p99:?}",
        during.len()
    );
    assert!(asking > 0, "somebody is asking when it dies");
}
