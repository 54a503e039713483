//! HTTP: routes, layers, and the way of a request.
//!
//! A request meets the layers in this order: a request id and a trace of it, a limit on its body, the security headers
//! of its answer, panics turned into answers, then [`access_table::admit`], which finds the operation the route stands
//! for and the caller who wants it. A handler reads its form, calls one operation of `app` and maps the result; it
//! decides nothing.

pub mod access_table;
mod access_tokens;
mod adopt;
mod audit_chain;
mod audit_events;
mod audit_logs;
mod audit_streams;
mod bootstrap;
mod caller;
mod client_secrets;
mod cluster_connections;
mod cluster_requests;
mod dynamic_secrets;
mod environments;
mod folders;
mod form;
mod gateways;
mod identities;
mod json;
mod leases;
mod memberships;
mod older_paths;
pub mod openapi;
mod origin;
mod path;
mod place;
mod problem;
mod projects;
mod request_id;
mod status;
mod stops;
mod time;
mod undelivered;
mod universal_auth;

use std::sync::Arc;

use axum::{Router, extract::DefaultBodyLimit, middleware};
use http::{HeaderValue, header};
use mayfly_app::App;
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use tower_http::{catch_panic::CatchPanicLayer, set_header::SetResponseHeaderLayer};

use crate::{reserve::Reserve, setup_code::SetupCode};

/// Largest request body in bytes. A dynamic secret with a CA bundle of sixteen certificates is a tenth of it.
const LARGEST_BODY: usize = 256 * 1024;

/// What handlers share.
#[derive(Clone)]
pub struct Shared {
    app: Arc<App>,
    setup_code: Arc<SetupCode>,
    reserve: Option<Arc<Reserve>>,
    requests: TaskTracker,
    stopping: CancellationToken,
}

impl Shared {
    /// The operations, what the first administrator may be asked for, and the room that is kept on the disk.
    pub fn new(app: Arc<App>, setup_code: Arc<SetupCode>, reserve: Option<Arc<Reserve>>) -> Self {
        Self { app, setup_code, reserve, requests: TaskTracker::new(), stopping: CancellationToken::new() }
    }

    /// Ends answers that have no end of their own when `stopping` is cancelled.
    #[must_use]
    pub fn until(self, stopping: CancellationToken) -> Self {
        Self { stopping, ..self }
    }

    /// Completes when the server stops.
    async fn stopping(&self) {
        self.stopping.cancelled().await;
    }

    /// Waits for requests whose clients are gone: what they began is finished all the same.
    pub async fn finish(&self) {
        self.requests.close();
        self.requests.wait().await;
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
        .fallback(problem::unknown_route)
        .method_not_allowed_fallback(problem::method_not_allowed)
        .with_state(shared.clone())
        .merge(openapi::page())
        .layer(CatchPanicLayer::custom(problem::panicked))
        .layer(header(header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .layer(header(header::REFERRER_POLICY, "no-referrer"))
        .layer(header(header::X_FRAME_OPTIONS, "DENY"))
        .layer(SetResponseHeaderLayer::if_not_present(header::CACHE_CONTROL, HeaderValue::from_static("no-store")))
        .layer(DefaultBodyLimit::max(LARGEST_BODY))
        .layer(middleware::from_fn_with_state(shared, request_id::assign))
}

fn header(name: header::HeaderName, value: &'static str) -> SetResponseHeaderLayer<HeaderValue> {
    SetResponseHeaderLayer::overriding(name, HeaderValue::from_static(value))
}
