//! Ending leases whose objects have to be removed: a lane for each connection, each with its own budget.

use std::{collections::VecDeque, sync::Arc, time::Duration};

use futures::{FutureExt as _, StreamExt as _, stream::FuturesUnordered};
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
/// Leases of a shut lane that are told so in one commit: not so many that somebody who issues meanwhile notices.
const SHUT_BATCH: i64 = 1_000;
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

/// Ends what is due in one lane, until nothing is or the lane shuts. Says how many leases ended.
pub async fn work_lane(app: &App, connection: ConnectionId) -> Result<u64, AppError> {
    let mut ended = 0;
    loop {
        let now = app.ambient.now();
        let (tried, has_more) = match app.lanes.gate(connection, now) {
            Gate::Open => work_open(app, connection).await?,
            Gate::Trial => try_one(app, connection).await?,
            Gate::Shut(next, why) => {
                let event = AuditEventId::generate(&app.ambient);
                let wish = PuttingOff { connection, now, next, why: &why, limit: SHUT_BATCH, event };
                (0, app.store.leases().put_off_due(wish).await?)
            }
        };
        ended += tried;
        if !has_more {
            return Ok(ended);
        }
    }
}

/// Ends what is due in a lane that is open, as much at the same time as its budget allows: whenever the leases that were
/// claimed are all at work, the next ones are, without waiting for the slowest. Says how many ended, and whether more may be
/// due: the lane shut before all were taken.
async fn work_open(app: &App, connection: ConnectionId) -> Result<(u64, bool), AppError> {
    let (mut at_work, mut batch, mut ended) = (FuturesUnordered::new(), Batch::default(), 0);
    let (mut is_claiming, mut outcome) = (false, None);
    loop {
        while at_work.len() < BUDGET
            && let Some(claimed) = batch.leases.pop_front()
        {
            let attempt = attempt(app, Arc::clone(&batch.ways), claimed);
            at_work.push(attempt.map(Step::Attempted).left_future());
        }
        if batch.leases.is_empty() && !is_claiming && outcome.is_none() {
            match app.lanes.gate(connection, app.ambient.now()) {
                // Beside the attempts: one that is not polled holds on to its connection to the database.
                Gate::Open => at_work.push(claim(app, connection, BATCH).map(Step::Claimed).right_future()),
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

/// Tries one lease of a lane that was shut.
async fn try_one(app: &App, connection: ConnectionId) -> Result<(u64, bool), AppError> {
    let Batch { ways, leases } = claim(app, connection, 1).await?;
    let (mut ended, has_more) = (0, !leases.is_empty());
    for claimed in leases {
        ended += attempt(app, Arc::clone(&ways), claimed).await;
    }
    Ok((ended, has_more))
}

/// Leases that are ours, and the ways to their clusters: credentials are opened once for all of them.
#[derive(Default)]
struct Batch {
    ways: Arc<[PinnedTarget]>,
    leases: VecDeque<Claimed>,
}

async fn claim(app: &App, connection: ConnectionId, limit: i64) -> Result<Batch, AppError> {
    let token = format!("{:032x}", u128::from_be_bytes(app.ambient.random()));
    let claim = Claim {
        connection,
        now: app.ambient.now(),
        until: claim_lapses(app),
        limit,
        token: &token,
        event: AuditEventId::generate(&app.ambient),
    };
    let told = |error: &StoreError| tracing::error!(error = %chain(error), "a lease cannot be read and stays");
    let claimed = app.store.leases().claim_due(claim).await?;
    let leases: VecDeque<Claimed> = claimed.into_iter().filter_map(|claimed| claimed.inspect_err(told).ok()).collect();
    let ways = if leases.is_empty() { Vec::new() } else { versions(app, connection).await? };
    Ok(Batch { ways: ways.into(), leases })
}

/// Cleans up after one lease, unless its lane has shut meanwhile. Says how many ended.
async fn attempt(app: &App, ways: Arc<[PinnedTarget]>, claimed: Claimed) -> u64 {
    if let Gate::Shut(next, why) = app.lanes.gate(claimed.lease.source.connection, app.ambient.now()) {
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
