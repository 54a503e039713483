//! Wiring: the one file that knows how the parts fit together.

mod errands;
mod places;

use std::{net::SocketAddr, sync::Arc};

use mayfly_app::{App, AppError, Settings, VerificationOff as Setting, audit::StoredEvent, bootstrap, status};
pub(crate) use mayfly_cluster::Outbound;
use mayfly_cluster::{EgressPolicy, Executor, ExecutorOptions, Https, Place, TokenFile, TrustRoots, VerificationOff};
use mayfly_domain::{clock::Ambient, ids::AuditEventId};
use mayfly_providers::Providers;
pub(crate) use mayfly_store::StoreError;
use mayfly_store::{
    DatabaseOptions, Execution, MasterKeySource, PostgresOptions, SqliteOptions, Statements, Store, StoreOptions,
};
use mayfly_system::system;

use self::{errands::Errands, places::Places};
use crate::{
    ServeError,
    config::{Config, MasterKeyConfig, TokenFile as TokenFileConfig},
    exported,
    gateways::Ways,
    http::{
        Shared,
        guards::{Hardening, StrictTransport},
    },
    listener::{ListenerOptions, Patience},
    reserve::Reserve,
    setup_code::SetupCode,
    tls::Tls,
};

/// The parts, joined.
pub(crate) struct Wired {
    pub(crate) app: Arc<App>,
    pub(crate) store: Store,
    pub(crate) places: Arc<Places>,
    ways: Ways,
    /// Where the database is ours to keep room for.
    pub(crate) reserve: Option<Arc<Reserve>>,
    /// Where heads of the audit log are written.
    pub(crate) heads_file: Option<std::path::PathBuf>,
    /// What the audit log is sent with.
    pub(crate) outbound: Arc<Outbound>,
    /// Where audit events are written.
    pub(crate) audit_file: Option<std::path::PathBuf>,
    setup_code: Arc<SetupCode>,
    hardening: Hardening,
}

impl Wired {
    pub(crate) fn shared(&self) -> Shared {
        let shared = Shared::new(Arc::clone(&self.app), Arc::clone(&self.setup_code), self.reserve.clone());
        shared.hardened(self.hardening.clone()).with_ways(self.ways.clone())
    }
}

/// How the listener accepts connections.
pub(crate) fn listener_options(config: &Config, tls: Option<Tls>) -> ListenerOptions {
    let connections = config.http.connections;
    let patience = Patience { idle: config.http.idle_connection, ..Patience::default() };
    ListenerOptions { connections, proxies: config.http.proxies.clone(), tls, patience }
}

/// What the operator has set against floods and forgeries.
fn hardening(config: &Config) -> Hardening {
    let is_told = config.server_tls.is_some() || config.http.is_reached_by_tls;
    Hardening {
        proxies: config.http.proxies.clone(),
        rate_limits: config.http.rate_limits,
        requests: config.http.requests,
        longest_request: Some(config.http.longest_request),
        strict_transport: if is_told { StrictTransport::Told } else { StrictTransport::Untold },
    }
}

/// Opens the store, makes the executor, starts the operations of a server that listens on `bound`.
pub(crate) async fn wire(config: &Config, bound: SocketAddr) -> Result<Wired, ServeError> {
    let ambient = system();
    let reserve = config.database_url.is_none().then(|| Arc::new(Reserve::of(&config.data_dir)));
    let store = open_store(config, &ambient).await?;
    let executor = Arc::new(Executor::new(reaching_out(config, bound, &ambient)));
    let outbound = Arc::new(Outbound::new(reaching_out(config, bound, &ambient)));
    let ways = Ways::default();
    let places = places(executor, &ways, reaching_out(config, bound, &ambient));
    let place = Arc::clone(&places);
    let app = Arc::new(
        App::start(store.clone(), place, providers(config, bound, &ambient), ambient, settings(config)).await?,
    );
    let setup_code = Arc::new(setup_code(config, &app).await?);
    let (heads_file, audit_file) = (config.audit.heads_file.clone(), config.audit.file.clone());
    let hardening = hardening(config);
    Ok(Wired { app, store, places, ways, reserve, heads_file, outbound, audit_file, setup_code, hardening })
}

/// Where operations run: at `here`, or in the gateways that `ways` lead to, whose bytes reach clusters by `options`.
pub fn place(here: Arc<Executor>, ways: &Ways, options: ExecutorOptions) -> Arc<dyn Place> {
    places(here, ways, options)
}

fn places(here: Arc<Executor>, ways: &Ways, options: ExecutorOptions) -> Arc<Places> {
    Arc::new(Places::new(here, Errands::new(ways.clone(), options)))
}

/// The operations on the database of a server that may be running, for one short act on its own machine.
pub(crate) async fn wire_visit(config: &Config) -> Result<App, ServeError> {
    let ambient = system();
    let next = master_key(&config.next_master_key);
    let store = Store::visit(store_options(config, &ambient), next).await?;
    let executor = Arc::new(Executor::new(reaching_out(config, config.listen, &ambient)));
    let providers = providers(config, config.listen, &ambient);
    Ok(App::start(store, executor, providers, ambient, settings(config)).await?)
}

fn settings(config: &Config) -> Settings {
    Settings {
        longest_lease_seconds: config.leases.longest_seconds,
        verification_off: if config.tls.allow_unverified { Setting::Allowed } else { Setting::Refused },
        on_role_change: config.leases.on_role_change,
        most_leases_of_secret: config.leases.most_of_secret,
        most_leases_of_holder: config.leases.most_of_holder,
        private_connections: config.private_connections,
        sessions: config.sessions,
        second_factor_of: config.second_factor_of,
        public_url: config.public_url.clone(),
        mail: config.mail.clone(),
        audit_retention_days: config.audit.retention_days,
        most_requests_of_lease: config.audit.most_requests_of_lease,
        request_days: config.audit.request_days,
        ..Settings::default()
    }
}

/// Whether `error` says that there was no room for a write of the embedded database (`SQLITE_FULL`).
pub(crate) fn is_disk_full(error: &AppError) -> bool {
    const FULL: &str = "13";
    matches!(error, AppError::Store(StoreError::Unavailable(fault)) if fault.code() == FULL)
}

/// Opens the store only to verify its audit log.
pub(crate) async fn verify_audit_log(
    config: &Config,
    head: Option<&mayfly_api::audit_events::AuditHead>,
    export: Option<&std::path::Path>,
) -> Result<mayfly_api::audit_events::AuditVerification, ServeError> {
    let head = head.map(crate::http::kept_head).transpose().map_err(ServeError::Head)?;
    // A visit makes and changes nothing: what is to be proven may be evidence, and an empty folder proves nothing.
    let ambient = system();
    let store = Store::visit(store_options(config, &ambient), master_key(&config.next_master_key)).await?;
    let verified = store.audit_chain().verify(head.as_ref()).await?;
    let mut told = crate::http::verification(&verified);
    if let Some(path) = export {
        let compared = exported::compare(path, &store).await;
        let compared = compared.map_err(|source| ServeError::Export { path: path.to_owned(), source })?;
        compared?.add_to(&mut told);
    }
    Ok(told)
}

impl exported::Log for Store {
    type Error = StoreError;

    async fn event(&self, id: AuditEventId) -> Result<Option<StoredEvent>, StoreError> {
        self.audit_reading().any(id).await
    }

    async fn between(
        &self,
        first: AuditEventId,
        last: AuditEventId,
    ) -> Result<(i64, Option<AuditEventId>), StoreError> {
        self.audit_reading().count_between(first, last).await
    }
}

fn store_options(config: &Config, ambient: &Ambient) -> StoreOptions {
    let database = match &config.database_url {
        Some(url) => DatabaseOptions::Postgres(PostgresOptions {
            url: url.clone(),
            connections: PostgresOptions::DEFAULT_CONNECTIONS,
            statements: Statements::Prepared,
        }),
        None => {
            DatabaseOptions::Sqlite(SqliteOptions { folder: config.data_dir.clone(), execution: Execution::Threads })
        }
    };
    StoreOptions { database, master_key: master_key(&config.master_key), ambient: ambient.clone() }
}

async fn open_store(config: &Config, ambient: &Ambient) -> Result<Store, ServeError> {
    let next = master_key(&config.next_master_key);
    let store = Store::open_between_keys(store_options(config, ambient), next).await?;
    if let Some(file) = store.made_master_key() {
        tracing::warn!(
            file = %file.display(),
            "made a new master key: keep a copy of this file somewhere else; without it nothing in the database that is \
             secret can ever be read again"
        );
    }
    if store.is_held() {
        tracing::warn!(
            "this database is a copy or was restored, so nothing is issued or ended: stop the other one, then run `mayfly admin \
             adopt` here"
        );
    }
    Ok(store)
}

fn master_key(config: &MasterKeyConfig) -> Option<MasterKeySource> {
    let file = config.file.clone().map(MasterKeySource::File);
    let value = config.value.clone().map(MasterKeySource::Base64);
    file.or(value).or_else(|| config.command.clone().map(MasterKeySource::Command))
}

/// Identity providers are gone to by the same guard as clusters.
fn providers(config: &Config, bound: SocketAddr, ambient: &Ambient) -> Providers {
    Providers::new(Https::new(ambient.clone(), egress(config, bound), TrustRoots::System))
}

fn egress(config: &Config, bound: SocketAddr) -> EgressPolicy {
    EgressPolicy {
        allow: config.egress.allow.clone(),
        deny: config.egress.deny.clone(),
        own: own_addresses(config, bound),
    }
}

fn reaching_out(config: &Config, bound: SocketAddr, ambient: &Ambient) -> ExecutorOptions {
    ExecutorOptions {
        ambient: ambient.clone(),
        egress: egress(config, bound),
        verification_off: if config.tls.allow_unverified { VerificationOff::Allowed } else { VerificationOff::Refused },
        trust_roots: TrustRoots::System,
        token_files: config.token_files.iter().cloned().map(token_file).collect(),
    }
}

fn token_file(TokenFileConfig { name, url, path }: TokenFileConfig) -> TokenFile {
    TokenFile { name, url, path }
}

/// What no cluster address may lead to: our own listener and the database.
fn own_addresses(config: &Config, bound: SocketAddr) -> Vec<SocketAddr> {
    let database = config.database_url.as_ref().map(PostgresOptions::server_addresses).unwrap_or_default();
    std::iter::once(bound).chain(database).collect()
}

/// Offers the setup code while there is no administrator.
async fn setup_code(config: &Config, app: &App) -> Result<SetupCode, ServeError> {
    if status::status(app).await?.is_bootstrapped {
        return Ok(SetupCode::spent(&config.data_dir));
    }
    std::fs::create_dir_all(&config.data_dir).map_err(ServeError::SetupCode)?;
    let code = SetupCode::offer(&config.data_dir, bootstrap::setup_code(app)).map_err(ServeError::SetupCode)?;
    tracing::info!(
        file = %code.file().display(),
        "there is no administrator yet: run `mayfly bootstrap --setup-code-file` with the code in this file"
    );
    Ok(code)
}
