//! Servers and gateways that are restarted one after the other, as an update does it, under load: no call fails.

use std::{sync::Arc, time::Duration};

use mayfly_api::gateways::MadeGatewayEnrolment;
use mayfly_e2e::{Balancer, Gateway, Installation, Mayfly, RunningGateway, SECRET, Scene, inputs, waiting::until};
use mayfly_testkit::{counts, network::Room};
use serde_json::json;

use super::{
    OF_SEVERAL, PATIENCE,
    calls::{Asking, Calls},
    ground, in_state, make, policy,
};

/// Callers at once.
const CALLERS: usize = 3;

/// How often each of them asks.
const PACE: Duration = Duration::from_millis(100);

/// Answers between two restarts.
const ANSWERS: usize = 5;

struct Fleet {
    home: Installation,
    balancer: Balancer,
    servers: Vec<Mayfly>,
    gateways: Vec<(Gateway, RunningGateway)>,
}

impl Fleet {
    async fn start_server(&mut self) {
        self.servers.push(self.home.start_with(&OF_SEVERAL).await.unwrap());
        let urls: Vec<String> = self.servers.iter().map(|server| server.url().to_owned()).collect();
        self.balancer.lead_to(&urls);
    }

    /// Restarts the older server. The younger one has no tunnel of its own as yet, or not long, and asks the older one, which stops.
    async fn restart_server(&mut self, load: &Calls, scene: &Scene) {
        let goes = self.servers.remove(0);
        load.turn_to(scene.at(&self.servers[0]));
        self.balancer.lead_to(&[self.servers[0].url().to_owned()]);
        goes.stop().await.unwrap();
        load.more(ANSWERS, "the other server answers while one is gone").await;
        self.start_server().await;
        load.turn_to(scene.at(&self.servers[1]));
        load.more(ANSWERS, "the new server answers").await;
    }

    async fn restart_gateway(&mut self, load: &Calls) {
        let (gateway, running) = self.gateways.remove(0);
        running.stop().await.unwrap();
        load.more(ANSWERS, "the other process answers while one is gone").await;
        let before = gateway.opened().unwrap();
        let running = gateway.start().await.unwrap();
        // An update restarts the next one when this one is ready.
        until(PATIENCE, "it is there again", async || Ok((gateway.opened()? > before).then_some(()))).await.unwrap();
        self.gateways.push((gateway, running));
    }
}

#[tokio::test]
async fn real_servers_and_gateways_are_restarted_in_turn_and_no_call_fails() {
    let (ground, cluster) = ground("gateway-rolling").await;
    let home = Installation::postgres().await;
    let balancer = Balancer::start(&Room::machine(), &[]).unwrap();
    let mut fleet = Fleet { home, balancer, servers: Vec::new(), gateways: Vec::new() };
    fleet.start_server().await;
    let scene = Scene::bootstrap(&fleet.servers[0]).await.unwrap();
    fleet.start_server().await;
    let (path, first) = make(&scene.client, "gw-lab").await;
    let second: MadeGatewayEnrolment = scene.client.post(&format!("{path}/enrolments"), &json!({})).await.unwrap();
    let policy = format!("operationsPerSecond: 200\nburst: 200\n{}", policy(&ground));
    for (instance, enrolment) in [("pod-1", first), ("pod-2", second.enrolment_text)] {
        let gateway = Gateway::prepare(&fleet.servers[0], instance, &enrolment, &policy, &cluster).unwrap();
        let gateway = gateway.with_server(fleet.balancer.url());
        let running = gateway.start().await.unwrap();
        fleet.gateways.push((gateway, running));
    }
    let shown = in_state(&scene.client, &path, "healthy", PATIENCE).await;
    let by_gateway = inputs::by_gateway(&shown.id);
    scene.create_secret_with(&by_gateway, &ground.side).await.unwrap();

    let load = Arc::new(Calls::default());
    let asking = || Asking { scene: scene.at(&fleet.servers[1]), secret: SECRET.to_owned() };
    let running = load.begin_at(PACE, (0..CALLERS).map(|_| asking()).collect());
    load.more(ANSWERS, "both servers are there").await;
    for _ in 0..counts::of(counts::ROLLING_RESTARTS) {
        fleet.restart_server(&load, &scene).await;
        fleet.restart_server(&load, &scene).await;
        fleet.restart_gateway(&load).await;
        fleet.restart_gateway(&load).await;
    }
    load.more(ANSWERS, "everything is there again").await;
    load.end();
    running.await.unwrap();
    load.assert_none_refused("the end");
    println!("{} answers, none refused", load.answered());
}
