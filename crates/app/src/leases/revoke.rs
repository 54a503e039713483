//! Ending a lease before its time.
//!
//! What was made for it is removed, at once where the cluster answers, and its token is refused within seconds. A plain token
//! of an existing account cannot be taken back by anybody: its lease is *closed*, and the answer says until when the token
//! lives. Force gives nothing up: what cannot be removed now is tried until it is, and named.

use jiff::Timestamp;
use mayfly_cluster::Deadline;
use mayfly_domain::{
    access::operation::Operation,
    audit::{AuditEvent, LeaseEvent, LeaseFacts},
    caller::Caller,
    error::chain,
    lease::{EndReason, Lease, LeaseState},
    ttl::EndsWhen,
};
use mayfly_store::{
    StoreError,
    leases::removing::{Beginning, Claimed},
};

use super::{
    clean_up::{CleanedUp, CleaningUp, claim_lapses, clean_up},
    end_many::end_one,
    read::{check_visible, find_in, find_live},
};
use crate::{
    App, AppError,
    dynamic_secrets::SecretPlaceName,
    error::OrWhen as _,
    projects::{ProjectName, find_id},
};

/// Ends a lease. `is_forced` is recorded as it was asked.
pub async fn revoke(
    app: &App,
    caller: &Caller,
    place: &SecretPlaceName,
    id: &str,
    is_forced: IsForced,
) -> Result<Lease, AppError> {
    let (lease, _) = find_live(app, caller, Operation::RevokeLease, place, id).await?;
    app.check_not_held()?;
    end_live(app, caller, &lease, is_forced, Deadline::after(&app.ambient, app.settings.issue_deadline)).await
}

/// Ends a lease of a project, wherever its dynamic secret lies now: folders are renamed, and leases keep their ids. One that is
/// over, or closed, is as it should be; one that is being issued is handed to nobody.
pub async fn end(app: &App, caller: &Caller, project: &ProjectName, id: &str) -> Result<Lease, AppError> {
    let proof = find_id(app, caller, Operation::RevokeLease, project).await?;
    let lease = find_in(app, caller, Operation::RevokeLease, &proof, id).await?;
    check_visible(app, caller, Operation::RevokeLease, &proof, &lease).await?;
    app.check_not_held()?;
    match &lease.state {
        LeaseState::Reserved { .. } => end_one(app, caller, lease).await,
        LeaseState::Active { .. } | LeaseState::Ending { .. } => {
            let deadline = Deadline::after(&app.ambient, app.settings.issue_deadline);
            match end_live(app, caller, &lease, IsForced::No, deadline).await {
                // Somebody else was faster, and it is as it should be.
                Err(AppError::LeaseNotFound(_)) => Ok(app.store.leases().find(lease.id).await?.unwrap_or(lease)),
                ended => ended,
            }
        }
        LeaseState::Closed { .. } | LeaseState::Ended { .. } => Ok(lease),
    }
}

/// Ends a live lease, or tries once more to remove what it waits for. What is not removed by `deadline` is the loop's.
pub(super) async fn end_live(
    app: &App,
    caller: &Caller,
    lease: &Lease,
    is_forced: IsForced,
    deadline: Deadline,
) -> Result<Lease, AppError> {
    let gone = || AppError::LeaseNotFound(lease.id.to_string());
    match &lease.state {
        LeaseState::Active { .. } => match end_active(app, caller, lease, is_forced, deadline).await {
            Err(AppError::Store(StoreError::GuardFailed { .. })) => Err(gone()),
            ended => ended,
        },
        LeaseState::Ending { .. } => {
            let until = claim_lapses(app);
            // What others tried meanwhile counts: the claim tells how the lease is now.
            let claimed = app.store.leases().claim_ending(lease.id, until).await.or_when_gone(gone)?;
            end_claimed(app, caller, claimed, deadline).await
        }
        LeaseState::Reserved { .. } | LeaseState::Closed { .. } | LeaseState::Ended { .. } => Err(gone()),
    }
}

/// Ends a lease whose caller was gone before the token could be handed over. A failure leaves it to its own end.
pub async fn end_undelivered(app: &App, caller: &Caller, lease: &Lease) {
    tracing::warn!(lease = %lease.id, "the caller was gone before the token was handed over; the lease ends");
    let deadline = Deadline::after(&app.ambient, app.settings.issue_deadline);
    if let Err(error) = end_active(app, caller, lease, IsForced::No, deadline).await {
        tracing::error!(lease = %lease.id, error = %chain(&error), "a lease that nobody received could not be ended");
    }
}

/// Ends an active lease, and waits until `deadline` for what that takes in its cluster.
pub(super) async fn end_active(
    app: &App,
    caller: &Caller,
    lease: &Lease,
    is_forced: IsForced,
    deadline: Deadline,
) -> Result<Lease, AppError> {
    match lease.ends_when {
        EndsWhen::Expired => close(app, caller, lease, is_forced).await,
        EndsWhen::Deleted => {
            let claimed = begin(app, caller, lease, is_forced, claim_lapses(app)).await?;
            end_claimed(app, caller, claimed, deadline).await
        }
    }
}

/// Ends an active lease, and leaves what that takes in its cluster to the loop, which begins at once.
pub(super) async fn begin_end(
    app: &App,
    caller: &Caller,
    lease: &Lease,
    is_forced: IsForced,
) -> Result<Lease, AppError> {
    match lease.ends_when {
        EndsWhen::Expired => close(app, caller, lease, is_forced).await,
        EndsWhen::Deleted => Ok(begin(app, caller, lease, is_forced, app.ambient.now()).await?.lease),
    }
}

/// Active → closed: nothing can take the token back.
async fn close(app: &App, caller: &Caller, lease: &Lease, is_forced: IsForced) -> Result<Lease, AppError> {
    let event = ended_by(app, caller, lease, "closed", is_forced);
    app.store.leases().close(lease.id, &event).await?;
    let grant = lease.state.grant().cloned().ok_or(AppError::Bug("a live lease has no grant"))?;
    let state = LeaseState::Closed { grant, closed_at: event.created_at };
    Ok(Lease { state, updated_at: event.created_at, ..lease.clone() })
}

/// Active → ending, ours `until` then.
async fn begin(
    app: &App,
    caller: &Caller,
    lease: &Lease,
    is_forced: IsForced,
    until: Timestamp,
) -> Result<Claimed, AppError> {
    let event = ended_by(app, caller, lease, "ending", is_forced);
    let beginning = Beginning { reason: EndReason::Revoked, undone: None, until };
    let fence = app.store.leases().begin_ending(lease.id, beginning, &event).await?;
    let state = LeaseState::Ending {
        grant: lease.state.grant().cloned(),
        reason: EndReason::Revoked,
        undone: None,
        began_at: event.created_at,
        attempts: 0,
        last_error: None,
        next_attempt_at: until,
    };
    Ok(Claimed { lease: Lease { state, updated_at: event.created_at, ..lease.clone() }, fence })
}

/// Keeps a lease that is being issued from being handed to anybody.
pub(super) async fn cancel(app: &App, caller: &Caller, lease: &Lease) -> Result<(), StoreError> {
    let event = ended_by(app, caller, lease, "cancelled", IsForced::No);
    app.store.leases().cancel(lease.id, &event).await
}

fn ended_by(app: &App, caller: &Caller, lease: &Lease, status: &str, is_forced: IsForced) -> AuditEvent {
    let ended = LeaseEvent::DeleteDynamicSecretLease {
        lease: LeaseFacts::from(lease),
        lease_status: Some(status.to_owned()),
        is_forced: Some(is_forced == IsForced::Yes),
    };
    app.event(caller, Some(lease.source.place.project), ended)
}

async fn end_claimed(app: &App, caller: &Caller, claimed: Claimed, deadline: Deadline) -> Result<Lease, AppError> {
    let lease = claimed.lease.clone();
    match clean_up(app, claimed, CleaningUp { caller, touched: None, deadline }).await? {
        CleanedUp::Done(ended) => Ok(*ended),
        CleanedUp::Waits(ending, why) => {
            tracing::warn!(lease = %lease.id, error = %why, "what was made for a lease waits to be removed");
            Ok(*ending)
        }
        CleanedUp::Taken => Ok(lease),
    }
}

/// Whether the caller asked to force the end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IsForced {
    /// They did.
    Yes,
    /// They did not.
    No,
}
