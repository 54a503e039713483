//! Two servers, and two processes of a gateway with a tunnel to each; what fails of them, and how they get well again.

use std::time::Duration;

use jiff::Timestamp;
use mayfly_api::gateways::{GatewayDetails, GatewayTunnel, MadeGatewayEnrolment};
use mayfly_domain::clock::Ambient;
use mayfly_e2e::{Balancer, Gateway, Installation, Mayfly, RealGround, RunningGateway, Scene, inputs, waiting::until};
use mayfly_testkit::{ambient::ambient, network::Room};
use serde_json::{Value, json};

use super::super::{OF_SEVERAL, PATIENCE, dynamic_policy, frozen::stand_still, ground, in_state, make};

/// From a fault to the last of the tunnels: a process whose tunnels do not hold waits for up to half a minute, twice.
const RECOVERY: Duration = Duration::from_mins(2);

/// As long as a call waits for the process that it was asked of (`AWAY_LIMIT` in `crates/server/src/wiring/errands.rs`), less a
/// second to be asked again in.
const WAITED_FOR: Duration = Duration::from_secs(4);

/// The shortest and the longest that a process stands still: less than after which it counts as lost.
const STILL_MS: (u64, u64) = (500, 3_000);

/// The processes of the gateway.
const INSTANCES: [&str; 2] = ["pod-1", "pod-2"];

/// What fails. Of two of a kind the first one lives through everything.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    /// The second process of the gateway is killed, and started again.
    GatewayDies,
    /// The second server is killed, and another one is there.
    ServerDies,
    /// All tunnels of a process are cut.
    Cut(usize),
    /// A process of the gateway stands still for so many milliseconds.
    GatewayStandsStill(usize, u64),
    /// The second server does.
    ServerStandsStill(u64),
}

impl Fault {
    pub(super) fn draw(chance: &Ambient) -> Self {
        let [kind, which, high, low] = chance.random::<4>();
        let (shortest, longest) = STILL_MS;
        let still = shortest + u64::from(u16::from_be_bytes([high, low])) % (longest - shortest);
        let which = usize::from(which % 2);
        match kind % 5 {
            0 => Self::GatewayDies,
            1 => Self::ServerDies,
            2 => Self::Cut(which),
            3 => Self::GatewayStandsStill(which, still),
            _ => Self::ServerStandsStill(still),
        }
    }
}

/// A process of the gateway that ended, or did not come back for as long as it is waited for. What it was doing, nobody else can tell.
#[derive(Clone, Copy, Debug)]
pub(super) struct Absence {
    pub(super) struck: Timestamp,
    /// When it was asked nothing new any more.
    pub(super) known: Timestamp,
}

/// A process of the gateway, and the balancer that it comes by.
struct Post {
    gateway: Gateway,
    running: RunningGateway,
    balancer: Balancer,
}

pub(super) struct World {
    pub(super) scene: Scene,
    pub(super) absences: Vec<Absence>,
    ground: RealGround,
    home: Installation,
    servers: [Mayfly; 2],
    /// Of the gateway.
    path: String,
    posts: Vec<Post>,
}

impl World {
    pub(super) async fn new() -> Self {
        let (ground, cluster) = ground("gateway-soak").await;
        ground.allow_dynamic().await.unwrap();
        let home = Installation::postgres().await;
        let first = home.start_with(&OF_SEVERAL).await.unwrap();
        let scene = Scene::bootstrap(&first).await.unwrap();
        let servers = [first, home.start_with(&OF_SEVERAL).await.unwrap()];
        let (path, first) = make(&scene.client, "gw-soak").await;
        let second: MadeGatewayEnrolment = scene.client.post(&format!("{path}/enrolments"), &json!({})).await.unwrap();
        let policy = format!("operationsPerSecond: 200\nburst: 200\n{}", dynamic_policy(&ground));
        let urls = servers.each_ref().map(|server| server.url().to_owned());
        let mut posts = Vec::new();
        for (instance, enrolment) in INSTANCES.into_iter().zip([first, second.enrolment_text]) {
            let balancer = Balancer::start(&Room::machine(), &urls).unwrap();
            let gateway = Gateway::prepare(&servers[0], instance, &enrolment, &policy, &cluster).unwrap();
            let gateway = gateway.with_server(balancer.url());
            let running = gateway.start().await.unwrap();
            posts.push(Post { gateway, running, balancer });
        }
        let shown = in_state(&scene.client, &path, "healthy", PATIENCE).await;
        let temporary = inputs::temporary(inputs::by_gateway(&shown.id));
        scene.create_secret_with(&temporary, &ground.side).await.unwrap();
        let world = Self { scene, absences: Vec::new(), ground, home, servers, path, posts };
        world.is_well().await;
        world
    }

    /// The processes that live through everything.
    pub(super) fn lasting(&self) -> [(&'static str, i32); 2] {
        [("server", self.servers[0].process_id()), ("gateway", self.posts[0].running.process_id())]
    }

    /// Waits until each process has a tunnel to each server.
    pub(super) async fn is_well(&self) {
        for server in &self.servers {
            let scene = self.scene.at(server);
            until(RECOVERY, "each process has a tunnel to each server", async || {
                let tunnels = self.tunnels(&scene).await?;
                let good = |instance: &str| {
                    tunnels.iter().filter(|tunnel| tunnel.instance == instance && tunnel.health == "good").count()
                };
                Ok((INSTANCES.map(good) == [2, 2]).then_some(()))
            })
            .await
            .unwrap();
        }
    }

    async fn tunnels(&self, scene: &Scene) -> anyhow::Result<Vec<GatewayTunnel>> {
        Ok(scene.client.get::<GatewayDetails>(&self.path).await?.gateway.tunnels)
    }

    pub(super) async fn suffer(&mut self, fault: Fault) {
        match fault {
            Fault::GatewayDies => self.gateway_dies().await,
            Fault::ServerDies => self.server_dies().await,
            Fault::Cut(which) => self.is_cut(which).await,
            Fault::GatewayStandsStill(which, milliseconds) => {
                let time = Duration::from_millis(milliseconds);
                stand_still(self.posts[which].running.process_id(), time).await;
            }
            Fault::ServerStandsStill(milliseconds) => {
                stand_still(self.servers[1].process_id(), Duration::from_millis(milliseconds)).await;
            }
        }
    }

    async fn gateway_dies(&mut self) {
        let post = self.posts.pop().unwrap();
        let struck = ambient().now();
        post.running.kill().await.unwrap();
        let forgotten = until(PATIENCE, "the dead process is forgotten", async || self.knows_none_of(1).await);
        forgotten.await.unwrap();
        self.absences.push(Absence { struck, known: ambient().now() });
        let running = post.gateway.start().await.unwrap();
        self.posts.push(Post { running, ..post });
    }

    async fn server_dies(&mut self) {
        let next = self.home.start_with(&OF_SEVERAL).await.unwrap();
        std::mem::replace(&mut self.servers[1], next).kill().await.unwrap();
        let urls = self.servers.each_ref().map(|server| server.url().to_owned());
        self.posts.iter().for_each(|post| post.balancer.lead_to(&urls));
    }

    async fn is_cut(&mut self, which: usize) {
        let post = &self.posts[which];
        let (opened, struck) = (post.gateway.opened().unwrap(), ambient().now());
        post.balancer.cut();
        let is_back = || Ok((post.gateway.opened()? > opened).then_some(()));
        let noticed =
            until(PATIENCE, "the cut is noticed", async || Ok(is_back()?.or(self.knows_none_of(which).await?)));
        noticed.await.unwrap();
        let known = ambient().now();
        until(RECOVERY, "who was cut is back", async || is_back()).await.unwrap();
        if ambient().now().duration_since(struck).unsigned_abs() > WAITED_FOR {
            self.absences.push(Absence { struck, known });
        }
    }

    /// Whether the server that is asked knows no tunnel of a process.
    async fn knows_none_of(&self, which: usize) -> anyhow::Result<Option<()>> {
        let tunnels = self.tunnels(&self.scene).await?;
        Ok((!tunnels.iter().any(|tunnel| tunnel.instance == INSTANCES[which])).then_some(()))
    }

    /// Waits until nothing of any lease is left.
    pub(super) async fn nothing_is_left(&self) {
        let gone = until(RECOVERY, "nothing of any lease is left", async || {
            let open: Value = self.scene.client.get("/api/v1/leases?limit=100&isOver=false").await?;
            let none_open = open["leases"].as_array().is_some_and(Vec::is_empty);
            Ok((none_open && self.ground.owned().await?.is_empty()).then_some(()))
        });
        if let Err(error) = gone.await {
            panic!("{error:#}: {:?}", self.ground.owned().await.unwrap());
        }
    }
}
