//! A life: two servers on one database, some callers, a cluster, and a seed that decides everything.

mod callers;
mod disasters;
mod rest;

use std::{collections::BTreeSet, ops::AddAssign, rc::Rc, sync::Arc, time::Duration};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use mayfly_domain::{
    ids::{InstallationId, LeaseId},
    lease::Lease,
    plan::INSTALLATION_LABEL,
};
use mayfly_store::Store;
use mayfly_testkit::fake_cluster::FakeObject;
use serde_json::Value;

use self::callers::Asked;
use super::{
    bugs::Bug,
    clients::{Came, Clients, Received},
    dice::Dice,
    motion::{Motion, TOKEN_CACHE},
    promises,
    slow_store::SlowStore,
    weather::Weather,
};
use crate::world::{Database, Server, World, shape::Shape, strangers::Strangers};

const STEPS: usize = 70;
const MOST_CLIENTS: usize = 6;

/// What came of a life.
pub(crate) struct Lived {
    /// Everything that was wrong.
    pub(crate) faults: Vec<String>,
    /// Everything that happened, in order.
    pub(crate) story: Vec<String>,
    /// How much of each kind happened.
    pub(crate) happened: Happened,
}

/// How much happened.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Happened {
    /// Tokens that reached their callers.
    pub(crate) tokens: usize,
    /// Leases there were.
    pub(crate) leases: usize,
    /// Calls that went wrong.
    pub(crate) broken_calls: usize,
    /// Servers that died.
    pub(crate) deaths: usize,
    /// Times that the database was put back to an earlier one.
    pub(crate) restores: usize,
    /// Tokens that took the place of others.
    pub(crate) replaced: usize,
    /// Requests that were told what became of the first one with their key.
    pub(crate) repeated: usize,
    /// Objects that a sweep removed.
    pub(crate) swept: usize,
}

impl AddAssign for Happened {
    fn add_assign(&mut self, other: Self) {
        self.tokens += other.tokens;
        self.leases += other.leases;
        self.broken_calls += other.broken_calls;
        self.deaths += other.deaths;
        self.restores += other.restores;
        self.replaced += other.replaced;
        self.repeated += other.repeated;
        self.swept += other.swept;
    }
}

impl Happened {
    /// Nothing of it may be missing in many lives.
    pub(crate) fn demand_enough(&self) {
        let Self { tokens, leases, broken_calls, deaths, restores, replaced, repeated, swept } = *self;
        let all = [tokens, broken_calls, deaths, restores, replaced, repeated, swept];
        assert!(leases > tokens / 2 && !all.contains(&0), "too little happened: {self:?}");
    }
}

struct Life {
    world: Rc<World>,
    installation: InstallationId,
    servers: Vec<Arc<Server>>,
    clients: Clients,
    dice: Dice,
    weather: Arc<Weather>,
    slow: Arc<SlowStore>,
    strangers: Strangers,
    shapes: Vec<Shape>,
    motion: Motion,
    tokens: Vec<(LeaseId, String)>,
    /// Requests that were sent with a key.
    keyed: Vec<Asked>,
    /// Leases of which somebody asked that they end.
    asked: BTreeSet<LeaseId>,
    /// Objects as they were, for somebody to put them back.
    kept: Vec<(FakeObject, Value)>,
    has_copy: bool,
    /// `jti` of tokens that were lost with their rows.
    lost_tokens: BTreeSet<String>,
    bug: Option<Bug>,
    happened: Happened,
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
    life.happened.broken_calls = told.iter().filter(|told| !told.ends_with("None")).count();
    life.happened.tokens = life.tokens.len();
    life.happened.swept = life.motion.orphans.swept;
    life.story.extend(told);
    let Life { faults, story, happened, .. } = life;
    Lived { faults, story, happened }
}

impl Life {
    async fn begin(seed: u64, bug: Option<Bug>) -> Self {
        let dice = Dice::new(seed, 1);
        let mut shapes: Vec<Shape> = Shape::WITH_OBJECTS.into_iter().filter(|_| dice.percent(40)).collect();
        shapes.extend([Shape::Role, Shape::Anchor, Shape::Plain]);
        shapes.sort_unstable();
        shapes.dedup();
        let mut world = World::new(seed, Database::folder(), &shapes, TOKEN_CACHE).await;
        world.most_leases = Some(3 + u32::try_from(dice.below(4)).expect("a few"));
        let world = Rc::new(world);
        let store = world.store().await;
        let installation = store.installation();
        let weather = Arc::new(Weather::new(seed));
        world.cluster.look_on(Some(weather.clone()));
        let slow = SlowStore::new(seed, world.clock.clone(), bug);
        let strangers = Strangers::plant(&world, installation);
        let mut life = Self {
            world,
            installation,
            servers: Vec::new(),
            clients: Clients::default(),
            dice,
            weather,
            slow,
            strangers,
            shapes,
            motion: Motion::default(),
            tokens: Vec::new(),
            keyed: Vec::new(),
            asked: BTreeSet::new(),
            kept: Vec::new(),
            has_copy: false,
            lost_tokens: BTreeSet::new(),
            bug,
            happened: Happened::default(),
            story: Vec::new(),
            faults: Vec::new(),
        };
        for store in [store.clone(), store] {
            let server = life.start_server(store).await;
            life.servers.push(server);
        }
        life
    }

    async fn start_server(&self, store: Store) -> Arc<Server> {
        let direct = self.world.direct();
        let place = match self.bug {
            Some(bug) => bug.place(direct, &self.world, &store),
            None => direct,
        };
        Arc::new(self.world.server_over(store, place).await)
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
            0..32 if self.clients.len() < MOST_CLIENTS => self.issue().await,
            32..38 => self.revoke().await,
            38..52 => self.reap(),
            52..58 => self.sweep(),
            58..60 => self.look_and_sweep(),
            60..66 => self.pass(Duration::from_millis(self.dice.below(3_000))),
            66..74 => drop(self.world.clock.advance_to_next()),
            74..80 => self.pass(Duration::from_secs(20 + self.dice.below(500))),
            80..84 => self.kill().await,
            84 => self.hold_or_release(),
            85 => self.end_everything().await,
            86..89 => self.rob().await,
            89..91 => self.put_clock_back(),
            91..95 => self.freeze_or_thaw(),
            95 => self.put_objects_back().await,
            96 => self.imitate(),
            97 => self.back_up(),
            98..100 => self.restore().await,
            _ => self.pass(Duration::from_millis(10)),
        }
        self.settle().await;
        self.look().await;
    }

    async fn look(&mut self) {
        let leases = self.leases().await;
        self.motion.orphans.expect_late(self.weather.take_late());
        let installation = self.installation.to_string();
        let most = self.world.most_leases.map_or(usize::MAX, |most| usize::try_from(most).expect("a few"));
        self.faults.extend(self.motion.look(&self.world, &leases, &self.strangers, &installation));
        self.faults.extend(promises::broken(&leases, &self.asked, most));
    }

    async fn settle(&mut self) {
        let weather = Arc::clone(&self.weather);
        for came in self.clients.settle(|| weather.calls()).await {
            match came {
                Came::Token(received) => self.receive(received).await,
                Came::Used(key, lease) => self.hear_of(&key, lease).await,
                Came::Else(told) => self.story.push(told),
            }
        }
    }

    /// I2: whoever holds a token holds one that the rows know of. They use it at once.
    async fn receive(&mut self, Received { lease, token, replaced }: Received) {
        self.story.push(format!("token of {lease}"));
        let leases = self.leases().await;
        let row = leases.iter().find(|row| row.id == lease);
        match row.and_then(|row| row.state.grant()) {
            None => self.faults.push(format!("I2: a token of lease {lease} is out, and no row grants it")),
            Some(grant) if expiry_of(&token) != Some(grant.token_expires_at.as_second()) => {
                self.faults.push(format!("the row of lease {lease} has another end of its token than the token"));
            }
            Some(_) => {}
        }
        let is_active = |id: LeaseId| leases.iter().any(|row| row.id == id && row.state.name() == "active");
        if let Some(replaced) = replaced {
            self.happened.replaced += 1;
            if is_active(replaced) {
                self.faults.push(format!("lease {lease} took the place of {replaced}, which is still active"));
            }
        }
        self.world.cluster.accepts(&token);
        self.tokens.push((lease, token));
    }

    /// Whoever sends a key again hears of the lease that the first request made, and of no other.
    async fn hear_of(&mut self, key: &str, lease: LeaseId) {
        self.story.push(format!("{key} was used for {lease}"));
        self.happened.repeated += 1;
        let leases = self.leases().await;
        if !leases.iter().any(|row| row.id == lease && promises::key_of(row) == Some(key)) {
            self.faults.push(format!("key {key} is said to be of lease {lease}, which it is not"));
        }
    }

    fn pass(&mut self, time: Duration) {
        self.story.push(format!("{time:?} pass"));
        self.world.clock.advance(time);
    }

    /// What was made for leases and is there now.
    fn ours(&self) -> Vec<FakeObject> {
        let installation = self.installation.to_string();
        let is_ours = |object: &FakeObject| object.labels.get(INSTALLATION_LABEL) == Some(&installation);
        let objects = self.world.cluster.objects().into_iter();
        objects.filter(|object| is_ours(object) && !self.strangers.contain(object)).collect()
    }
}

/// When a token says that it expires, in seconds.
fn expiry_of(token: &str) -> Option<i64> {
    let claims = URL_SAFE_NO_PAD.decode(token.split('.').nth(1)?).ok()?;
    serde_json::from_slice::<Value>(&claims).ok()?["exp"].as_i64()
}
