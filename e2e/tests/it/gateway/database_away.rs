//! The database is away for a while: tunnels stay, nothing is issued that nobody writes down, and all goes on with it.

use std::time::Duration;

use mayfly_api::leases::IssuedLease;
use mayfly_e2e::{Gateway, Installation, Scene, inputs, waiting::until};
use mayfly_testkit::{
    ambient::ambient,
    counts,
    network::Room,
    postgres::{Flush, PostgresServer},
};
use tokio::time::interval;

use super::{
    OF_SEVERAL, PATIENCE, ground, in_state,
    ledger::{Received, balance},
    make, policy,
};

/// How often somebody asks meanwhile.
const PACE: Duration = Duration::from_millis(100);

#[tokio::test]
async fn real_tunnels_outlast_a_database_that_is_away_and_nothing_is_issued_meanwhile() {
    let (ground, cluster) = ground("gateway-no-database").await;
    let database = PostgresServer::start_in(&Room::machine(), Flush::Skip).await.unwrap();
    let home = Installation::on(database.scratch().await.unwrap());
    let mayfly = home.start_with(&OF_SEVERAL).await.unwrap();
    let scene = Scene::bootstrap(&mayfly).await.unwrap();
    let (path, enrolment) = make(&scene.client, "gw-lab").await;
    let gateway = Gateway::prepare(&mayfly, "pod-1", &enrolment, &policy(&ground), &cluster).unwrap();
    let _running = gateway.start().await.unwrap();
    let shown = in_state(&scene.client, &path, "healthy", PATIENCE).await;
    let by_gateway = inputs::by_gateway(&shown.id);
    scene.create_secret_with(&by_gateway, &ground.side).await.unwrap();
    let mut received = Received::new();
    let mut receive = |issued: IssuedLease| {
        let token = Scene::token(&issued).unwrap().to_owned();
        received.insert(issued.lease.id, token);
    };
    receive(scene.issue(None).await.unwrap());

    database.kill().unwrap();
    let away = Duration::from_secs(u64::try_from(counts::of(counts::DATABASE_AWAY_SECONDS)).unwrap());
    let back = ambient().now() + away;
    let (mut refused, mut turns) = (Vec::new(), interval(PACE));
    while ambient().now() < back {
        turns.tick().await;
        refused.push(scene.issue(None).await.err().unwrap().to_string());
    }
    assert!(refused.iter().all(|why| why.contains("503")), "{refused:#?}");

    database.start_again().await.unwrap();
    receive(until(PATIENCE, "leases go on", async || Ok(scene.issue(None).await.ok())).await.unwrap());
    // A process of the database that outlives the others for a moment may still have reserved one lease.
    let balance = balance(&ground, &scene, &received).await;
    assert!(balance.delivered == 2 && balance.told_of <= 1, "{balance:?}");
    let opened = gateway.opened().unwrap();
    println!("{} calls refused in {away:?}; {opened} tunnel; {balance:?}", refused.len());
    assert_eq!(opened, 1, "it is still the first");
    in_state(&scene.client, &path, "healthy", PATIENCE).await;
    mayfly.stop().await.unwrap();
}
