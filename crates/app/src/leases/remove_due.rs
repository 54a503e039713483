//! Ending leases whose objects have to be removed: a lane for each connection, each with its own budget.

use std::{
    collections::{HashSet, VecDeque},
    sync::Arc,
    time::Duration,
};

use futures::{FutureExt as _, StreamExt as _, stream, stream::FuturesUnordered};
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
    connections::PinnedTarget,
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
/// Leases taken at a time: enough to keep the budget busy, few enough that a claim does not lapse on the way: the last of
/// them waits for three others, and each has at most an attempt's time.
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

/// As far as the clocks of two servers may be apart.
const CLOCKS_APART: SignedDuration = SignedDuration::from_secs(120);

/// Forgets credentials that no connection has and no lease needs to end with.
pub async fn forget_spent_connections(app: &App) -> Result<(), AppError> {
    let longest = longest_reservation(&app.settings).saturating_add(CLOCKS_APART);
    let before = app.ambient.now().saturating_sub(longest).unwrap_or(Timestamp::MIN);
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
        let (tried, has_more) = match app.lanes.gate(connection, now) {
            Gate::Open => work_open(app, &lane).await?,
            Gate::Trial => try_some(app, &lane).await?,
            Gate::Shut(next, why) => {
                let event = AuditEventId::generate(&app.ambient);
                let wish = PuttingOff { connection, now, next, why: &why, limit: SHUT_BATCH, event };
                (0, app.store.leases().put_off_due(wish).await?)
            }
        };
        ended += tried;
        if !has_more {
            break;
        }
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

/// Ends what is due in a lane that is open, as much at the same time as its budget allows: whenever the leases that were
/// claimed are all at work, the next ones are, without waiting for the slowest. Says how many ended, and whether more may be
/// due: the lane shut before all were taken.
async fn work_open(app: &App, lane: &Lane<'_>) -> Result<(u64, bool), AppError> {
    let (mut at_work, mut batch, mut ended) = (FuturesUnordered::new(), Batch::default(), 0);
    let (mut is_claiming, mut outcome) = (false, None);
    loop {
        while at_work.len() < BUDGET
            && let Some(claimed) = batch.leases.pop_front()
        {
            let attempt = attempt(app, lane, Arc::clone(&batch.ways), (claimed, Pass::Usual));
            at_work.push(attempt.map(Step::Attempted).left_future());
        }
        if batch.leases.is_empty() && !is_claiming && outcome.is_none() {
            match app.lanes.gate(lane.connection, app.ambient.now()) {
                _ if !(lane.goes_on)() => outcome = Some(Ok(false)),
                // Beside the attempts: one that is not polled holds on to its connection to the database.
                Gate::Open => at_work.push(claim(app, lane.connection).map(Step::Claimed).right_future()),
                Gate::Trial | Gate::Shut(..) => outcome = Some(Ok(true)),
            }
            is_claiming = outcome.is_none();
        }
        match at_work.next().await {
            None => return outcome.unwrap_or(Ok(true)).map(|has_more| (ended, has_more)),
            Some(Step::Attempted(done)) => ended += done,
            Some(Step::Claimed(next)) => {
                is_claiming = false;
                match next {
                    Ok(next) if next.leases.is_empty() => outcome = Some(Ok(false)),
                    Ok(next) => batch = next,
                    // What is at work comes to its end all the same.
                    Err(error) => outcome = Some(Err(error)),
                }
            }
        }
    }
}

/// What has come to its end.
enum Step {
    Claimed(Result<Batch, AppError>),
    /// With how many leases ended.
    Attempted(u64),
}

/// Tries a few leases of a lane that was shut, and goes on with the others if one of them ends. Says how many ended, and
/// whether there may be more.
async fn try_some(app: &App, lane: &Lane<'_>) -> Result<(u64, bool), AppError> {
    let Batch { ways, leases } = claim(app, lane.connection).await?;
    let (has_more, (mut first, rest)) = (!leases.is_empty(), spread(leases.into()));
    let others = first.split_off(1.min(first.len()));
    let mut ended = clean_up_all(app, lane, &ways, (first, Pass::Trial)).await;
    // Where every other would meet the same, they are spared.
    let is_over = app.lanes.is_certainly_shut(lane.connection, app.ambient.now());
    let pass = if is_over { Pass::Usual } else { Pass::Trial };
    ended += clean_up_all(app, lane, &ways, (others, pass)).await;
    if ended > 0 {
        app.lanes.succeeded(lane.connection);
    }
    ended += clean_up_all(app, lane, &ways, (rest, Pass::Usual)).await;
    Ok((ended, has_more))
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

/// Leases that are ours, and the ways to their clusters: credentials are opened once for all of them.
#[derive(Default)]
struct Batch {
    ways: Arc<[PinnedTarget]>,
    leases: VecDeque<Claimed>,
}

async fn claim(app: &App, connection: ConnectionId) -> Result<Batch, AppError> {
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
    let leases: VecDeque<Claimed> = claimed.into_iter().filter_map(|claimed| claimed.inspect_err(told).ok()).collect();
    let ways = if leases.is_empty() { Vec::new() } else { versions(app, connection).await? };
    Ok(Batch { ways: ways.into(), leases })
}

/// Cleans up after some leases of a lane.
async fn clean_up_all(
    app: &App,
    lane: &Lane<'_>,
    ways: &Arc<[PinnedTarget]>,
    (claimed, pass): (Vec<Claimed>, Pass),
) -> u64 {
    let attempts = claimed.into_iter().map(|claimed| attempt(app, lane, Arc::clone(ways), (claimed, pass)));
    stream::iter(attempts).buffer_unordered(BUDGET).fold(0, async |sum, ended| sum + ended).await
}

/// Cleans up after one lease, unless its lane has shut meanwhile or nothing more is to be begun. Says how many ended.
async fn attempt(app: &App, lane: &Lane<'_>, ways: Arc<[PinnedTarget]>, (claimed, pass): (Claimed, Pass)) -> u64 {
    let now = app.ambient.now();
    if !(lane.goes_on)() {
        let why = "the server that was to end it was stopped";
        spare(app, &claimed, Failure { why, next: now, attempt: Attempt::Spared }).await;
        return 0;
    }
    if let (Pass::Usual, Gate::Shut(next, why)) = (pass, app.lanes.gate(lane.connection, now)) {
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
    let result = clean_up_with(app, &ways, claimed, how).await;
    let is_done = matches!(result, Ok(CleanedUp::Done(_)));
    report(&lease, result);
    u64::from(is_done)
}

/// Puts a lease off that would fail like those before it.
async fn spare(app: &App, claimed: &Claimed, failure: Failure<'_>) {
    // Whoever took the lease meanwhile knows better.
    if let Err(error) = app.store.leases().postpone(claimed.lease.id, claimed.fence, failure, None).await {
        tracing::debug!(error = %chain(&error), "a lease of a shut lane was not put off");
    }
}
