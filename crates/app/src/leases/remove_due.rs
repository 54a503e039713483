//! Ending leases whose objects have to be removed: a lane for each connection, each with its own budget.

use std::{collections::HashSet, time::Duration};

use futures::{StreamExt as _, stream};
use jiff::{SignedDuration, Timestamp};
use mayfly_cluster::Deadline;
use mayfly_domain::{
    caller::Caller,
    error::chain,
    ids::{AuditEventId, ConnectionId},
    lease::LeaseState,
};
use mayfly_store::{
    StoreError,
    leases::removing::{Attempt, Claim, Claimed, Failure, PuttingOff},
};

use super::{
    clean_up::{CleanedUp, CleaningUp, claim_lapses, clean_up_with, report, versions},
    issue::longest_reservation,
    lanes::Gate,
};
use crate::{App, AppError};

/// Leases that are cleaned up at the same time in one lane.
const BUDGET: usize = 32;
/// Leases taken at a time: enough to keep the budget busy, few enough that a claim does not lapse on the way.
const BATCH: i64 = 128;
/// Leases that try a lane that was shut: enough that some of them are not those that cannot be ended.
const TRIALS: usize = 8;
/// Leases of a shut lane that are told so in one commit: not so many that somebody who issues meanwhile notices.
const SHUT_BATCH: i64 = 1_000;
/// How far those that were claimed and spared come behind those that were not.
const BEHIND: SignedDuration = SignedDuration::from_millis(1);
/// One lease's attempt.
const ATTEMPT: Duration = Duration::from_secs(15);

/// Connections in whose lane something is due.
pub async fn due_lanes(app: &App) -> Result<Vec<ConnectionId>, AppError> {
    if app.is_held().await? {
        return Ok(Vec::new());
    }
    Ok(app.store.leases().due_lanes(app.ambient.now()).await?)
}

/// Forgets credentials that no connection has and no lease needs to end with.
pub async fn forget_spent_connections(app: &App) -> Result<(), AppError> {
    let before = app.ambient.now().saturating_sub(longest_reservation(&app.settings)).unwrap_or(Timestamp::MIN);
    app.store.connections().delete_spent(before).await?;
    Ok(())
}

/// Whether whoever works may begin with more, or is to stop.
pub type GoesOn<'a> = &'a (dyn Fn() -> bool + Send + Sync);

/// Ends what is due in one lane, until nothing is, the lane shuts, or nothing more is to be begun. Says how many leases
/// ended.
pub async fn work_lane(app: &App, connection: ConnectionId, goes_on: GoesOn<'_>) -> Result<u64, AppError> {
    let lane = Lane { connection, goes_on };
    let mut ended = 0;
    while goes_on() {
        let now = app.ambient.now();
        let is_trial = match app.lanes.gate(connection, now) {
            Gate::Open => false,
            Gate::Trial => true,
            Gate::Shut(next, why) => {
                let event = AuditEventId::generate(&app.ambient);
                let wish = PuttingOff { connection, now, next, why: &why, limit: SHUT_BATCH, event };
                if app.store.leases().put_off_due(wish).await? {
                    continue;
                }
                return Ok(ended);
            }
        };
        let mut claimed = claim(app, connection).await?;
        if claimed.is_empty() {
            return Ok(ended);
        }
        if is_trial {
            let trials;
            (trials, claimed) = spread(claimed);
            ended += try_few(app, &lane, trials).await?;
        }
        ended += clean_up_all(app, &lane, claimed, Pass::Usual).await?;
    }
    Ok(ended)
}

/// A lane that is worked on.
struct Lane<'a> {
    connection: ConnectionId,
    goes_on: GoesOn<'a>,
}

/// How leases of a lane are gone about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Pass {
    /// Until the lane shuts.
    Usual,
    /// Each of them, since they find out whether it opens.
    Trial,
}

/// Tries one lease and, unless every other would meet the same, the few others. One that ends opens the lane.
async fn try_few(app: &App, lane: &Lane<'_>, mut trials: Vec<Claimed>) -> Result<u64, AppError> {
    let others = trials.split_off(1.min(trials.len()));
    let mut ended = clean_up_all(app, lane, trials, Pass::Trial).await?;
    let is_over = app.lanes.is_certainly_shut(lane.connection, app.ambient.now());
    let pass = if is_over { Pass::Usual } else { Pass::Trial };
    ended += clean_up_all(app, lane, others, pass).await?;
    if ended > 0 {
        app.lanes.succeeded(lane.connection);
    }
    Ok(ended)
}

/// A few of those that were claimed, and the rest: those that were tried least and, of as many tries, from one end to the
/// other. The first in the queue may be those that nothing can end.
fn spread(mut claimed: Vec<Claimed>) -> (Vec<Claimed>, Vec<Claimed>) {
    claimed.sort_by_key(tries);
    let least = claimed.iter().take(TRIALS).next_back().map_or(0, tries);
    let fewer = claimed.partition_point(|one| tries(one) < least);
    let same = claimed.partition_point(|one| tries(one) <= least) - fewer;
    let places = TRIALS - fewer;
    let steps = places.saturating_sub(1).max(1);
    let chosen: HashSet<usize> = (0..places).map(|place| fewer + place * same.saturating_sub(1) / steps).collect();
    let numbered = claimed.into_iter().enumerate();
    let (trials, rest): (Vec<_>, Vec<_>) = numbered.partition(|(number, _)| *number < fewer || chosen.contains(number));
    let bare = |numbered: Vec<(usize, Claimed)>| numbered.into_iter().map(|(_, claimed)| claimed).collect();
    (bare(trials), bare(rest))
}

fn tries(claimed: &Claimed) -> u32 {
    match claimed.lease.state {
        LeaseState::Ending { attempts, .. } => attempts,
        LeaseState::Reserved { .. }
        | LeaseState::Active { .. }
        | LeaseState::Closed { .. }
        | LeaseState::Ended { .. } => 0,
    }
}

async fn claim(app: &App, connection: ConnectionId) -> Result<Vec<Claimed>, AppError> {
    let token = format!("{:032x}", u128::from_be_bytes(app.ambient.random()));
    let claim = Claim {
        connection,
        now: app.ambient.now(),
        until: claim_lapses(app),
        limit: BATCH,
        token: &token,
        event: AuditEventId::generate(&app.ambient),
    };
    let told = |error: &StoreError| tracing::error!(error = %chain(error), "a lease cannot be read and stays");
    let claimed = app.store.leases().claim_due(claim).await?;
    Ok(claimed.into_iter().filter_map(|claimed| claimed.inspect_err(told).ok()).collect())
}

/// Cleans up after leases of one connection: its credentials are opened once for all of them. Once the lane shuts, those
/// that nobody has begun with are spared.
async fn clean_up_all(app: &App, lane: &Lane<'_>, claimed: Vec<Claimed>, pass: Pass) -> Result<u64, AppError> {
    let Lane { connection, goes_on } = *lane;
    let versions = versions(app, connection).await?;
    let versions = versions.as_slice();
    let attempts = claimed.into_iter().map(|claimed| async move {
        if !goes_on() {
            let next = app.ambient.now();
            let why = "the server that was to end it was stopped";
            spare(app, &claimed, Failure { why, next, attempt: Attempt::Spared }).await;
            return 0;
        }
        if let (Pass::Usual, Gate::Shut(next, why)) = (pass, app.lanes.gate(connection, app.ambient.now())) {
            // Behind those that nobody has claimed, so that others try next.
            let next = next.saturating_add(BEHIND).unwrap_or(next);
            spare(app, &claimed, Failure { why: &why, next, attempt: Attempt::Spared }).await;
            return 0;
        }
        let lease = claimed.lease.clone();
        let LeaseState::Ending { .. } = lease.state else { return 0 };
        let platform = Caller::platform(lease.source.place.organization);
        let deadline = Deadline::after(&app.ambient, ATTEMPT);
        let how = CleaningUp { caller: &platform, touched: None, deadline };
        let result = clean_up_with(app, versions, claimed, how).await;
        let is_done = matches!(result, Ok(CleanedUp::Done(_)));
        report(&lease, result);
        u64::from(is_done)
    });
    Ok(stream::iter(attempts).buffer_unordered(BUDGET).fold(0, async |sum, ended| sum + ended).await)
}

/// Puts a lease off that would fail like those before it.
async fn spare(app: &App, claimed: &Claimed, failure: Failure<'_>) {
    // Whoever took the lease meanwhile knows better.
    if let Err(error) = app.store.leases().postpone(claimed.lease.id, claimed.fence, failure, None).await {
        tracing::debug!(error = %chain(&error), "a lease of a shut lane was not put off");
    }
}
