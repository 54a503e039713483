//! One client per target: its connections, its credential, and what it has learned about its cluster.
//!
//! `kube::Client` over our own stack. What the library would add by default is left out on purpose: it repeats POSTs up
//! to fifteen times, reads proxy variables of the environment, and has no read timeout.

mod cache;

use std::time::Duration;

use http::{HeaderValue, Request, Uri};
use hyper_util::{
    client::legacy::Client as HttpClient,
    rt::{TokioExecutor, TokioTimer},
};
use kube::client::{Body, middleware::BaseUriLayer};
use mayfly_domain::{clock::Ambient, connection::Target};
use tower::ServiceBuilder;

pub(crate) use cache::ClientCache;

use crate::{
    connect::{SecureConnector, SharedDial, TlsSettings},
    departure::{DepartingBody, Departure},
    error::{Certainty, ClusterError, Kind, Misconfigured, Step},
    identity::ClusterMemory,
};

/// Idle connections are closed after this long. API servers close theirs after 90 s; a request sent into a closing
/// connection is lost, so we go first.
const IDLE_CONNECTION: Duration = Duration::from_mins(1);

/// Idle connections kept per client; more are opened under load and closed afterwards.
const MOST_IDLE_CONNECTIONS: usize = 64;

/// Speaks to one target with one credential.
pub(crate) struct ClusterClient {
    pub(crate) kube: kube::Client,
    /// Opens its connections.
    pub(crate) connector: SecureConnector,
    /// Where it leads, for the connector.
    pub(crate) base: Uri,
    /// Scheme, host and port, for error texts.
    pub(crate) server: String,
    /// `Bearer` and the credential.
    pub(crate) authorization: HeaderValue,
    /// SHA-256 of the CA that is trusted, empty for the system's roots.
    pub(crate) ca_sha256: String,
    /// Which cluster answered there lately.
    pub(crate) memory: ClusterMemory,
}

/// What all clients of one executor have in common.
pub(crate) struct Workshop {
    pub(crate) ambient: Ambient,
    pub(crate) dial: SharedDial,
    pub(crate) tls: TlsSettings,
}

impl ClusterClient {
    /// Prepares a client. Nothing is sent yet.
    pub(crate) fn new(target: &Target, workshop: &Workshop) -> Result<Self, Misconfigured> {
        let (config, ca_sha256) = workshop.tls.for_target(target)?;
        let connector = SecureConnector::new(workshop.ambient.clone(), workshop.dial.clone(), config);
        let http = HttpClient::builder(TokioExecutor::new())
            .pool_idle_timeout(IDLE_CONNECTION)
            .pool_max_idle_per_host(MOST_IDLE_CONNECTIONS)
            // Real time, not the ambient's: it only decides when unused sockets are closed.
            .pool_timer(TokioTimer::new())
            .retry_canceled_requests(false)
            .build::<_, DepartingBody<Body>>(connector.clone());
        let base = base_uri(target)?;
        let stack =
            ServiceBuilder::new().layer(BaseUriLayer::new(base.clone())).map_request(watch_departure).service(http);
        Ok(Self {
            kube: kube::Client::new(stack, "default"),
            connector,
            base,
            server: target.url.origin(),
            authorization: bearer(target.credential.expose())?,
            ca_sha256,
            memory: ClusterMemory::default(),
        })
    }
}

/// The header for a bearer token, marked so that nothing on the way prints it.
pub(crate) fn bearer(token: &str) -> Result<HeaderValue, Misconfigured> {
    let mut header =
        HeaderValue::try_from(format!("Bearer {}", token.trim())).map_err(|_| Misconfigured::Credential)?;
    header.set_sensitive(true);
    Ok(header)
}

/// The error for a call that could not even be prepared.
pub(crate) fn unprepared(server: String, call: crate::error::Call, reason: Misconfigured) -> ClusterError {
    let kind = Kind::Misconfigured(reason);
    ClusterError { server, call, step: Step::Prepare, kind, certainty: Certainty::NeverSent }
}

fn base_uri(target: &Target) -> Result<Uri, Misconfigured> {
    let text = format!("{}{}", target.url.origin(), target.url.path_prefix());
    text.parse().map_err(|_| Misconfigured::Address)
}

/// Hands the [`Departure`] that came along with a request to its body.
fn watch_departure(mut request: Request<Body>) -> Request<DepartingBody<Body>> {
    let departure = request.extensions_mut().remove::<Departure>().unwrap_or_default();
    request.map(|body| DepartingBody::new(body, departure))
}
