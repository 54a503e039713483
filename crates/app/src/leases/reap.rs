//! The loop that ends leases.
//!
//! It looks at stored state only, never at memory, and so is the same on an ordinary day and after a crash. Due leases
//! are found by index; one pass does a bounded amount and says whether there is more. Any number of servers may run it.

use futures::future::join_all;
use mayfly_domain::{
    caller::Caller,
    error::{ErrorClass, chain},
    ids::AuditEventId,
    lease::{EndReason, Lease, LeaseState, Outcome, possibly_lives_until},
    ttl::EndsWhen,
};
use mayfly_store::{StoreError, leases::removing::Beginning};

use super::{
    issue::failure_event,
    remove_due::{due_lanes, work_lane},
};
use crate::{App, AppError};

/// Leases ended in one transaction: large enough that a hundred thousand take a second or two, small enough that a
/// caller who wants to issue one meanwhile does not wait noticeably.
const BATCH: i64 = 10_000;

/// What one pass did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Reaped {
    /// Leases whose time was up.
    pub expired: u64,
    /// Reservations whose request is gone.
    pub abandoned: u64,
    /// Leases whose objects were removed.
    pub removed: u64,
    /// Whether there is more to do at once.
    pub has_more: bool,
}

/// Ends what is due now, whatever that takes.
pub async fn reap(app: &App) -> Result<Reaped, AppError> {
    let reaped = reap_expiring(app).await?;
    let lanes = due_lanes(app).await?;
    let ended = join_all(lanes.into_iter().map(|lane| work_lane(app, lane, &|| true))).await;
    let removed = ended.into_iter().sum::<Result<u64, AppError>>()?;
    Ok(Reaped { removed, ..reaped })
}

/// Ends what is due now and takes no call to a cluster.
pub async fn reap_expiring(app: &App) -> Result<Reaped, AppError> {
    if app.is_held().await? {
        return Ok(Reaped::default());
    }
    let now = app.ambient.now();
    let expired = app.store.leases().expire_due(now, BATCH, AuditEventId::generate(&app.ambient)).await?;
    let overdue = app.store.leases().overdue_reservations(now, BATCH).await?;
    let mut abandoned = 0;
    for lease in overdue {
        match lease {
            Ok(lease) => match abandon(app, &lease).await {
                Ok(count) => abandoned += count,
                Err(error) if error.class() == ErrorClass::Unavailable => return Err(error),
                Err(error) => tracing::error!(lease = %lease.id, error = %chain(&error), "a reservation stays"),
            },
            // Told again with each pass until somebody mends it; the others do not wait for that.
            Err(error) => tracing::error!(error = %chain(&error), "a reservation cannot be read and stays"),
        }
    }
    let is_full = |count: u64| i64::try_from(count).is_ok_and(|count| count >= BATCH);
    Ok(Reaped { expired, abandoned, removed: 0, has_more: is_full(expired) || is_full(abandoned) })
}

/// Closes a reservation that nobody is at work on any more. Its request may have reached the cluster.
async fn abandon(app: &App, lease: &Lease) -> Result<u64, AppError> {
    let LeaseState::Reserved { deadline } = lease.state else { return Ok(0) };
    let outcome = Outcome::PossiblyIssued { dead_by: possibly_lives_until(&lease.plan, deadline) };
    let place = &lease.source.place;
    let platform = Caller::platform(place.organization);
    let event = failure_event(lease, &outcome, "issuing was interrupted", None);
    let event = app.event(&platform, Some(place.project), event);
    let leases = app.store.leases();
    let ended = match lease.ends_when {
        EndsWhen::Expired => leases.abandon(lease.id, &outcome, &event).await,
        // Whatever was made is removed in the lane of its connection, at once.
        EndsWhen::Deleted => {
            let beginning = Beginning { reason: EndReason::Undone, undone: Some(&outcome), until: app.ambient.now() };
            leases.begin_ending(lease.id, beginning, &event).await.map(drop)
        }
    };
    match ended {
        Ok(()) => Ok(1),
        // Another server was faster, or the request was still alive.
        Err(StoreError::GuardFailed { .. }) => Ok(0),
        Err(other) => Err(other.into()),
    }
}
