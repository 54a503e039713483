//! FRONT DOOR: HTTP, configuration, wiring.
//!
//! [`run`] reads the configuration, wires the parts in [`wiring`], starts the [`workers`] and serves until it is asked
//! to stop. [`http`] knows HTTP and nobody else does.

pub mod admission;
pub mod config;
mod exported;
pub mod gateways;
pub mod http;
mod lifecycle;
pub mod listener;
mod logging;
mod process;
mod recover;
pub mod reserve;
pub mod setup_code;
pub mod tls;
mod wiring;
pub mod workers;

use std::net::SocketAddr;

use mayfly_domain::error::chain;
/// For what [`ServerFlags`] must not show.
pub use mayfly_domain::sensitive::Sensitive;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

pub use config::{ConfigError, ServerFlags};
pub use recover::{Recovered, SecondFactorAfter, recover};
pub use wiring::place;

/// Why the server did not start, or stopped.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// The configuration is faulty.
    #[error("the configuration is faulty")]
    Config(#[from] ConfigError),
    /// The address to listen on cannot be had.
    #[error("cannot listen on `{address}`")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// Why.
        source: std::io::Error,
    },
    /// The store cannot be opened, or failed while serving.
    #[error("the store is not usable")]
    Store(#[from] wiring::StoreError),
    /// The operations cannot start.
    #[error("the server cannot start")]
    App(#[from] mayfly_app::AppError),
    /// The address is none.
    #[error("`{0}` is no e-mail address, such as `ana@example.com`")]
    Email(String),
    /// Certificate or key of the listener cannot be used.
    #[error("cannot serve by TLS")]
    Tls(#[from] tls::TlsError),
    /// The head that was kept outside is none.
    #[error("the exported head cannot be read: {0}")]
    Head(String),
    /// The export cannot be read.
    #[error("cannot read `{}`", .path.display())]
    Export {
        /// Its file.
        path: std::path::PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The setup code cannot be written.
    #[error("cannot write the setup code")]
    SetupCode(#[source] std::io::Error),
    /// A route has no row in the access table, or the other way round.
    #[error("the access table and the routes differ: {0}")]
    AccessTable(String),
}

/// Serves until a signal asks it to stop, or the store fails.
pub async fn run(flags: ServerFlags) -> Result<(), ServeError> {
    let config = config::load(&flags)?;
    logging::start(&config.log);
    process::seal_off();
    for name in config::unknown_variables(std::env::vars_os().map(|(name, _)| name)) {
        tracing::warn!(name, "this variable is no setting and does nothing; is it misspelt?");
    }
    let gaps = http::access_table::gaps(&http::openapi::description());
    if !gaps.is_empty() {
        return Err(ServeError::AccessTable(gaps.join("; ")));
    }
    let stopping = lifecycle::signals();
    let listener = listen(config.listen).await?;
    // Port 0 means any: what was bound is what nobody may make us connect to.
    let bound = listener.local_addr().map_err(|source| ServeError::Listen { address: config.listen, source })?;
    let peers = listen_for_peers(&config).await?;
    let wired = wiring::wire(&config, bound).await?;
    let background = workers::start(&wired, &stopping);
    let tls = config.server_tls.clone().map(tls::Tls::load).transpose()?;
    let refreshing = tls.clone().map(|tls| tokio::spawn(tls.keep_fresh(wired.app.ambient().clone(), stopping.clone())));
    tracing::info!(address = %bound, installation = %wired.app.installation(), "mayfly is ready");
    let outcome = serve(listener, &wired, (wiring::listener_options(&config, tls), peers), &stopping).await;
    stopping.cancel();
    background.wait().await;
    if let Some(refreshing) = refreshing {
        refreshing.abort();
    }
    if let Err(error) = mayfly_app::audit::flush_refusals(&wired.app).await {
        tracing::error!(error = %chain(&error), "counted refusals could not be recorded");
    }
    workers::audit_log::finish(&wired).await;
    tracing::info!("mayfly has stopped");
    outcome
}

/// Where other servers ask this one, if they are to.
async fn listen_for_peers(config: &config::Config) -> Result<Option<(TcpListener, String)>, ServeError> {
    let Some(peers) = &config.peers else { return Ok(None) };
    let listener = listen(peers.listen).await?;
    let bound = listener.local_addr().map_err(|source| ServeError::Listen { address: peers.listen, source })?;
    let address = peers.address.clone().unwrap_or_else(|| bound.to_string());
    Ok(Some((listener, address)))
}

async fn listen(address: SocketAddr) -> Result<TcpListener, ServeError> {
    TcpListener::bind(address).await.map_err(|source| ServeError::Listen { address, source })
}

async fn serve(
    listener: TcpListener,
    wired: &wiring::Wired,
    (options, peers): (listener::ListenerOptions, Option<(TcpListener, String)>),
    stopping: &CancellationToken,
) -> Result<(), ServeError> {
    let shared = wired.shared().until(stopping.clone());
    if let Some((listener, address)) = peers {
        shared.join_servers(listener, address).await?;
    }
    let router = http::router(shared.clone());
    let looking = tokio::spawn({
        let shared = shared.clone();
        async move { shared.look_at_gateways().await }
    });
    tokio::select! {
        () = listener::serve_with(listener, router, options, (wired.app.ambient().clone(), stopping.clone())) => {}
        failure = wired.store.failed() => return Err(ServeError::Store(failure)),
    }
    shared.finish().await;
    looking.abort();
    Ok(())
}

/// Verifies the audit log of the database that `flags` name, with its master key and without a running server. Given a head
/// that was kept outside, also against that; given lines that were exported, compares each of them.
pub async fn verify_audit_log(
    flags: &ServerFlags,
    head: Option<&mayfly_api::audit_events::AuditHead>,
    export: Option<&std::path::Path>,
) -> Result<mayfly_api::audit_events::AuditVerification, ServeError> {
    let config = config::load(flags)?;
    wiring::verify_audit_log(&config, head, export).await
}

/// The API's description as `mayfly openapi` prints it and as it is committed.
pub fn openapi_json() -> String {
    http::openapi::json()
}
