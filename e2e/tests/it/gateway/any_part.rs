//! Any one part of a private installation may die under load: no lease that was answered is lost, and nothing stays behind.

mod told;

use std::{sync::Arc, time::Duration};

use futures::future::join_all;
use mayfly_api::{
    gateways::{GatewayDetails, MadeGatewayEnrolment},
    leases::{Lease, LeaseBody},
};
use mayfly_e2e::{Balancer, Gateway, Installation, Mayfly, RunningGateway, Scene, inputs, waiting::until};
use mayfly_testkit::postgres::PostgresServer;
use serde_json::{Value, json};
use tokio::time::{MissedTickBehavior, interval};
use told::Told;

use super::{PATIENCE, dynamic_policy, in_state, make, rooms::Rooms};

/// Callers at once, each asking one server and the other in turn.
const CALLERS: usize = 3;

/// How often each of them asks.
const PACE: Duration = Duration::from_millis(150);

/// Answers before a part dies, and after it is back.
const ANSWERS: usize = 8;

/// From the return of a part to the last of those answers, and of all leases' ends.
const RECOVERY: Duration = Duration::from_mins(2);

/// The process of the gateway that dies.
const FIRST: &str = "pod-1";

/// What dies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    Gateway,
    Server,
    Proxy,
    Postgres,
    Cluster,
}

struct World {
    rooms: Rooms,
    database: PostgresServer,
    home: Installation,
    servers: Vec<Mayfly>,
    balancer: Balancer,
    gateways: Vec<(Gateway, RunningGateway)>,
}

#[tokio::test]
async fn real_private_installation_loses_no_lease_whichever_part_of_it_dies() {
    let mut world = World::new().await;
    let (mut scene, path) = world.enrol().await;
    let mut leases = Vec::new();
    for part in [Part::Gateway, Part::Server, Part::Proxy, Part::Postgres, Part::Cluster] {
        let told = Arc::new(Told::default());
        let load = tokio::spawn(ask(Arc::clone(&told), world.scenes(&scene)));
        told.more("leases are issued").await;
        told.press(CALLERS).await;
        world.die(part, &scene, &path, &told).await;
        told.more(&format!("leases are issued again after the death of {part:?}")).await;
        told.end();
        load.await.unwrap();
        let answered = told.judge(part);
        for (lease, token) in &answered {
            let who = world.rooms.ground.who_am_i(token).await.unwrap();
            assert!(who.is_some(), "{part:?}: the token of lease {lease} is good");
        }
        leases.extend(answered.into_iter().map(|(lease, _)| lease));
        scene = world.scenes(&scene).remove(0);
        in_state(&scene.client, &path, "healthy", RECOVERY).await;
    }
    world.end(&scene, &leases).await;
}

/// Asks again and again until it is over, whatever comes of it.
async fn ask(told: Arc<Told>, scenes: Vec<Scene>) {
    let caller = async |number: usize| {
        let mut turns = interval(PACE);
        turns.set_missed_tick_behavior(MissedTickBehavior::Delay);
        for (server, scene) in scenes.iter().enumerate().cycle().skip(number) {
            if !told.is_pressing() {
                turns.tick().await;
            }
            if told.is_over() {
                return;
            }
            told.ask(server, scene).await;
        }
    };
    join_all((0..CALLERS).map(caller)).await;
}

impl World {
    async fn new() -> Self {
        let rooms = Rooms::new("any-part").await;
        let (database, home) = rooms.database().await;
        let balancer = Balancer::start(&rooms.rig.servers, &[]).unwrap();
        let (servers, gateways) = (Vec::new(), Vec::new());
        let mut world = Self { rooms, database, home, servers, balancer, gateways };
        for _ in 0..2 {
            world.start_server().await;
        }
        world
    }

    async fn start_server(&mut self) {
        self.servers.push(self.rooms.server(&self.home).await);
        let urls: Vec<String> = self.servers.iter().map(Mayfly::url_for_neighbours).collect();
        self.balancer.lead_to(&urls);
    }

    /// Two processes of one gateway, with a tunnel to each of the servers, and the secret that leads through it.
    async fn enrol(&mut self) -> (Scene, String) {
        let scene = Scene::bootstrap(&self.servers[0]).await.unwrap();
        let policy = format!("operationsPerSecond: 100\nburst: 100\n{}", dynamic_policy(&self.rooms.ground));
        let (path, first) = make(&scene.client, "gw-private").await;
        let second: MadeGatewayEnrolment = scene.client.post(&format!("{path}/enrolments"), &json!({})).await.unwrap();
        for (instance, enrolment) in [(FIRST, first), ("pod-2", second.enrolment_text)] {
            let gateway =
                Gateway::prepare(&self.servers[0], instance, &enrolment, &policy, &self.rooms.cluster).unwrap();
            let gateway = self.rooms.place(gateway.with_server(self.balancer.url()));
            let running = gateway.start().await.unwrap();
            self.gateways.push((gateway, running));
        }
        let shown = in_state(&scene.client, &path, "healthy", PATIENCE).await;
        let by_gateway = inputs::temporary(inputs::by_gateway(&shown.id));
        scene.create_secret_with(&by_gateway, &self.rooms.ground.side).await.unwrap();
        (scene, path)
    }

    /// The scene at each server.
    fn scenes(&self, scene: &Scene) -> Vec<Scene> {
        self.servers.iter().map(|server| scene.at(server)).collect()
    }

    /// Kills a part without warning, waits for answers without it where there is another of its kind, and brings it back.
    async fn die(&mut self, part: Part, scene: &Scene, path: &str, told: &Told) {
        match part {
            Part::Gateway => {
                let (gateway, running) = self.gateways.remove(0);
                running.kill().await.unwrap();
                self.forgotten(scene, path).await;
                told.is_known();
                told.more("leases are issued by the other process").await;
                let running = gateway.start().await.unwrap();
                self.gateways.push((gateway, running));
            }
            Part::Server => {
                self.servers.remove(0).kill().await.unwrap();
                told.is_known();
                told.more("leases are issued by the other server").await;
                self.start_server().await;
            }
            Part::Proxy => self.rooms.proxy.restart(&self.rooms.rig.edge).await.unwrap(),
            Part::Postgres => {
                self.database.kill().unwrap();
                self.database.start_again().await.unwrap();
            }
            Part::Cluster => Arc::get_mut(&mut self.rooms.ground.cluster).unwrap().restart().await.unwrap(),
        }
        told.is_known();
    }

    /// Waits until no server has a tunnel of the first process.
    async fn forgotten(&self, scene: &Scene, path: &str) {
        for scene in self.scenes(scene) {
            let forgotten = until(PATIENCE, "no tunnel of the dead process is left", async || {
                let details: GatewayDetails = scene.client.get(path).await?;
                let mut tunnels = details.gateway.tunnels.iter();
                Ok((!tunnels.any(|tunnel| tunnel.instance == FIRST)).then_some(()))
            });
            forgotten.await.unwrap();
        }
    }

    /// Ends every lease, and sees that nothing is left of any, whether its caller was told of it or not.
    async fn end(&self, scene: &Scene, leases: &[String]) {
        for lease in leases {
            let path = format!("/api/v1/leases/{lease}?projectSlug={}", scene.project_slug);
            let kept: Lease = scene.client.get::<LeaseBody>(&path).await.unwrap().lease;
            assert_eq!(kept.state, "active", "{lease}: {:?}", kept.status_details);
        }
        assert!(self.rooms.ground.owned().await.unwrap().len() >= 2 * leases.len(), "an account and a binding each");
        for lease in leases {
            scene.end(lease).await.unwrap();
        }
        let gone = async || Ok(self.rooms.ground.owned().await?.is_empty().then_some(()));
        if let Err(error) = until(RECOVERY, "nothing of any lease is left", gone).await {
            let left = self.rooms.ground.owned().await.unwrap();
            let leases: Value = scene.client.get("/api/v1/leases?limit=100&isOver=false").await.unwrap();
            let open = leases["leases"].as_array().unwrap().iter().filter(|lease| lease["state"] != "ended");
            panic!("{error:#}: {left:?}; leases that are not over: {:#?}", open.collect::<Vec<_>>());
        }
    }
}
