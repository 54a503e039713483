//! Ending every lease of somebody, of a connection, or since a time: for the bad day. A dry run says what it would be.

use mayfly_domain::{
    access::operation::Operation,
    audit::LeaseEvent,
    caller::Caller,
    lease::{Lease, LeaseState},
    ttl::EndsWhen,
};
use mayfly_store::{StoreError, leases::many::LeaseFilter};

use super::revoke::{IsForced, begin_end, cancel};
use crate::{App, AppError};

/// Leases ended between two looks.
const PAGE: i64 = 200;
/// Leases that the answer names; all are counted.
const MOST_NAMED: usize = 100;

/// What to do with the leases that a filter names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EndManyWish {
    /// Say what they are.
    Look,
    /// End them.
    End,
}

/// What was found and done.
#[derive(Clone, Debug, Default)]
pub struct EndedMany {
    /// How many leases the filter named.
    pub found: u64,
    /// How many of them end, or ended: what was made for them is removed, and their tokens are refused within seconds.
    pub ending: u64,
    /// How many were closed: their tokens cannot be taken back.
    pub closed: u64,
    /// How many were being issued, and get no token any more.
    pub cancelled: u64,
    /// The newest of them, with the states they have now.
    pub leases: Vec<Lease>,
}

/// Ends what `filter` names, or says what it is. Removing what was made for the leases begins at once, and is not waited
/// for: a cluster that is away keeps nobody from ending the rest.
pub async fn end_many(
    app: &App,
    caller: &Caller,
    filter: LeaseFilter,
    wish: EndManyWish,
    reason: &str,
) -> Result<EndedMany, AppError> {
    app.authorize(caller, Operation::EndLeases).await?;
    app.check_not_held()?;
    let organization = App::organization(caller)?;
    let mut many = EndedMany::default();
    if wish == EndManyWish::End {
        let begun = LeaseEvent::EndLeases { filter: told(&filter), reason: reason.to_owned() };
        app.store.audit_events().append(&app.event(caller, None, begun)).await?;
    }
    let mut before = None;
    loop {
        let page = app.store.leases().list_matching(organization, &filter, before, PAGE).await?;
        let Some(last) = page.last else { return Ok(many) };
        before = Some(last);
        for lease in page.leases {
            many.found += 1;
            let lease = match wish {
                EndManyWish::Look => lease,
                EndManyWish::End => end_one(app, caller, lease).await?,
            };
            match (&lease.state, lease.ends_when) {
                (LeaseState::Reserved { .. }, _) => many.cancelled += 1,
                (_, EndsWhen::Deleted) => many.ending += 1,
                (_, EndsWhen::Expired) => many.closed += 1,
            }
            if many.leases.len() < MOST_NAMED {
                many.leases.push(lease);
            }
        }
    }
}

/// Ends a lease; one that somebody else ended meanwhile is as it should be. One that is being issued is handed to nobody, or
/// was just now and ends.
pub(super) async fn end_one(app: &App, caller: &Caller, lease: Lease) -> Result<Lease, AppError> {
    let lease = match &lease.state {
        LeaseState::Reserved { .. } => match cancel(app, caller, &lease).await {
            Ok(()) => return Ok(lease),
            Err(StoreError::GuardFailed { .. }) => app.store.leases().find(lease.id).await?.unwrap_or(lease),
            Err(error) => return Err(error.into()),
        },
        _ => lease,
    };
    match begin_end(app, caller, &lease, IsForced::No).await {
        Ok(ending) => Ok(ending),
        Err(AppError::Store(StoreError::GuardFailed { .. })) => {
            Ok(app.store.leases().find(lease.id).await?.unwrap_or(lease))
        }
        Err(error) => Err(error),
    }
}

/// The filter as the audit log tells it.
fn told(filter: &LeaseFilter) -> Vec<String> {
    let part = |name: &str, value: Option<String>| value.map(|value| format!("{name}={value}"));
    let parts = [
        part("holder", filter.holder.clone()),
        part("clusterConnection", filter.connection.map(|id| id.to_string())),
        part("dynamicSecret", filter.dynamic_secret.map(|id| id.to_string())),
        part("environment", filter.environment.map(|id| id.to_string())),
        part("project", filter.project.map(|id| id.to_string())),
        part("since", filter.since.map(|time| time.to_string())),
    ];
    parts.into_iter().flatten().collect()
}
