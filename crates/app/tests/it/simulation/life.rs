//! A life: two servers on one database, some callers, a cluster, and a seed that decides everything.

use std::{collections::BTreeSet, rc::Rc, sync::Arc, time::Duration};

use mayfly_app::leases::{IsForced, issue, reap, revoke};
use mayfly_domain::{
    ids::LeaseId,
    lease::{Lease, LeaseState},
    plan::{INSTALLATION_LABEL, LEASE_LABEL, ObjectKind},
};
use mayfly_store::{Store, watch::watched};
use mayfly_testkit::{explained::Picture, fake_cluster::FakeObject};

use super::{
    bugs::Bug,
    clients::{Came, Clients},
    dice::Dice,
    motion::{Motion, TOKEN_CACHE},
    scan::scan,
    slow_store::SlowStore,
    weather::Weather,
};
use crate::world::{
    Database, Server, World,
    shape::Shape,
    strangers::{Strangers, forge},
};

const STEPS: usize = 70;
const MOST_CLIENTS: usize = 6;
/// The furthest that a wall clock is put back in one life.
const FURTHEST_BACK: i64 = 30;
/// Longer than any lease of a life.
const AFTER_ANY_LEASE: Duration = Duration::from_mins(20);

/// What came of a life.
pub(crate) struct Lived {
    /// Everything that was wrong.
    pub(crate) faults: Vec<String>,
    /// Everything that happened, in order.
    pub(crate) story: Vec<String>,
    /// Tokens that reached their callers.
    pub(crate) tokens: usize,
    /// Leases there were.
    pub(crate) leases: usize,
    /// Calls that went wrong.
    pub(crate) broken_calls: usize,
    /// Servers that died.
    pub(crate) deaths: usize,
}

struct Life {
    world: Rc<World>,
    store: Store,
    servers: Vec<Arc<Server>>,
    clients: Clients,
    dice: Dice,
    weather: Arc<Weather>,
    slow: Arc<SlowStore>,
    strangers: Strangers,
    shapes: Vec<Shape>,
    motion: Motion,
    tokens: Vec<(LeaseId, String)>,
    robbed: BTreeSet<LeaseId>,
    deaths: usize,
    bug: Option<Bug>,
    story: Vec<String>,
    faults: Vec<String>,
}

/// Lives the life of a seed, with a bug or without.
pub(crate) async fn live(seed: u64, bug: Option<Bug>) -> Lived {
    let mut life = Life::begin(seed, bug).await;
    for _ in 0..STEPS {
        life.step().await;
        if !life.faults.is_empty() {
            break;
        }
    }
    life.weather.calm();
    life.slow.calm();
    if life.faults.is_empty() {
        life.come_to_rest().await;
    }
    let told = life.weather.told();
    let broken_calls = told.iter().filter(|told| !told.ends_with("None")).count();
    life.story.extend(told);
    let leases = life.leases().await.len();
    let Life { faults, story, tokens, deaths, .. } = life;
    Lived { faults, story, tokens: tokens.len(), leases, broken_calls, deaths }
}

impl Life {
    async fn begin(seed: u64, bug: Option<Bug>) -> Self {
        let dice = Dice::new(seed, 1);
        let mut shapes: Vec<Shape> = Shape::WITH_OBJECTS.into_iter().filter(|_| dice.percent(40)).collect();
        shapes.extend([Shape::Role, Shape::Anchor, Shape::Plain]);
        shapes.sort_unstable();
        shapes.dedup();
        let world = Rc::new(World::new(seed, Database::folder(), &shapes, TOKEN_CACHE).await);
        let store = world.store().await;
        let weather = Arc::new(Weather::new(seed));
        world.cluster.look_on(Some(weather.clone()));
        let slow = SlowStore::new(seed, world.clock.clone(), bug);
        let strangers = Strangers::plant(&world, store.installation());
        let mut life = Self {
            world,
            store,
            servers: Vec::new(),
            clients: Clients::default(),
            dice,
            weather,
            slow,
            strangers,
            shapes,
            motion: Motion::default(),
            tokens: Vec::new(),
            robbed: BTreeSet::new(),
            deaths: 0,
            bug,
            story: Vec::new(),
            faults: Vec::new(),
        };
        for _ in 0..2 {
            let server = life.start_server().await;
            life.servers.push(server);
        }
        life
    }

    async fn start_server(&self) -> Arc<Server> {
        let direct = self.world.direct();
        let place = match self.bug {
            Some(bug) => bug.place(direct, &self.world.cluster),
            None => direct,
        };
        Arc::new(self.world.server_over(self.store.clone(), place).await)
    }

    async fn leases(&self) -> Vec<Lease> {
        self.servers[0].leases(&self.world).await
    }

    /// Something happens; then everybody goes on as far as they can, and all is looked at.
    async fn step(&mut self) {
        if self.dice.percent(25) {
            self.weather.let_one_through();
        }
        match self.dice.below(100) {
            0..33 if self.clients.len() < MOST_CLIENTS => self.issue(),
            33..42 => self.revoke().await,
            42..58 => self.reap(),
            58..66 => self.pass(Duration::from_millis(self.dice.below(3_000))),
            66..76 => drop(self.world.clock.advance_to_next()),
            76..82 => self.pass(Duration::from_secs(20 + self.dice.below(500))),
            82..86 => self.kill().await,
            86..90 => self.hold_or_release(),
            90..93 => self.rob().await,
            93..95 => self.put_back(),
            95..100 => self.freeze_or_thaw(),
            _ => self.pass(Duration::from_millis(10)),
        }
        self.settle().await;
        let leases = self.leases().await;
        let installation = self.store.installation().to_string();
        self.faults.extend(self.motion.look(&self.world, &leases, &self.strangers, &installation));
    }

    async fn settle(&mut self) {
        let weather = Arc::clone(&self.weather);
        for came in self.clients.settle(|| weather.calls()).await {
            match came {
                Came::Token(lease, token) => self.receive(lease, token).await,
                Came::Else(told) => self.story.push(told),
            }
        }
    }

    /// I2: whoever holds a token holds one that the rows know of. They use it at once.
    async fn receive(&mut self, lease: LeaseId, token: String) {
        self.story.push(format!("token of {lease}"));
        let leases = self.leases().await;
        if !leases.iter().any(|row| row.id == lease && row.state.grant().is_some()) {
            self.faults.push(format!("I2: a token of lease {lease} is out, and no row grants it"));
        }
        self.world.cluster.accepts(&token);
        self.tokens.push((lease, token));
    }

    fn issue(&mut self) {
        let (world, server) = (Rc::clone(&self.world), self.some_server());
        let shape = *self.dice.pick(&self.shapes).expect("there are shapes");
        self.call(server, async move |server| match issue(&server.app, &world.caller, world.wish(shape)).await {
            Ok(issued) => Came::Token(issued.lease.id, issued.token.expose().clone()),
            Err(error) => Came::Else(format!("{shape:?}: {error}")),
        });
    }

    async fn revoke(&mut self) {
        let leases = self.leases().await;
        let live: Vec<String> =
            leases.iter().filter(|lease| lease.is_live()).map(|lease| lease.id.to_string()).collect();
        let Some(id) = self.dice.pick(&live).cloned() else { return };
        let (world, server) = (Rc::clone(&self.world), self.some_server());
        self.call(server, async move |server| {
            let ended = revoke(&server.app, &world.caller, &world.place(), &id, IsForced::No).await;
            Came::Else(
                ended.map_or_else(|error| format!("revoke {id}: {error}"), |lease| format!("{id} {:?}", lease.state)),
            )
        });
    }

    fn reap(&mut self) {
        let server = self.some_server();
        self.call(server, async |server| Came::Else(format!("{:?}", reap(&server.app).await)));
    }

    /// Calls a server.
    fn call(&mut self, number: usize, work: impl AsyncFnOnce(Arc<Server>) -> Came + 'static) {
        let (server, slow) = (Arc::clone(&self.servers[number]), Arc::clone(&self.slow));
        self.clients.add(number, async move { watched(slow, work(server)).await });
    }

    fn some_server(&self) -> usize {
        usize::from(self.dice.percent(50))
    }

    fn pass(&mut self, time: Duration) {
        self.story.push(format!("{time:?} pass"));
        self.world.clock.advance(time);
    }

    /// A server dies with all that it was at, and another one starts.
    async fn kill(&mut self) {
        let number = self.some_server();
        self.story.push(format!("server {number} dies"));
        self.deaths += 1;
        self.clients.forsake(number);
        self.servers[number] = self.start_server().await;
    }

    /// A server stands still in the middle of all that it is at, while time passes for the others; or goes on.
    fn freeze_or_thaw(&mut self) {
        self.clients.frozen = match self.clients.frozen {
            None => Some(self.some_server()),
            Some(_) => None,
        };
        self.story.push(format!("frozen: {:?}", self.clients.frozen));
    }

    fn put_back(&mut self) {
        let seconds = i64::try_from(1 + self.dice.below(5)).expect("a few");
        if self.world.wall.seconds_behind() + seconds <= FURTHEST_BACK {
            self.story.push(format!("the wall clock is put back {seconds} s"));
            self.world.wall.put_back(seconds);
        }
    }

    /// What was made for leases and is there now.
    fn ours(&self) -> Vec<FakeObject> {
        let installation = self.store.installation().to_string();
        let is_ours = |object: &FakeObject| object.labels.get(INSTALLATION_LABEL) == Some(&installation);
        let objects = self.world.cluster.objects().into_iter();
        objects.filter(|object| is_ours(object) && !self.strangers.contain(object)).collect()
    }

    fn hold_or_release(&mut self) {
        let ours = self.ours();
        let Some(object) = self.dice.pick(&ours) else { return };
        let (namespace, name) = (object.namespace.as_deref(), object.name.as_str());
        if self.dice.percent(50) {
            self.story.push(format!("{name} is held"));
            self.world.cluster.hold(object.kind, namespace, name);
        } else {
            self.story.push(format!("{name} is released"));
            self.world.cluster.release(object.kind, namespace, name);
        }
    }

    /// Somebody removes an object of ours, and perhaps puts one of their own in its place.
    async fn rob(&mut self) {
        let ours = self.ours();
        let Some(object) = self.dice.pick(&ours) else { return };
        let namespace = object.namespace.as_deref();
        self.story.push(format!("{} {} is taken", object.kind.name(), object.name));
        let lease = object.labels.get(LEASE_LABEL).and_then(|id| id.parse::<LeaseId>().ok());
        self.robbed.extend(lease);
        self.world.cluster.delete_object(object.kind, namespace, &object.name);
        // An anchor whose UID no answer told is known by its name alone, because secrets cannot be read: whoever copies
        // that name has it removed, and so nobody does so here.
        let is_known = self.leases().await.iter().any(|row| Some(row.id) == lease && row.state.grant().is_some());
        if self.dice.percent(60) && (is_known || object.kind != ObjectKind::Secret) {
            let (cluster, installation) = (&self.world.cluster, self.store.installation());
            let uid = forge(cluster, object.kind, &object.name, installation, &self.world.ambient);
            self.strangers.add(cluster, &uid);
        }
    }

    /// Nothing goes wrong any more: those who wait get their answers, and new servers take over from the disk.
    async fn come_to_rest(&mut self) {
        for object in self.ours() {
            self.world.cluster.release(object.kind, object.namespace.as_deref(), &object.name);
        }
        self.clients.frozen = None;
        self.settle().await;
        while self.clients.len() > 0 {
            if !self.world.clock.advance_to_next() {
                self.faults.push(format!("{} callers wait for nothing", self.clients.len()));
                return;
            }
            self.settle().await;
        }
        self.servers = vec![self.start_server().await];
        self.rest().await;
        self.pass(AFTER_ANY_LEASE);
        self.rest().await;
        let leases = self.leases().await;
        let unfinished = leases.iter().filter(|lease| !matches!(lease.state, LeaseState::Ended { .. }));
        self.faults.extend(unfinished.map(|lease| format!("I26: lease {} is {}", lease.id, lease.state.name())));
        self.faults.extend(self.ours().iter().map(|left| format!("I3: {} {} is left", left.kind.name(), left.name)));
        self.story.push(format!("{leases:#?}"));
        self.faults.extend(scan(&self.world.database, &self.tokens));
    }

    /// The loop runs until it is quiet, and rows and cluster are compared; then once more, which changes nothing.
    async fn rest(&mut self) {
        for _ in 0..2 {
            let server = Arc::clone(&self.servers[0]);
            let quiet = watched(self.slow.clone(), server.reap_until_quiet(&self.world)).await;
            self.faults.extend(quiet.err().map(|error| format!("the loop fails: {error}")));
            self.world.clock.advance(TOKEN_CACHE + Duration::from_secs(1));
            self.faults.extend(self.strangers.touched(&self.world.cluster));
            let picture = server.picture(&self.world, &self.strangers).await;
            self.faults.extend(Picture { robbed: self.robbed.clone(), ..picture }.faults());
        }
    }
}
