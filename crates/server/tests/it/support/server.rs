//! A server as the wiring makes it, but with a clock that stands still, on a free port of loopback.

use std::{
    net::{IpAddr, SocketAddr},
    path::PathBuf,
    sync::Arc,
    time::Duration,
};

use mayfly_app::{App, Settings, VerificationOff as Setting, bootstrap, leases, status};
use mayfly_cluster::{EgressPolicy, Executor, ExecutorOptions, Https, Place, TokenFile, TrustRoots, VerificationOff};
use mayfly_domain::{clock::Ambient, sensitive::Sensitive};
use mayfly_providers::Providers;
use mayfly_server::{
    gateways::Ways,
    http::{self, Shared, guards::Hardening},
    listener::{self, ListenerOptions},
    reserve::Reserve,
    setup_code::SetupCode,
};
use mayfly_store::{MasterKeySource, Store, StoreError, StoreOptions};
use mayfly_testkit::{
    clock::TestClock,
    fake_cluster::{FakeCluster, FakeClusterOptions},
};
use serde_json::json;
use tokio::{net::TcpListener, task::JoinHandle};
use tokio_util::sync::CancellationToken;

use super::{ACCOUNT, Caller, Database, NAMESPACE, database::Home};

/// 32 bytes that nobody would take for random.
const MASTER_KEY: &str = "dGhlIG1hc3RlciBrZXkgb2YgbWF5Zmx5J3MgdGVzdHM=";

/// Where people are told to reach the server: at a name, so that they can have passkeys.
pub(crate) const PUBLIC_URL: &str = "https://mayfly.example.com";

/// What a test may want otherwise.
#[derive(Clone)]
pub(crate) struct TestServerOptions {
    pub(crate) database: Database,
    pub(crate) settings: Settings,
    /// Whether the server may reach 127.0.0.0/8, where the fake cluster is.
    pub(crate) reaches_loopback: bool,
    /// The longest life that the cluster's tokens get, in seconds.
    pub(crate) longest_token_seconds: Option<i64>,
    /// The listener's address: loopback, of either family.
    pub(crate) listen: SocketAddr,
    /// Whether what is asked of the database, which is PostgreSQL then, is listened to.
    pub(crate) is_overheard: bool,
    /// Servers with the same seed draw the same keys and ids.
    pub(crate) seed: u64,
    /// Against floods and forgeries; without limits that need a clock that moves.
    pub(crate) hardening: Hardening,
    /// How connections are accepted.
    pub(crate) listener: ListenerOptions,
    /// Whether operations run in gateways, too, and gateways are looked at.
    pub(crate) gateways: Gateways,
}

/// What a server has to do with gateways.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Gateways {
    /// They come, and nothing is asked of them.
    Idle,
    /// They come, are looked at each second and do what is asked.
    AtWork,
}

impl TestServerOptions {
    pub(crate) fn new(database: Database) -> Self {
        Self {
            database,
            settings: Settings { public_url: PUBLIC_URL.to_owned(), ..Settings::default() },
            reaches_loopback: true,
            longest_token_seconds: None,
            listen: SocketAddr::from(([127, 0, 0, 1], 0)),
            is_overheard: false,
            seed: 1,
            hardening: Hardening::default(),
            listener: ListenerOptions::default(),
            gateways: Gateways::Idle,
        }
    }
}

/// The project that every server starts with.
#[derive(Clone, Debug)]
pub(crate) struct Project {
    pub(crate) id: String,
    pub(crate) slug: String,
}

/// A running server, its cluster, and its first administrator.
pub(crate) struct TestServer {
    pub(crate) clock: TestClock,
    pub(crate) ambient: Ambient,
    pub(crate) cluster: Arc<FakeCluster>,
    /// The bearer token that the server is given for the cluster.
    pub(crate) cluster_token: String,
    pub(crate) home: Arc<Home>,
    pub(crate) project: Project,
    pub(super) admin_token: String,
    options: TestServerOptions,
    running: Option<Running>,
    base: String,
}

struct Running {
    app: Arc<App>,
    reserve: Arc<Reserve>,
    router: axum::Router,
    stopping: CancellationToken,
    serving: JoinHandle<()>,
}

impl TestServer {
    pub(crate) async fn sqlite() -> Self {
        Self::start(TestServerOptions::new(Database::Sqlite)).await
    }

    pub(crate) async fn postgres() -> Self {
        Self::start(TestServerOptions::new(Database::Postgres)).await
    }

    /// A server with its first administrator and a project.
    pub(crate) async fn start(options: TestServerOptions) -> Self {
        let mut server = Self::bare(options).await;
        let body = json!({"email": "ana@example.com", "password": "correct horse battery", "organization": "Shop"});
        let body = super::merged(&body, &json!({ "setupCode": server.written_setup_code() }));
        let made = server.as_nobody().post("/api/v1/admin/bootstrap", &body).await.ok();
        made["identity"]["credentials"]["token"].as_str().unwrap().clone_into(&mut server.admin_token);
        server.project = server.new_project("shop-abc1").await;
        server
    }

    /// A server that nobody has set up.
    pub(crate) async fn bare(options: TestServerOptions) -> Self {
        let clock = TestClock::default();
        let ambient = clock.ambient(options.seed);
        let longest_token_seconds = options.longest_token_seconds;
        let cluster_options = FakeClusterOptions { longest_token_seconds, ..FakeClusterOptions::new(ambient.clone()) };
        let cluster = FakeCluster::start(cluster_options).await.expect("a free port");
        let home = Home::new(options.database).await;
        let home = if options.is_overheard { home.overheard().await } else { home };
        let mut server = Self {
            cluster_token: cluster.add_issuer_for(NAMESPACE, ACCOUNT),
            clock,
            ambient,
            cluster: Arc::new(cluster),
            home: Arc::new(home),
            project: Project { id: String::new(), slug: String::new() },
            admin_token: String::new(),
            options,
            running: None,
            base: String::new(),
        };
        server.run().await;
        server
    }

    /// Another server process on the same database, with the same clock.
    pub(crate) async fn second(&self) -> Self {
        let options = TestServerOptions { seed: self.options.seed + 1, ..self.options.clone() };
        let mut second = Self {
            clock: self.clock.clone(),
            ambient: self.clock.ambient(options.seed),
            cluster: Arc::clone(&self.cluster),
            cluster_token: self.cluster_token.clone(),
            home: Arc::clone(&self.home),
            project: self.project.clone(),
            admin_token: self.admin_token.clone(),
            options,
            running: None,
            base: String::new(),
        };
        second.run().await;
        second
    }

    /// Stops the server and starts it again on the same database.
    pub(crate) async fn restart(&mut self) {
        self.stop().await;
        self.resume().await;
    }

    /// Starts the server again on the same database.
    pub(crate) async fn resume(&mut self) {
        self.run().await;
    }

    /// Stops the server, which writes what it counted, as the real one does.
    pub(crate) async fn stop(&mut self) {
        let Running { app, stopping, serving, .. } = self.running.take().expect("the server runs");
        stopping.cancel();
        serving.await.expect("serving does not panic");
        mayfly_app::audit::flush_refusals(&app).await.expect("the store works");
    }

    pub(crate) fn app(&self) -> &Arc<App> {
        &self.running.as_ref().expect("the server runs").app
    }

    /// What answers, without a connection: whoever reads an answer from it asks for each part.
    pub(crate) fn router(&self) -> axum::Router {
        self.running.as_ref().expect("the server runs").router.clone()
    }

    /// The room that the server keeps on its disk; none is taken before the test does.
    pub(crate) fn reserve(&self) -> &Reserve {
        &self.running.as_ref().expect("the server runs").reserve
    }

    /// Runs the loop that ends leases until it finds nothing more to do; says how many leases it ended.
    pub(crate) async fn reap(&self) -> u64 {
        let mut ended = 0;
        loop {
            let reaped = leases::reap(self.app()).await.expect("the store works");
            ended += reaped.expired + reaped.abandoned;
            if !reaped.has_more {
                return ended;
            }
        }
    }

    /// Moves the clock forward.
    pub(crate) fn advance(&self, seconds: u64) {
        self.clock.advance(Duration::from_secs(seconds));
    }

    pub(crate) fn database(&self) -> Database {
        self.options.database
    }

    /// Host and port.
    pub(crate) fn address(&self) -> &str {
        self.base.trim_start_matches("http://").trim_start_matches("https://")
    }

    /// The first administrator's access token.
    pub(crate) fn admin_token(&self) -> &str {
        &self.admin_token
    }

    /// Somebody without an access token.
    pub(crate) fn as_nobody(&self) -> Caller {
        Caller::new(&self.base)
    }

    /// Somebody without an access token who comes from an address of this machine.
    pub(crate) fn from(&self, address: IpAddr) -> Caller {
        self.as_nobody().at(address)
    }

    /// A store of its own on the same database. Only PostgreSQL can be opened twice.
    pub(crate) async fn open_store(&self) -> Result<Store, StoreError> {
        let master_key = Some(MasterKeySource::Base64(Sensitive::from(MASTER_KEY)));
        Store::open(StoreOptions { database: self.home.options(), master_key, ambient: self.ambient.clone() }).await
    }

    async fn run(&mut self) {
        let listener = TcpListener::bind(self.options.listen).await.expect("a free port");
        let address = listener.local_addr().expect("a bound listener has an address");
        let store = self.open_store().await.expect("the store opens");
        let (ways, executor) = (Ways::default(), Arc::new(self.executor(address)));
        let place: Arc<dyn Place> = match self.options.gateways {
            Gateways::Idle => executor,
            Gateways::AtWork => mayfly_server::place(executor, &ways, self.executor_options(address)),
        };
        let app =
            App::start(store, place, self.providers(address), self.ambient.clone(), self.options.settings.clone());
        let app = app.await;
        let app = Arc::new(app.expect("the operations start"));
        let setup_code = self.setup_code(&app).await;
        let reserve = Arc::new(Reserve::of(&self.home.data_dir()));
        let shared = Shared::new(Arc::clone(&app), Arc::new(setup_code), Some(Arc::clone(&reserve)));
        let stopping = CancellationToken::new();
        let shared = shared.hardened(self.options.hardening.clone()).with_ways(ways);
        let shared = match self.options.gateways {
            Gateways::Idle => shared,
            Gateways::AtWork => looking_at_gateways(shared.until(stopping.clone())),
        };
        let router = http::router(shared.clone());
        let kept = router.clone();
        let (ambient, until, options) = (self.ambient.clone(), stopping.clone(), self.options.listener.clone());
        let serving = async move {
            listener::serve_with(listener, router, options, (ambient, until)).await;
            shared.finish().await;
        };
        let scheme = if self.options.listener.tls.is_some() { "https" } else { "http" };
        self.base = format!("{scheme}://{address}");
        self.running = Some(Running { app, reserve, router: kept, stopping, serving: tokio::spawn(serving) });
    }

    fn egress(&self, own: SocketAddr) -> EgressPolicy {
        let allow = if self.options.reaches_loopback { vec!["127.0.0.0/8".parse().unwrap()] } else { Vec::new() };
        EgressPolicy { allow, own: vec![own], ..EgressPolicy::default() }
    }

    fn providers(&self, own: SocketAddr) -> Providers {
        Providers::new(Https::new(self.ambient.clone(), self.egress(own), TrustRoots::Only(Vec::new())))
    }

    /// What a gateway reaches the cluster with.
    pub(crate) fn executor_of_a_gateway(&self) -> Executor {
        self.executor(SocketAddr::from(([127, 0, 0, 1], 1)))
    }

    fn executor(&self, own: SocketAddr) -> Executor {
        Executor::new(self.executor_options(own))
    }

    fn executor_options(&self, own: SocketAddr) -> ExecutorOptions {
        let verification_off = match self.options.settings.verification_off {
            Setting::Allowed => VerificationOff::Allowed,
            Setting::Refused => VerificationOff::Refused,
        };
        ExecutorOptions {
            ambient: self.ambient.clone(),
            egress: self.egress(own),
            verification_off,
            trust_roots: TrustRoots::Only(Vec::new()),
            token_files: vec![TokenFile {
                name: "in-cluster".parse().unwrap(),
                url: self.cluster.url().parse().unwrap(),
                path: self.token_file(),
            }],
        }
    }

    /// The file that connections to the cluster may name as `in-cluster`.
    pub(crate) fn token_file(&self) -> PathBuf {
        self.home.data_dir().join("cluster-token")
    }

    /// The code that is in its file until there is an administrator.
    pub(crate) fn written_setup_code(&self) -> String {
        let text = std::fs::read_to_string(self.home.data_dir().join(SetupCode::FILE)).expect("a code is offered");
        text.trim().to_owned()
    }

    async fn setup_code(&self, app: &App) -> SetupCode {
        let folder = self.home.data_dir();
        if status::status(app).await.expect("the store works").is_bootstrapped {
            return SetupCode::spent(&folder);
        }
        std::fs::create_dir_all(&folder).expect("the folder can be made");
        SetupCode::offer(&folder, bootstrap::setup_code(app)).expect("the code can be written")
    }
}

fn looking_at_gateways(shared: Shared) -> Shared {
    let looking = shared.clone();
    tokio::spawn(async move { looking.look_at_gateways().await });
    shared
}
