//! Removing what was made for a lease: the one piece of code that does it, whether somebody ends a lease, its time is up,
//! an issue failed, or a server died in the middle.

use jiff::{SignedDuration, Timestamp};
use mayfly_cluster::{ClusterError, Deadline, Kind, Revoke, Revoked, identity::contradict};
use mayfly_domain::{
    audit::{LeaseEvent, LeaseFacts},
    caller::Caller,
    connection::Target,
    error::chain,
    ids::ConnectionId,
    lease::{Lease, LeaseState, outcome_of},
    plan::OwnedObject,
};
use mayfly_store::{
    StoreError,
    connections::PinnedTarget,
    leases::removing::{Attempt, Claimed, Failure},
};

use super::lanes;
use crate::{App, AppError};

/// What an attempt has achieved.
#[derive(Clone, Debug)]
pub(super) enum CleanedUp {
    /// Everything is gone, and the lease has ended.
    Done(Box<Lease>),
    /// Something is left; it is tried again.
    Waits(Box<Lease>, ClusterError),
    /// Another server took the lease meanwhile.
    Taken,
}

/// One attempt.
pub(super) struct CleaningUp<'a> {
    /// Who wanted it.
    pub(super) caller: &'a Caller,
    /// What may be there; what the lease's row knows when absent.
    pub(super) touched: Option<Vec<OwnedObject>>,
    /// When to stop waiting for the cluster.
    pub(super) deadline: Deadline,
}

/// The versions of a connection that its leases may be ended with, newest first.
pub(super) async fn versions(app: &App, connection: ConnectionId) -> Result<Vec<PinnedTarget>, AppError> {
    Ok(app.store.connections().versions(connection).await?)
}

/// Removes what was made for a lease that is ours, and writes down what came of it.
pub(super) async fn clean_up(app: &App, claimed: Claimed, how: CleaningUp<'_>) -> Result<CleanedUp, AppError> {
    let versions = versions(app, claimed.lease.source.connection).await?;
    clean_up_with(app, &versions, claimed, how).await
}

/// The same, for those who end many leases of one connection and have looked for its versions.
pub(super) async fn clean_up_with(
    app: &App,
    versions: &[PinnedTarget],
    claimed: Claimed,
    how: CleaningUp<'_>,
) -> Result<CleanedUp, AppError> {
    let lease = &claimed.lease;
    let objects = how.touched.unwrap_or_else(|| objects_of(lease));
    // What an older way meets says nothing about the next lease, which goes the newest: the connection may lead elsewhere now.
    let first = targets(lease, versions).first().map(|way| way.version);
    let is_newest = first == versions.first().map(|newest| newest.target.version);
    match remove(app, lease, &objects, versions, how.deadline).await {
        Ok(revoked) => {
            if is_newest {
                app.lanes.succeeded(lease.source.connection);
            }
            finish(app, how.caller, claimed, &revoked).await
        }
        Err(why) => {
            let lane = is_newest.then_some(lease.source.connection);
            let shut = lane.and_then(|lane| app.lanes.failed(&app.ambient, lane, &why));
            put_off(app, how.caller, claimed, why, shut).await
        }
    }
}

/// Removes what a request made for a lease that is not its own any more: whoever has it now may have looked too early. What is
/// left is told to the log, because no row waits for it; the sweep finds all but anchors.
pub(super) async fn sweep_up(app: &App, lease: &Lease, touched: &[OwnedObject], deadline: Deadline) {
    let removed = match versions(app, lease.source.connection).await {
        Ok(versions) => remove(app, lease, touched, &versions, deadline).await.map_err(|why| why.to_string()),
        Err(error) => Err(chain(&error)),
    };
    if let Err(why) = removed {
        let left = names(touched);
        tracing::error!(lease = %lease.id, error = why, ?left, "what was made for a lease that was given up may be there still");
    }
}

/// What may be there: what the cluster said was made, or else all that was planned.
pub(super) fn objects_of(lease: &Lease) -> Vec<OwnedObject> {
    match lease.state.grant() {
        Some(grant) if !grant.objects.is_empty() => grant.objects.clone(),
        Some(_) | None => lease.plan.objects().iter().map(|object| object.owned(None)).collect(),
    }
}

/// The ways to the lease's own cluster, best first: the newest address and credential that were seen to lead there, then
/// those it was issued with.
fn targets<'a>(lease: &Lease, versions: &'a [PinnedTarget]) -> Vec<&'a Target> {
    let leads_there = |cluster: &Option<_>| match (&lease.plan.cluster, cluster) {
        (Some(expected), Some(seen)) => !contradict(expected, seen),
        (None, _) | (_, None) => true,
    };
    let mut ways: Vec<&Target> = Vec::new();
    for version in versions.iter().filter(|version| leads_there(&version.cluster)) {
        if ways.is_empty() || version.target.version == lease.source.connection_version {
            ways.push(&version.target);
        }
    }
    ways
}

async fn remove(
    app: &App,
    lease: &Lease,
    objects: &[OwnedObject],
    versions: &[PinnedTarget],
    deadline: Deadline,
) -> Result<Revoked, ClusterError> {
    let issued_at = versions.iter().find(|version| version.target.version == lease.source.connection_version);
    let mut why = None;
    for target in targets(lease, versions) {
        let is_same_address = issued_at.is_none_or(|issued| issued.target.url == target.url);
        let operation = Revoke { is_same_address, ..Revoke::of(target.clone(), &lease.plan, objects) };
        match app.place.revoke(operation, deadline).await {
            Ok(revoked) => match revoked.left.first() {
                None => return Ok(revoked),
                // The first failure is the one the newest way met.
                Some(left) => why = why.or_else(|| Some(left.why.clone())),
            },
            Err(error) => why = why.or(Some(error)),
        }
    }
    Err(why.unwrap_or_else(|| no_way(lease)))
}

/// No version of the connection leads to the lease's cluster any more.
fn no_way(lease: &Lease) -> ClusterError {
    ClusterError {
        server: format!("connection {}", lease.source.connection),
        call: mayfly_cluster::Call::DeleteObject,
        step: mayfly_cluster::Step::Prepare,
        kind: Kind::OtherCluster,
        certainty: mayfly_cluster::Certainty::NeverSent,
    }
}

async fn finish(app: &App, caller: &Caller, claimed: Claimed, revoked: &Revoked) -> Result<CleanedUp, AppError> {
    let Claimed { lease, fence } = claimed;
    let LeaseState::Ending { grant, reason, undone, .. } = lease.state.clone() else {
        return Err(AppError::Bug("a lease that is cleaned up is ending"));
    };
    let now = app.ambient.now();
    let outcome = outcome_of(reason, undone, now);
    let cleaned = LeaseEvent::CleanUpDynamicSecretLease {
        lease: LeaseFacts::from(&lease),
        outcome: outcome.name().to_owned(),
        removed: names(&revoked.removed),
        absent: names(&revoked.absent),
    };
    let event = app.event(caller, Some(lease.source.place.project), cleaned);
    match app.store.leases().finish(lease.id, fence, &outcome, &event).await {
        Ok(()) => {
            let state = LeaseState::Ended { grant, outcome, ended_at: event.created_at };
            Ok(CleanedUp::Done(Box::new(Lease { state, updated_at: event.created_at, ..lease })))
        }
        Err(StoreError::GuardFailed { .. }) => Ok(CleanedUp::Taken),
        Err(error) => Err(error.into()),
    }
}

async fn put_off(
    app: &App,
    caller: &Caller,
    claimed: Claimed,
    why: ClusterError,
    shut: Option<Timestamp>,
) -> Result<CleanedUp, AppError> {
    let Claimed { lease, fence } = claimed;
    let LeaseState::Ending { grant, reason, undone, began_at, attempts, last_error, .. } = lease.state.clone() else {
        return Err(AppError::Bug("a lease that is cleaned up is ending"));
    };
    let text = why.public_text();
    let next = lanes::next_attempt(&app.ambient, attempts).max(shut.unwrap_or(Timestamp::MIN));
    let is_parked = why.was_not_tried();
    let attempt = if is_parked { Attempt::Spared } else { Attempt::Made };
    let failure = Failure { why: &text, next, attempt };
    // Told once: a cluster that is away for a week is no reason to write the same a thousand times.
    let is_new = if is_parked { last_error.as_ref() != Some(&text) } else { attempts == 0 };
    let event = is_new.then(|| {
        let delayed = LeaseEvent::DelayDynamicSecretLeaseCleanUp {
            lease: LeaseFacts::from(&lease),
            why: why.to_string(),
            left: names(&objects_of(&lease)),
        };
        app.event(caller, Some(lease.source.place.project), delayed)
    });
    match app.store.leases().postpone(lease.id, fence, failure, event.as_ref()).await {
        Ok(()) => {
            let state = LeaseState::Ending {
                grant,
                reason,
                undone,
                began_at,
                attempts: attempts.saturating_add(u32::from(!is_parked)),
                last_error: Some(text),
                next_attempt_at: next,
            };
            Ok(CleanedUp::Waits(Box::new(Lease { state, ..lease }), why))
        }
        Err(StoreError::GuardFailed { .. }) => Ok(CleanedUp::Taken),
        Err(error) => Err(error.into()),
    }
}

/// Objects as the audit log names them.
pub(crate) fn names(objects: &[OwnedObject]) -> Vec<String> {
    objects.iter().map(ToString::to_string).collect()
}

/// How long a claim lasts: longer than any attempt, so that whoever holds one that lapsed is gone.
const CLAIM: SignedDuration = SignedDuration::from_secs(60);

/// When a claim that begins now lapses.
pub(super) fn claim_lapses(app: &App) -> Timestamp {
    app.ambient.now().saturating_add(CLAIM).unwrap_or(Timestamp::MAX)
}

/// Tells a failure that nobody is there to hear.
pub(super) fn report(lease: &Lease, result: Result<CleanedUp, AppError>) {
    match result {
        Ok(CleanedUp::Done(_) | CleanedUp::Taken) => {}
        Ok(CleanedUp::Waits(_, why)) => {
            tracing::warn!(lease = %lease.id, error = %why, "what was made for a lease waits to be removed");
        }
        Err(error) => {
            tracing::error!(lease = %lease.id, error = %chain(&error), "cleaning up after a lease failed; it is tried again");
        }
    }
}
