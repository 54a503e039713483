//! A cluster's own audit log: who may send it, what of it is kept, and what a lease's token did.
//!
//! The API server names the token of a request by its `jti`; so each request is joined to the lease it was made with.
//! What is not of a lease of ours is counted and dropped. The sender's token lets in nothing else.

mod event_list;
mod intake;
mod parse;

pub use event_list::EventList;
pub use intake::{MadeIntake, create_intake, read_intake, revoke_intake};
use jiff::{SignedDuration, Timestamp};
use mayfly_domain::{
    access::operation::Operation, audit::ClusterEvent, caller::Caller, ids::ConnectionId, sensitive::Sensitive,
};
use mayfly_store::cluster_requests::Joining;
pub use mayfly_store::cluster_requests::{Intake, KeptRequest};

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
pub async fn receive(app: &App, sender: Sender, list: EventList) -> Result<Received, AppError> {
    let Sender(connection) = sender;
    let kept = app.store.cluster_requests();
    let (events, joining) = joining(app, connection, list).await?;
    let received = Received { events, joined: kept.join(joining, None).await? };
    kept.heard(connection, (received.events, received.joined), app.ambient.now()).await?;
    Ok(received)
}

/// Whether the caller may bring a file: asked before anything of it is read.
pub async fn may_import(app: &App, caller: &Caller, connection: ConnectionId) -> Result<(), AppError> {
    cluster_connections::find(app, caller, Operation::ImportClusterAudit, connection).await.map(drop)
}

/// Takes events from a file. What comes of them is told in one event, which is written with the first of them.
pub async fn import(
    app: &App,
    caller: &Caller,
    connection: ConnectionId,
    list: EventList,
) -> Result<Received, AppError> {
    let found = cluster_connections::find(app, caller, Operation::ImportClusterAudit, connection).await?;
    let (events, joining) = joining(app, found.id, list).await?;
    let told = ClusterEvent::ImportClusterAudit { connection_id: connection, events, joined: joining.count() };
    let event = app.event(caller, None, told);
    Ok(Received { events, joined: app.store.cluster_requests().join(joining, Some(&event)).await? })
}

/// How many events came, and what of them is to be kept.
async fn joining(app: &App, connection: ConnectionId, list: EventList) -> Result<(u64, Joining), AppError> {
    let oldest = oldest_kept(app);
    let made = list.made.into_iter().filter(|request| request.at >= oldest).collect();
    let most = app.settings.most_requests_of_lease;
    Ok((list.events, app.store.cluster_requests().joining(connection, made, most).await?))
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
