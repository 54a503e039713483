//! An installation with a dynamic secret of each shape, and a whole fake cluster that it really issues from. Servers come
//! and go; the database, the cluster and the hand on the clock stay.

pub(crate) mod database;
pub(crate) mod in_process;
pub(crate) mod shape;
pub(crate) mod strangers;
pub(crate) mod wall;

use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex},
    time::Duration,
};

use jiff::SignedDuration;
use mayfly_app::{
    App, AppError, Openings, Settings,
    cluster_connections::{self, ConnectionPage},
    dynamic_secrets::{ConnectionSource, NewDynamicSecret, SecretPlaceName, create},
    environments::EnvironmentName,
    leases::{IssueLease, IssuedLease, Verify, issue, reap},
    projects::{DefaultEnvironments, NewProject, ProjectName},
    sweep::{SweepReport, SweepWish, sweep},
};
use mayfly_cluster::{EgressPolicy, Executor, ExecutorOptions, Https, Place, TrustRoots, VerificationOff};
use mayfly_domain::{
    caller::Caller, clock::Ambient, dynamic_secret::ConnectionAddress, ids::ProjectId, lease::Lease,
    project::FolderPath, sensitive::Sensitive,
};
use mayfly_providers::Providers;
use mayfly_store::{MasterKeySource, Store, StoreError, StoreOptions, audit_events::AuditFilter, leases::HistoryPage};
use mayfly_testkit::{
    clock::{SeededChance, TestClock},
    explained::{Picture, Told, told},
    fake_cluster::{FakeCluster, FakeClusterOptions, Faults, RequestLog},
};

pub(crate) use self::database::Database;
use self::{
    in_process::InProcess,
    shape::{ROLE, Shape},
    strangers::Strangers,
    wall::Wall,
};
use crate::scene::first_caller;

/// Where every lease's account lives.
pub(crate) const NAMESPACE: &str = "payments";

/// An API server behind a socket, and a namespace in it that is this test's own.
pub(crate) struct Far {
    pub(crate) url: String,
    pub(crate) ca_pem: String,
    pub(crate) token: String,
    pub(crate) namespace: String,
    /// A ClusterRole that is there.
    pub(crate) cluster_role: String,
    /// What goes wrong on the way there.
    pub(crate) faults: Faults,
    /// What arrives there.
    pub(crate) requests: RequestLog,
}

/// How the servers get to their cluster.
enum Way {
    /// Through pipes to the fake one, in an order that repeats itself.
    Pipes,
    /// Through sockets to the fake one.
    Sockets,
    /// Through sockets to another API server.
    Far(Far),
}

/// Everything that outlives a server.
pub(crate) struct World {
    /// True time, which the cluster keeps.
    pub(crate) clock: TestClock,
    /// What the servers see of it.
    pub(crate) wall: Wall,
    pub(crate) ambient: Ambient,
    pub(crate) cluster: Arc<FakeCluster>,
    way: Way,
    pub(crate) database: Database,
    pub(crate) caller: Caller,
    pub(crate) project: ProjectId,
    /// The token of whoever issues from the cluster.
    token: String,
    /// Projects that came later, whose leases are looked at too.
    more_projects: Mutex<Vec<ProjectId>>,
    /// Live leases that a dynamic secret may have.
    pub(crate) most_leases: Option<u32>,
}

/// A server: its memory, and its way to the cluster.
pub(crate) struct Server {
    pub(crate) app: App,
    pub(crate) store: Store,
}

impl World {
    /// With these shapes, in a cluster that remembers accepted tokens for so long.
    pub(crate) async fn new(seed: u64, database: Database, shapes: &[Shape], token_cache: Duration) -> Self {
        Self::build(seed, TestClock::default(), (database, Way::Pipes), (shapes, token_cache)).await
    }

    /// With these shapes, and sockets on the way to the cluster.
    pub(crate) async fn over_sockets(seed: u64, database: Database, shapes: &[Shape]) -> Self {
        Self::build(seed, TestClock::default(), (database, Way::Sockets), (shapes, Duration::ZERO)).await
    }

    /// With these shapes, before another API server. The clock starts at its time.
    pub(crate) async fn before(far: Far, seed: u64, database: Database, shapes: &[Shape]) -> Self {
        let clock = TestClock::starting(mayfly_testkit::ambient::ambient().now());
        Self::build(seed, clock, (database, Way::Far(far)), (shapes, Duration::ZERO)).await
    }

    async fn build(
        seed: u64,
        clock: TestClock,
        (database, way): (Database, Way),
        (shapes, token_cache): (&[Shape], Duration),
    ) -> Self {
        let wall = Wall::over(&clock);
        let ambient = Ambient::new(Arc::new(wall.clone()), Arc::new(SeededChance::new(seed)));
        // The cluster's chance is its own, or each object would be born with the id of a lease to come.
        let options =
            FakeClusterOptions { token_cache, ..FakeClusterOptions::new(clock.ambient(seed ^ 0x00c1_057e_0000_0000)) };
        let cluster = Arc::new(FakeCluster::start(options).await.expect("a port is free"));
        let token = cluster.add_dynamic_issuer_everywhere();
        cluster.add_namespace(NAMESPACE);
        Shape::prepare(&cluster);
        let store = open(&database, &ambient).await;
        let place = way_to(&way, &cluster, &ambient);
        let app = start(store, place, &ambient, None).await.app;
        let caller = first_caller(&app).await;
        let project = project(&app, &caller).await;
        let world = Self {
            clock,
            wall,
            ambient,
            cluster,
            way,
            database,
            caller,
            project,
            token,
            more_projects: Mutex::default(),
            most_leases: None,
        };
        for shape in shapes {
            create(&app, &world.caller, world.secret(*shape)).await.expect("a dynamic secret is made");
        }
        world
    }

    /// A new server over the same database.
    pub(crate) async fn server(&self) -> Server {
        self.server_over(self.store().await, self.direct()).await
    }

    /// The database, opened anew.
    pub(crate) async fn store(&self) -> Store {
        open(&self.database, &self.ambient).await
    }

    /// A server over a store that others may be using, whose operations are carried out in some place.
    pub(crate) async fn server_over(&self, store: Store, place: Arc<dyn Place>) -> Server {
        start(store, place, &self.ambient, self.most_leases).await
    }

    fn far(&self) -> Option<&Far> {
        match &self.way {
            Way::Far(far) => Some(far),
            Way::Pipes | Way::Sockets => None,
        }
    }

    /// What goes wrong with the cluster's calls.
    pub(crate) fn faults(&self) -> &Faults {
        self.far().map_or_else(|| self.cluster.faults(), |far| &far.faults)
    }

    /// What arrives at the cluster.
    pub(crate) fn requests(&self) -> &RequestLog {
        self.far().map_or_else(|| self.cluster.requests(), |far| &far.requests)
    }

    /// The real executor, over connections without sockets where the cluster is the fake one.
    pub(crate) fn direct(&self) -> Arc<dyn Place> {
        way_to(&self.way, &self.cluster, &self.ambient)
    }

    pub(crate) fn place(&self) -> SecretPlaceName {
        SecretPlaceName {
            project: ProjectName::Id(self.project),
            environment: EnvironmentName::Slug("dev".parse().expect("a slug")),
            path: FolderPath::root(),
        }
    }

    pub(crate) fn wish(&self, shape: Shape) -> IssueLease {
        IssueLease {
            place: self.place(),
            name: shape.name().parse().expect("a name"),
            ttl: None,
            namespace: None,
            config: None,
            reason: Some(CONTROL.to_owned()),
            verify: Verify::Skip,
            key: None,
            replaces: None,
        }
    }

    pub(crate) async fn issue(&self, server: &Server, shape: Shape) -> Result<IssuedLease, AppError> {
        issue(&server.app, &self.caller, self.wish(shape)).await
    }

    /// Where the cluster is, and the token for it.
    pub(crate) fn address(&self) -> (ConnectionAddress, Sensitive<String>) {
        let near = |url: String| (url, self.cluster.ca_pem(), &self.token);
        let (url, ca, token) = match &self.way {
            // Whatever the address says, pipes lead into the fake cluster; its port would be another one in each run.
            Way::Pipes => near("https://127.0.0.1:6443".to_owned()),
            Way::Sockets => near(self.cluster.url()),
            Way::Far(far) => (far.url.clone(), far.ca_pem.clone(), &far.token),
        };
        let url = url.parse().expect("an address");
        let address = ConnectionAddress {
            url,
            ca: Some(ca),
            ssl_enabled: true,
            ssl_reject_unauthorized: true,
            token_file: None,
            route: mayfly_domain::connection::Route::Direct,
        };
        (address, Sensitive::from(token.as_str()))
    }

    /// Looks at the leases of this project too.
    pub(crate) fn add_project(&self, project: ProjectId) {
        self.more_projects.lock().expect("no test panics while it holds this").push(project);
    }

    fn projects(&self) -> Vec<ProjectId> {
        let more = self.more_projects.lock().expect("no test panics while it holds this");
        more.iter().rev().copied().chain([self.project]).collect()
    }

    /// A dynamic secret of this shape, as the first ones are.
    pub(crate) fn secret(&self, shape: Shape) -> NewDynamicSecret {
        let (address, cluster_token) = self.address();
        let namespace = match &self.way {
            Way::Pipes | Way::Sockets => NAMESPACE,
            Way::Far(far) => &far.namespace,
        };
        NewDynamicSecret {
            place: self.place(),
            name: shape.name().parse().expect("a name"),
            default_ttl: shape.default_ttl().parse().expect("a lifetime"),
            max_ttl: None,
            connection: ConnectionSource::Own { address, cluster_token },
            credential: shape.credential(namespace, self.far().map_or(ROLE, |far| far.cluster_role.as_str())),
            username_template: None,
            audiences: Vec::new(),
            metadata: Vec::new(),
        }
    }
}

/// Stands in each lease's row, and so in every copy of the database.
pub(crate) const CONTROL: &str = "the-control-that-a-scan-must-find";

impl Server {
    /// Runs the loop, and lets the time of each wait pass, until nothing is reserved or ending, or it is plain that this
    /// will never be.
    pub(crate) async fn reap_until_quiet(&self, world: &World) -> Result<(), AppError> {
        for _ in 0..PASSES {
            reap(&self.app).await?;
            if self.leases(world).await.iter().all(|lease| !["reserved", "ending"].contains(&lease.state.name())) {
                break;
            }
            world.clock.advance(LONGER_THAN_ANY_PAUSE);
        }
        Ok(())
    }

    /// Looks at what a sweep would remove, and approves of exactly that.
    pub(crate) async fn look_and_sweep(&self, world: &World) -> Result<SweepReport, AppError> {
        let page = ConnectionPage { after: None, limit: 1 };
        let (connections, _) = cluster_connections::list(&self.app, &world.caller, page).await?;
        let connection = connections.first().expect("a connection").id;
        let seen = sweep(&self.app, &world.caller, connection, SweepWish::Look).await?;
        sweep(&self.app, &world.caller, connection, SweepWish::Approved(seen.digest)).await
    }

    /// Every lease, newest first; those of later projects before the others.
    pub(crate) async fn leases(&self, world: &World) -> Vec<Lease> {
        let mut leases = Vec::new();
        for project in world.projects() {
            let limit = i64::from(i32::MAX);
            let page = HistoryPage::newest(project, limit);
            leases.extend(self.store.leases().history(&page).await.expect("the history is read"));
        }
        leases
    }

    /// Every event about a lease.
    pub(crate) async fn events(&self) -> Told {
        let events = self.store.audit_events().list(&AuditFilter::everything()).await.expect("the audit log is read");
        told(events.into_iter().rev().map(|event| (event.kind, event.metadata)))
    }

    /// Rows, events and cluster, when nothing is in motion.
    pub(crate) async fn picture(&self, world: &World, strangers: &Strangers) -> Picture {
        Picture {
            leases: self.leases(world).await,
            events: self.events().await,
            objects: world.cluster.objects(),
            tokens: world.cluster.live_tokens(),
            account: (NAMESPACE.to_owned(), shape::ACCOUNT.to_owned()),
            installation: self.store.installation().to_string(),
            strangers: strangers.uids(),
            behind: SignedDuration::from_secs(world.wall.seconds_behind()),
            robbed: BTreeSet::new(),
            excused: BTreeSet::new(),
        }
    }
}

/// Longer than a reservation, a claim, and the longest pause between two attempts.
const LONGER_THAN_ANY_PAUSE: Duration = Duration::from_mins(16);
/// More than any lease needs once nothing goes wrong any more.
const PASSES: usize = 8;

/// The master key of every world.
pub(crate) const MASTER_KEY: &str = "dGhlIG1hc3RlciBrZXkgb2YgbWF5Zmx5J3MgdGVzdHM=";
/// The one that follows it.
pub(crate) const NEXT_MASTER_KEY: &str = "dGhlIG5leHQgbWFzdGVyIGtleSBvZiB0aGVzZSB0ZXM=";

async fn open(database: &Database, ambient: &Ambient) -> Store {
    open_with(database, ambient, [MASTER_KEY, NEXT_MASTER_KEY]).await.expect("the store opens")
}

/// Opens it with these keys, the current one and the next.
pub(crate) async fn open_with(
    database: &Database,
    ambient: &Ambient,
    [current, next]: [&str; 2],
) -> Result<Store, StoreError> {
    let [current, next] = [current, next].map(|key| Some(MasterKeySource::Base64(key.into())));
    let options = StoreOptions { database: database.options(), master_key: current, ambient: ambient.clone() };
    Store::open_between_keys(options, next).await
}

async fn start(store: Store, place: Arc<dyn Place>, ambient: &Ambient, most_leases: Option<u32>) -> Server {
    let settings =
        Settings { private_connections: Openings::ALL, most_leases_of_secret: most_leases, ..Settings::default() };
    let app = App::start(store.clone(), place, nobody_outside(ambient), ambient.clone(), settings)
        .await
        .expect("the app starts");
    Server { app, store }
}

fn way_to(way: &Way, cluster: &Arc<FakeCluster>, ambient: &Ambient) -> Arc<dyn Place> {
    let options = ExecutorOptions {
        ambient: ambient.clone(),
        egress: EgressPolicy { allow: vec!["127.0.0.0/8".parse().expect("a network")], ..EgressPolicy::default() },
        verification_off: VerificationOff::Refused,
        trust_roots: TrustRoots::Only(Vec::new()),
        token_files: Vec::new(),
    };
    match way {
        Way::Sockets | Way::Far(_) => Arc::new(Executor::new(options)),
        Way::Pipes => Arc::new(Executor::over(options, Arc::new(InProcess(Arc::clone(cluster))))),
    }
}

async fn project(app: &App, caller: &Caller) -> ProjectId {
    let project = NewProject {
        name: "Payments".parse().expect("a name"),
        slug: None,
        description: None,
        has_delete_protection: false,
        environments: DefaultEnvironments::Create,
    };
    mayfly_app::projects::create(app, caller, project).await.expect("a project is made").id
}

/// No identity provider is asked in these tests, and none could be reached.
pub(crate) fn nobody_outside(ambient: &Ambient) -> Providers {
    Providers::new(Https::new(ambient.clone(), EgressPolicy::default(), TrustRoots::Only(Vec::new())))
}

/// Those on this machine.
pub(crate) fn local_issuers(ambient: &Ambient) -> Providers {
    let egress = EgressPolicy { allow: vec!["127.0.0.0/8".parse().expect("a network")], ..EgressPolicy::default() };
    Providers::new(Https::new(ambient.clone(), egress, TrustRoots::Only(Vec::new())))
}
