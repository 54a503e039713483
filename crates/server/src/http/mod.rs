//! HTTP: routes, layers, and the way of a request.
//!
//! A request meets the layers in this order: the security headers of its answer, a request id, a trace and a deadline, a
//! limit on its body, a place among the requests that run at a time ([`guards`]), panics turned into answers, then [`csrf`],
//! which refuses what another site made a browser send, and [`access_table::admit`], which finds the operation the route stands
//! for and the caller who wants it, and counts how often they ask. A handler reads its form, calls one operation of `app` and
//! maps the result; it
//! decides nothing.

mod access;
pub mod access_table;
mod access_tokens;
mod adopt;
mod approvals;
mod arrival;
mod audit_chain;
mod audit_events;
mod audit_logs;
mod audit_streams;
mod bootstrap;
mod caller;
mod changes;
mod client_secrets;
mod cluster_connections;
mod cluster_requests;
pub(crate) mod concurrency;
mod cookie;
mod csrf;
mod dashboard;
mod dynamic_secrets;
mod environments;
mod event_stream;
mod folders;
mod form;
mod gateway_authorities;
mod gateway_pools;
mod gateway_tunnels;
mod gateways;
mod groups;
pub mod guards;
mod identities;
mod invitations;
mod json;
mod kept;
mod key_rotations;
mod kubernetes_auth;
mod leases;
mod memberships;
mod oidc_auth;
mod older_paths;
pub mod openapi;
mod origin;
mod outside_auth;
mod page;
mod passkeys;
mod path;
mod place;
mod policies;
mod problem;
mod projects;
pub mod proxies;
pub mod rate_limits;
mod request_id;
mod roles;
mod second_factor;
mod sessions;
mod sign_in;
mod sso;
mod status;
mod stops;
mod time;
mod undelivered;
mod universal_auth;
mod users;
mod way;

use std::sync::Arc;

use axum::{Router, extract::DefaultBodyLimit, middleware};
use mayfly_app::App;
use mayfly_domain::membership::Principal;
use tokio::net::TcpListener;
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use tower_http::catch_panic::CatchPanicLayer;

pub use self::concurrency::Most;
use self::{
    concurrency::Places,
    guards::{Guards, Hardening},
};
use crate::{
    gateways::{Gateways, Ways},
    reserve::Reserve,
    setup_code::SetupCode,
};

/// Largest request body in bytes. A dynamic secret with a CA bundle of sixteen certificates is a tenth of it.
const LARGEST_BODY: usize = 256 * 1024;

/// Streams of changes at a time: of one person or machine as many as they can have windows open, and altogether fewer than
/// requests may run.
const MOST_WATCHING: Most = Most { altogether: 768, of_source: 32 };

/// What handlers share.
#[derive(Clone)]
pub struct Shared {
    app: Arc<App>,
    setup_code: Arc<SetupCode>,
    reserve: Option<Arc<Reserve>>,
    requests: TaskTracker,
    guards: Arc<Guards>,
    /// Who watches what changes.
    watchers: Places<Principal>,
    gateways: Gateways,
    stopping: CancellationToken,
}

impl Shared {
    /// The operations, what the first administrator may be asked for, and the room that is kept on the disk.
    pub fn new(app: Arc<App>, setup_code: Arc<SetupCode>, reserve: Option<Arc<Reserve>>) -> Self {
        let guards = Arc::new(Guards::from(Hardening::default()));
        let (requests, stopping) = (TaskTracker::new(), CancellationToken::new());
        let watchers = Places::new(MOST_WATCHING);
        let gateways = Gateways::new(Arc::clone(&app), Ways::default(), stopping.clone());
        Self { app, setup_code, reserve, requests, guards, watchers, gateways, stopping }
    }

    /// With what the operator has set against floods and forgeries.
    #[must_use]
    pub fn hardened(self, hardening: Hardening) -> Self {
        Self { guards: Arc::new(Guards::from(hardening)), ..self }
    }

    /// Ends answers that have no end of their own when `stopping` is cancelled.
    #[must_use]
    pub fn until(self, stopping: CancellationToken) -> Self {
        let gateways = Gateways::new(Arc::clone(&self.app), self.gateways.ways().clone(), stopping.clone());
        Self { gateways, stopping, ..self }
    }

    /// With tunnels of gateways that operations use, too.
    #[must_use]
    pub fn with_ways(self, ways: Ways) -> Self {
        Self { gateways: Gateways::new(Arc::clone(&self.app), ways, self.stopping.clone()), ..self }
    }

    /// Completes when the server stops.
    async fn stopping(&self) {
        self.stopping.cancelled().await;
    }

    /// Waits for requests whose clients are gone: what they began is finished all the same.
    pub async fn finish(&self) {
        self.requests.close();
        self.requests.wait().await;
        self.gateways.finish().await;
    }

    /// Joins the other servers of the installation, for as long as this one runs.
    pub async fn join_servers(&self, listener: TcpListener, address: String) -> Result<(), mayfly_app::AppError> {
        self.gateways.join(listener, address).await
    }

    /// Cuts tunnels of gateways that may not come any more, until the server stops.
    pub async fn look_at_gateways(&self) {
        self.gateways.look().await;
    }
}

/// An event as one line of JSON, for every place that it is sent to.
pub fn event_line(event: &mayfly_app::audit::StoredEvent) -> String {
    serde_json::to_string(&audit_events::wire(event)).unwrap_or_default()
}

pub(crate) use audit_chain::{kept_head, wire as verification, wire_head};

/// The whole HTTP service.
pub fn router(shared: Shared) -> Router {
    let (routes, _) = openapi::routes().split_for_parts();
    routes
        .route_layer(middleware::from_fn_with_state(shared.clone(), access_table::admit))
        .route_layer(csrf::layer(&shared.app.settings().public_url))
        .route_layer(middleware::from_fn_with_state(shared.clone(), csrf::record))
        .fallback(dashboard::answer)
        .method_not_allowed_fallback(problem::method_not_allowed)
        .with_state(shared.clone())
        .merge(openapi::page())
        .layer(CatchPanicLayer::custom(problem::panicked))
        .layer(middleware::from_fn_with_state(shared.clone(), guards::admit))
        // For whoever reads a body otherwise than `json.rs` does.
        .layer(DefaultBodyLimit::max(LARGEST_BODY))
        .layer(middleware::from_fn_with_state(shared.clone(), request_id::assign))
        .layer(middleware::from_fn_with_state(shared, guards::headers))
}
