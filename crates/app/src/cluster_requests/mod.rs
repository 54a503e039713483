//! A cluster's own audit log: who may send it, what of it is kept, and what a lease's token did.
//!
//! The API server names the token of a request by its `jti`; so each request is joined to the lease it was made with.
//! What is not of a lease of ours is counted and dropped. The sender's token lets in nothing else.

mod intake;
mod parse;

use jiff::{SignedDuration, Timestamp};
use mayfly_domain::{
    access::operation::Operation, audit::Event, caller::Caller, ids::ConnectionId, sensitive::Sensitive,
};
pub use mayfly_store::cluster_requests::{Intake, KeptRequest};
use serde_json::Value;

pub use intake::{MadeIntake, create_intake, read_intake, revoke_intake};

use crate::{App, AppError, cluster_connections, leases, page::and_one_more, projects::ProjectName, secret_text};

/// What was done with a list of events.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Received {
    /// Events that came.
    pub events: u64,
    /// Those that are new and were made with the token of a lease.
    pub joined: u64,
}

/// Proof that somebody showed the token of a connection's intake.
#[derive(Clone, Copy, Debug)]
pub struct Sender(ConnectionId);

/// Whether `token` is that of the connection's intake.
pub async fn check_sender(app: &App, connection: ConnectionId, token: &Sensitive<String>) -> Result<Sender, AppError> {
    let intake = app.store.cluster_requests().intake(connection).await?;
    // Compared also where there is none, so that the time tells nothing.
    let (digest, known) = (secret_text::digest_of(token.expose()), intake.map(|intake| intake.digest));
    let is_known = aws_lc_rs::constant_time::verify_slices_are_equal(&digest, known.as_deref().unwrap_or(&[0; 32]));
    if known.is_none() || is_known.is_err() {
        return Err(AppError::TokenRefused);
    }
    Ok(Sender(connection))
}

/// Takes events from an API server.
pub async fn receive(app: &App, sender: Sender, items: &[Value]) -> Result<Received, AppError> {
    let Sender(connection) = sender;
    let received = keep(app, connection, items).await?;
    let came = (received.events, received.joined);
    app.store.cluster_requests().heard(connection, came, app.ambient.now()).await?;
    Ok(received)
}

/// Takes events from a file.
pub async fn import(
    app: &App,
    caller: &Caller,
    connection: ConnectionId,
    items: &[Value],
) -> Result<Received, AppError> {
    let found = cluster_connections::find(app, caller, Operation::ImportClusterAudit, connection).await?;
    let received = keep(app, found.id, items).await?;
    let told =
        Event::ImportClusterAudit { connection_id: connection, events: received.events, joined: received.joined };
    app.store.audit_events().append(&app.event(caller, None, told)).await?;
    Ok(received)
}

async fn keep(app: &App, connection: ConnectionId, items: &[Value]) -> Result<Received, AppError> {
    let oldest = oldest_kept(app);
    let made: Vec<_> = items.iter().filter_map(parse::request).filter(|request| request.at >= oldest).collect();
    let joined = match made.as_slice() {
        [] => 0,
        made => app.store.cluster_requests().join(connection, made, app.settings.most_requests_of_lease).await?,
    };
    Ok(Received { events: items.len() as u64, joined })
}

fn oldest_kept(app: &App) -> Timestamp {
    let kept = SignedDuration::from_hours(24 * i64::from(app.settings.request_days));
    app.ambient.now().saturating_sub(kept).unwrap_or(Timestamp::MIN)
}

/// Forgets what is old.
pub async fn forget_old(app: &App) -> Result<(), AppError> {
    Ok(app.store.cluster_requests().delete_old(oldest_kept(app)).await?)
}

/// A part of what a lease's token did, oldest first.
#[derive(Clone, Debug)]
pub struct RequestPage {
    /// The project.
    pub project: ProjectName,
    /// Only those after this one: the last of the page before.
    pub after: Option<(Timestamp, String)>,
    /// At most this many, at most [`RequestPage::LONGEST`].
    pub limit: i64,
}

impl RequestPage {
    /// Enough for a screen and a script; more is on the next page.
    pub const LONGEST: i64 = 200;
}

/// What a lease's token did.
#[derive(Clone, Debug)]
pub struct LeaseRequests {
    /// A page of it.
    pub requests: Vec<KeptRequest>,
    /// Whether there is a next page.
    pub has_more: bool,
    /// Whether as many are kept as one lease may have.
    pub is_cut: bool,
}

/// What a lease's token did, for whoever may see the lease.
pub async fn of_lease(app: &App, caller: &Caller, id: &str, page: RequestPage) -> Result<LeaseRequests, AppError> {
    let lease = leases::get_from_history(app, caller, &page.project, id).await?;
    let kept = app.store.cluster_requests();
    let mut requests = kept.page(lease.id, page.after, and_one_more(page.limit)).await?;
    let asked = usize::try_from(page.limit).unwrap_or(0);
    let has_more = requests.len() > asked;
    requests.truncate(asked);
    let is_cut = kept.count(lease.id).await? >= i64::from(app.settings.most_requests_of_lease);
    Ok(LeaseRequests { requests, has_more, is_cut })
}
