//! Background tasks: each wakes by the clock, looks at what is stored, does what is due, and can be run by any number
//! of servers at once.

pub(crate) mod audit_log;
pub mod audit_streams;
mod kept_up;
mod lanes;
mod whole_lines;

use std::{sync::Arc, time::Duration};

use mayfly_app::{
    App, AppError, access_tokens, approvals, audit, cluster_connections, cluster_requests, gateways, key_rotations,
    leases, passkeys, sessions, sign_in, sso, sweep,
};
use mayfly_domain::{error::chain, ids::ConnectionId};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use self::{kept_up::keep_up, lanes::Lanes};
use crate::{
    reserve::Reserve,
    wiring::{Wired, is_disk_full},
};

/// How often due leases are looked for. The promise is two seconds, also where ending them takes most of that; looking
/// costs two reads of an index.
const REAP_PAUSE: Duration = Duration::from_millis(100);
/// How often counted refusals are written and idle connections dropped.
const TIDY_PAUSE: Duration = Duration::from_mins(1);
/// How often clusters are looked at for what no lease explains. It reads all that is ours there.
const SWEEP_PAUSE: Duration = Duration::from_mins(10);

/// How often keys are looked at: whether there are newer ones, and whether some are to be exchanged. A key that signs is
/// known everywhere for three of these before it is used.
const KEYS_PAUSE: Duration = Duration::from_secs(5);

/// How often tokens of clusters that are to be renewed are looked for. It reads an index.
const RENEW_PAUSE: Duration = Duration::from_secs(5);

/// How often those are looked for who lost the right to lease. It reads a table that is nearly always empty; with two
/// seconds of memory this keeps the promise of five.
const LOST_RIGHTS_PAUSE: Duration = Duration::from_secs(1);

/// How often requests are looked for that somebody has to be told of. It reads an index that is nearly always empty.
const NOTICES_PAUSE: Duration = Duration::from_secs(5);

/// Running tasks.
pub struct Tasks(TaskTracker);

impl Tasks {
    /// Completes when all of them have stopped.
    pub async fn wait(self) {
        self.0.close();
        self.0.wait().await;
    }
}

/// Starts all of them; they stop when `stopping` is cancelled.
pub(crate) fn start(wired: &Wired, stopping: &CancellationToken) -> Tasks {
    let Tasks(tasks) = start_lease_tasks(&wired.app, wired.reserve.as_ref(), stopping);
    let begin = Begin { tasks: &tasks, app: &wired.app, stopping };
    if let Some(reserve) = wired.reserve.clone() {
        begin.task("room on the disk", move |app, stopping| keep_room(app, Arc::clone(&reserve), stopping));
    }
    begin.task("renewing cluster tokens", renew);
    begin.task("rotating keys", rotate_keys);
    begin.task("lost rights", end_of_lost_rights);
    begin.task("notices", send_notices);
    let outbound = Arc::clone(&wired.outbound);
    begin.task("audit streams", move |app, stopping| audit_streams::stream(app, Arc::clone(&outbound), stopping));
    if let Some(file) = wired.audit_file.clone() {
        begin.task("audit file", move |app, stopping| audit_streams::write_file(app, file.clone(), stopping));
    }
    let heads = wired.heads_file.clone();
    begin.task("audit log", move |app, stopping| audit_log::keep(app, heads.clone(), stopping));
    let places = Arc::clone(&wired.places);
    begin.task("idle connections", move |app, stopping| {
        let places = Arc::clone(&places);
        async move {
            while pause(&app, TIDY_PAUSE, &stopping).await {
                places.drop_idle();
            }
        }
    });
    begin.task("tidying", tidy);
    Tasks(tasks)
}

/// Starts those that end leases and that look for what no lease explains.
pub fn start_lease_tasks(app: &Arc<App>, reserve: Option<&Arc<Reserve>>, stopping: &CancellationToken) -> Tasks {
    let tasks = TaskTracker::new();
    let (begin, reserve) = (Begin { tasks: &tasks, app, stopping }, reserve.cloned());
    begin.task("ending leases", move |app, stopping| reap(app, reserve.clone(), stopping));
    begin.task("lanes", work_lanes);
    begin.task("sweeping", sweep);
    Tasks(tasks)
}

/// Begins tasks that are kept up.
struct Begin<'a> {
    tasks: &'a TaskTracker,
    app: &'a Arc<App>,
    stopping: &'a CancellationToken,
}

impl Begin<'_> {
    fn task<Task>(&self, name: &'static str, make: impl Fn(Arc<App>, CancellationToken) -> Task + Send + Sync + 'static)
    where
        Task: Future<Output = ()> + Send + 'static,
    {
        let (app, stopping) = (Arc::clone(self.app), self.stopping.clone());
        let until = (app.ambient().clone(), stopping.clone());
        keep_up(self.tasks, name, until, move || make(Arc::clone(&app), stopping.clone()));
    }
}

/// Writes what was counted, and removes what nobody needs any more.
async fn tidy(app: Arc<App>, stopping: CancellationToken) {
    while pause(&app, TIDY_PAUSE, &stopping).await {
        report("counting refusals", audit::flush_refusals(&app).await);
        report("removing ended access tokens", access_tokens::delete_expired(&app).await);
        report("removing keys that signed", key_rotations::retire_signing_keys(&app).await);
        report("noting requests that ran out", approvals::expire_overdue(&app).await);
        report("removing ended sessions", sessions::delete_ended(&app).await);
        report("forgetting old attempts to sign in", sign_in::forget_old_attempts(&app).await);
        report("forgetting what passkeys were asked", passkeys::forget_old_challenges(&app).await);
        report("forgetting sign-ins that nobody finished", sso::delete_over(&app).await);
        report("forgetting old enrolments of gateways", gateways::forget_old(&app).await);
        report("forgetting servers that are gone", gateways::servers::forget_silent(&app).await);
        report("forgetting old keys of requests", leases::forget_old_keys(&app).await);
        report("forgetting old requests of leases", cluster_requests::forget_old(&app).await);
        report("forgetting what no lease needs", leases::forget_spent_connections(&app).await);
    }
}

/// Ends what is due, again and again; at once while there is more.
async fn reap(app: Arc<App>, reserve: Option<Arc<Reserve>>, stopping: CancellationToken) {
    loop {
        let has_more = match leases::reap_expiring(&app).await {
            Ok(reaped) => {
                if reaped.expired + reaped.abandoned > 0 {
                    tracing::debug!(expired = reaped.expired, abandoned = reaped.abandoned, "ended leases");
                }
                reaped.has_more
            }
            Err(error) => {
                if let Some(reserve) = reserve.as_deref().filter(|_| is_disk_full(&error)) {
                    reserve.give_up();
                }
                report("ending leases", Err(error));
                false
            }
        };
        if stopping.is_cancelled() || (!has_more && !pause(&app, REAP_PAUSE, &stopping).await) {
            return;
        }
    }
}

/// Ends leases whose objects have to be removed: a task for each lane in which something is due, so that none waits for
/// another.
async fn work_lanes(app: Arc<App>, stopping: CancellationToken) {
    let mut running = Lanes::new("ending leases of a lane");
    loop {
        running.drop_finished().await;
        match leases::due_lanes(&app).await {
            Ok(lanes) => {
                for lane in lanes {
                    running.begin(lane, || work_lane(Arc::clone(&app), lane, stopping.clone()));
                }
            }
            Err(error) => report("looking for leases to end", Err(error)),
        }
        if !pause(&app, REAP_PAUSE, &stopping).await {
            // What a lane has begun it may finish; what it has not is found again.
            running.finish().await;
            return;
        }
    }
}

async fn work_lane(app: Arc<App>, lane: ConnectionId, stopping: CancellationToken) {
    match leases::work_lane(&app, lane, &|| !stopping.is_cancelled()).await {
        Ok(0) => {}
        Ok(ended) => tracing::debug!(connection = %lane, ended, "ended leases"),
        Err(error) => report("ending leases", Err(error)),
    }
}

/// Looks for what no lease explains, first when the server has started.
async fn sweep(app: Arc<App>, stopping: CancellationToken) {
    loop {
        tokio::select! {
            swept = sweep::sweep_all(&app) => report("sweeping clusters", swept),
            () = stopping.cancelled() => return,
        }
        if !pause(&app, SWEEP_PAUSE, &stopping).await {
            return;
        }
    }
}

/// Ends the leases of those who lost the right to have any.
async fn end_of_lost_rights(app: Arc<App>, stopping: CancellationToken) {
    while pause(&app, LOST_RIGHTS_PAUSE, &stopping).await {
        report("ending leases of lost rights", leases::end_of_lost_rights(&app).await);
    }
}

/// Tells people of requests. A mail that is on its way may be sent again after a stop.
async fn send_notices(app: Arc<App>, stopping: CancellationToken) {
    while pause(&app, NOTICES_PAUSE, &stopping).await {
        tokio::select! {
            sent = approvals::send_notices(&app) => report("telling of requests", sent),
            () = stopping.cancelled() => return,
        }
    }
}

/// Exchanges the tokens of clusters for fresh ones.
async fn renew(app: Arc<App>, stopping: CancellationToken) {
    while pause(&app, RENEW_PAUSE, &stopping).await {
        tokio::select! {
            renewed = cluster_connections::renew_due(&app) => report("renewing cluster tokens", renewed),
            // A token that was on its way is nobody's; the next try asks for another.
            () = stopping.cancelled() => return,
        }
    }
}

/// Carries rotations of keys on. What a batch has begun is undone if it is not finished.
async fn rotate_keys(app: Arc<App>, stopping: CancellationToken) {
    loop {
        tokio::select! {
            worked = key_rotations::work(&app) => report("rotating keys", worked),
            () = stopping.cancelled() => return,
        }
        if !pause(&app, KEYS_PAUSE, &stopping).await {
            return;
        }
    }
}

/// Takes the room that ending needs on a full disk, and takes it back once there is some again.
async fn keep_room(app: Arc<App>, reserve: Arc<Reserve>, stopping: CancellationToken) {
    loop {
        let taken = Arc::clone(&reserve);
        if let Err(error) = tokio::task::spawn_blocking(move || taken.take()).await {
            tracing::error!(%error, "keeping room on the disk failed; it is tried again");
        }
        if !pause(&app, TIDY_PAUSE, &stopping).await {
            return;
        }
    }
}

/// Waits; says whether to go on.
async fn pause(app: &App, duration: Duration, stopping: &CancellationToken) -> bool {
    tokio::select! {
        () = app.ambient().sleep(duration) => true,
        () = stopping.cancelled() => false,
    }
}

fn report(what: &str, result: Result<(), AppError>) {
    if let Err(error) = result {
        tracing::error!(error = %chain(&error), "{what} failed; it is tried again");
    }
}
