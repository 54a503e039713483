//! A tunnel goes dark: nothing passes, and nobody is told. Calls go by the other one, and it comes back when it is light again.

use std::{sync::Arc, time::Duration};

use mayfly_api::gateways::GatewayDetails;
use mayfly_e2e::{Balancer, Client, Gateway, Mayfly, RunningGateway, Scene, inputs, waiting::until};
use mayfly_testkit::{
    ambient::ambient,
    network::{Blackhole, Dark},
    postgres::PostgresServer,
};

use super::{
    PATIENCE,
    calls::{Asking, Calls},
    in_state, make, policy,
    rooms::Rooms,
};

/// From then on no call waits for a tunnel that went dark.
const REROUTED: Duration = Duration::from_secs(5);

/// Then a dark tunnel is given up.
const DROPPED: Duration = Duration::from_secs(30);

/// Then it is back, once it is light.
const BACK: Duration = Duration::from_secs(35);

/// A call that waits for nothing dark. The machine may be building.
const QUICK: Duration = Duration::from_millis(1_900);

/// Answers of each caller, in the light and after.
const ANSWERS: usize = 4;

/// A gateway with a tunnel to each of two servers, the second of which it reaches by an address of its own.
struct Way {
    dark: Dark,
    address: std::net::Ipv4Addr,
    path: String,
    _balancer: Balancer,
    _gateway: (Gateway, RunningGateway),
}

struct World {
    rooms: Rooms,
    scene: Scene,
    servers: [Mayfly; 2],
    ways: Vec<Way>,
    _database: PostgresServer,
}

impl World {
    /// None where there are no rooms apart.
    async fn new() -> Option<Self> {
        let rooms = Rooms::new("dark").await;
        if !rooms.rig.is_apart() {
            return None;
        }
        let (database, home) = rooms.database().await;
        let one = rooms.server(&home).await;
        let scene = Scene::bootstrap(&one).await.unwrap();
        let two = rooms.server(&home).await;
        let mut world = Self { rooms, scene, servers: [one, two], ways: Vec::new(), _database: database };
        let addresses = world.rooms.rig.more_servers().unwrap();
        for (dark, address) in [Dark::Both, Dark::Towards, Dark::From].into_iter().zip(addresses) {
            let way = world.way(dark, address).await;
            world.ways.push(way);
        }
        Some(world)
    }

    async fn way(&self, dark: Dark, address: std::net::Ipv4Addr) -> Way {
        let [one, two] = &self.servers;
        let second =
            two.url_for_neighbours().replace(&self.rooms.rig.servers.address().to_string(), &address.to_string());
        let balancer = Balancer::start(&self.rooms.rig.edge, &[one.url_for_neighbours(), second]).unwrap();
        let name = format!("{dark:?}").to_lowercase();
        let (path, enrolment) = make(&self.scene.client, &format!("gw-{name}")).await;
        let policy = policy(&self.rooms.ground);
        let gateway = Gateway::prepare(one, "pod-1", &enrolment, &policy, &self.rooms.cluster).unwrap();
        let gateway = self.rooms.place(gateway.with_server(balancer.url()));
        let running = gateway.start().await.unwrap();
        let shown = in_state(&self.scene.client, &path, "healthy", PATIENCE).await;
        let by_gateway = inputs::by_gateway(&shown.id);
        self.scene.create_secret_named(&name, &by_gateway, &self.rooms.ground.side).await.unwrap();
        Way { dark, address, path, _balancer: balancer, _gateway: (gateway, running) }
    }

    fn darken(&self) -> Vec<Blackhole> {
        self.ways.iter().map(|way| self.rooms.rig.blackhole(way.address, way.dark).unwrap()).collect()
    }

    /// The second server, which is to lose its tunnels.
    fn second(&self) -> Client {
        self.scene.client.at(self.servers[1].url())
    }

    /// Waits until so many of each gateway's tunnels lead to the second server, and says how long each took.
    async fn tunnels_at_second(&self, wanted: usize, limit: Duration) {
        let begun = ambient().now();
        for way in &self.ways {
            let left = limit.saturating_sub(ambient().now().duration_since(begun).unsigned_abs());
            until(left, &format!("{wanted} tunnels that were {:?}", way.dark), async || {
                let details: GatewayDetails = self.second().get(&way.path).await?;
                let here = details.gateway.tunnels.iter().filter(|tunnel| tunnel.server.is_none()).count();
                Ok((here == wanted).then_some(()))
            })
            .await
            .unwrap();
            let took = ambient().now().duration_since(begun).unsigned_abs();
            println!("{:?}: {wanted} tunnels after {took:?}", way.dark);
        }
    }
}

#[tokio::test]
async fn real_dark_tunnel_loses_no_call_is_dropped_and_comes_back() {
    let Some(world) = World::new().await else { return };
    world.tunnels_at_second(1, PATIENCE).await;
    let mut asking = Vec::new();
    for way in &world.ways {
        let secret = format!("{:?}", way.dark).to_lowercase();
        asking.extend(
            world.servers.iter().map(|server| Asking { scene: world.scene.at(server), secret: secret.clone() }),
        );
    }
    let load = Arc::new(Calls::default());
    let callers = load.begin(asking);
    load.each_has(ANSWERS).await;

    let holes = world.darken();
    let since = ambient().now();
    world.tunnels_at_second(0, DROPPED).await;
    let lit = ambient().now();
    drop(holes);
    world.tunnels_at_second(1, BACK).await;
    let so_far = load.least();
    load.each_has(so_far + ANSWERS).await;
    load.end();
    callers.await.unwrap();

    let calls = load.calls();
    let lost: Vec<_> = calls.iter().filter_map(|call| call.refused.as_ref()).collect();
    let dark = calls.iter().filter(|call| call.begun >= since && call.begun < lit);
    let slow = dark.filter(|call| call.took > QUICK).max_by_key(|call| call.begun);
    let longest = calls.iter().map(|call| call.took).max().unwrap();
    assert_eq!(lost, Vec::<&String>::new());
    let last_slow = slow.map(|call| call.begun.duration_since(since).unsigned_abs()).unwrap_or_default();
    println!("{} calls, the longest took {longest:?}; the last that waited began after {last_slow:?}", calls.len());
    assert!(last_slow < REROUTED, "a call that began {last_slow:?} after it went dark waited");
}
