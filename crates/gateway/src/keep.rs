//! Keeping tunnels: dial, prove, answer; and again, whatever ends one. There are two where there are several servers
//! ([`lines`]).
//!
//! The process never ends because the server is away. How far it is, is told by [`State`], for probes and people.

mod age;
mod dialing;
mod keys;
mod lines;
mod open;
mod renewing;
mod status;

use std::{
    path::PathBuf,
    sync::{Arc, Mutex, MutexGuard, PoisonError, atomic::AtomicU64},
    time::Duration,
};

use jiff::{SignedDuration, Timestamp};
use mayfly_domain::{clock::Ambient, gateway_policy::GatewayPolicy};
use mayfly_tunnel::answering::Session;
use tokio::sync::watch;
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use self::{
    age::Ages,
    keys::OwnKeys,
    lines::{Line, Lines},
    open::{Answered, Open, finish},
};
use crate::{dial::Server, health::Pulse, identity::Identity, outpost::Outpost, seals::SealBook};

/// The whole of one attempt.
const ATTEMPT_LIMIT: Duration = Duration::from_secs(30);

/// The first pause is drawn from so much.
const FIRST_PAUSE: Duration = Duration::from_millis(500);

/// The longest.
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

/// The pause after a refusal, which only a person can change.
const SLOW_PAUSE: Duration = Duration::from_mins(1);

/// The pause after a server was reached that has a tunnel of ours: the next may be another. It is drawn from half of it to half
/// more: two processes that dial in step would be led by a balancer to the servers that they have, again and again.
const OTHER_PAUSE: Duration = Duration::from_secs(2);

/// So often in a row; then it is left for a while.
const MOST_OTHERS: u32 = 5;

/// For so long.
const REST_PAUSE: Duration = Duration::from_secs(30);

/// How long an old tunnel stays where the next one could not be had, until that is tried again.
const OLD_PAUSE: Duration = Duration::from_secs(30);

/// A tunnel that held for so long makes the next pause short again.
const HELD: SignedDuration = SignedDuration::from_secs(60);

/// How far a gateway is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum State {
    /// Not enrolled yet.
    Enrolling,
    /// On its way, and what failed last.
    Dialing {
        /// The leg and the reason of the last failure.
        last: Option<String>,
    },
    /// Asked and answering.
    Ready {
        /// Since when.
        since: Timestamp,
    },
    /// The server does not let it come.
    Refused {
        /// Why.
        why: String,
    },
    /// It was told to stop.
    Stopped,
}

/// What keeps tunnels.
pub struct Keeper {
    /// Time and chance.
    pub ambient: Ambient,
    /// Where to.
    pub server: Server,
    /// Where the identity is kept, where it is.
    pub folder: Option<PathBuf>,
    /// What does the work.
    pub outpost: Arc<Outpost>,
    /// What it shows of its policy.
    pub policy: Arc<GatewayPolicy>,
    /// Told of each change.
    pub state: watch::Sender<State>,
    /// Learns the keys of seals.
    pub seals: Arc<SealBook>,
    /// Beats as long as it goes round.
    pub pulse: Pulse,
}

enum Ended {
    Failed(String, Option<Duration>),
    Refused(String),
    /// The server has a tunnel of the other line.
    Same,
    Gone {
        held: bool,
    },
    /// It is old: it stays until the next one is there.
    Old(Open),
}

impl Keeper {
    /// Keeps them until `stopping`.
    pub async fn run(self, identity: Identity, stopping: CancellationToken) {
        let keeping = Keeping {
            started: self.ambient.now(),
            lines: Lines::new(self.state.clone()),
            keeper: self,
            identity: Mutex::new(identity),
            connections: AtomicU64::new(0),
            ages: Ages::default(),
            keys: OwnKeys::default(),
            finishing: TaskTracker::new(),
        };
        tokio::join!(
            keeping.keep(Line::First, &stopping),
            keeping.keep(Line::Second, &stopping),
            stopping.run_until_cancelled(keeping.read_keys()),
        );
        keeping.finishing.close();
        keeping.finishing.wait().await;
        keeping.keeper.state.send_replace(State::Stopped);
    }
}

/// A keeper at work.
struct Keeping {
    keeper: Keeper,
    identity: Mutex<Identity>,
    lines: Lines,
    started: Timestamp,
    connections: AtomicU64,
    ages: Ages,
    keys: OwnKeys,
    /// Old tunnels that still answer.
    finishing: TaskTracker,
}

impl Keeping {
    async fn keep(&self, line: Line, stopping: &CancellationToken) {
        let Keeper { outpost, pulse, .. } = &self.keeper;
        let (mut failures, mut others, mut old) = (0, 0, None);
        loop {
            if stopping.run_until_cancelled(self.lines.are_wanted(line)).await.is_none() {
                return;
            }
            if line == Line::First && failures == 0 && old.is_none() {
                self.lines.set(line, State::Dialing { last: None });
            }
            pulse.beat();
            outpost.tally().dials.one();
            let pause = match self.one(line, old.take(), stopping).await {
                Ended::Old(open) => {
                    old = Some(open);
                    Duration::ZERO
                }
                Ended::Gone { held } => {
                    (failures, others) = (if held { 0 } else { failures + 1 }, 0);
                    self.lines.set(line, State::Dialing { last: None });
                    self.pause(failures)
                }
                Ended::Same => {
                    others = (others + 1) % MOST_OTHERS;
                    if others == 0 { REST_PAUSE } else { OTHER_PAUSE.mul_f64(0.5 + self.lot()) }
                }
                Ended::Failed(why, retry_after) => {
                    failures += 1;
                    tracing::warn!(why, "the server was not reached");
                    self.lines.set(line, State::Dialing { last: Some(why) });
                    retry_after.map_or_else(|| self.pause(failures), |wait| wait.min(Duration::from_mins(5)))
                }
                Ended::Refused(why) => {
                    tracing::error!(why, "the server does not let this gateway come");
                    self.lines.set(line, State::Refused { why });
                    SLOW_PAUSE
                }
            };
            pulse.beat();
            stopping.run_until_cancelled(self.rest(line, pause)).await;
        }
    }

    /// Waits for `pause`. Who looks for another server does not wait while servers come or go.
    async fn rest(&self, line: Line, pause: Duration) {
        let looks = line == Line::Second && pause == REST_PAUSE;
        tokio::select! {
            () = self.keeper.ambient.sleep(pause) => {}
            () = self.lines.number_changes(), if looks => {}
        }
    }

    /// Full jitter: from nothing to a limit that doubles.
    fn pause(&self, failures: u32) -> Duration {
        let limit = FIRST_PAUSE.saturating_mul(1 << failures.saturating_sub(1).min(6)).min(LONGEST_PAUSE);
        limit.mul_f64(self.lot())
    }

    /// From 0 to 1.
    fn lot(&self) -> f64 {
        f64::from(u32::from_be_bytes(self.keeper.ambient.random::<4>())) / f64::from(u32::MAX)
    }

    /// One tunnel, from the first packet to its end. An `old` one answers until it is there, and stays where it cannot be had.
    async fn one(&self, line: Line, mut old: Option<Open>, stopping: &CancellationToken) -> Ended {
        let ambient = &self.keeper.ambient;
        let attempt = ambient.within(ATTEMPT_LIMIT, self.open(line, &mut old));
        let opened = match stopping.run_until_cancelled(attempt).await {
            None => {
                if let Some(Open { session, .. }) = old {
                    finish(ambient, &session, "the gateway stops").await;
                }
                return Ended::Gone { held: true };
            }
            Some(None) => Err(Ended::Failed("the attempt took too long".to_owned(), None)),
            Some(Some(opened)) => opened,
        };
        let (open, limit) = match (opened, old) {
            (Ok(session), _) => self.opened(line, session),
            (Err(_), Some(old)) => (old, OLD_PAUSE),
            (Err(ended), None) => return ended,
        };
        let since = open.since;
        match self.answer(line, (open, limit), stopping).await {
            Answered::Over => self.ages.ended_otherwise(),
            Answered::Cut => {
                let now = ambient.now();
                self.ages.was_cut(now.duration_since(since).unsigned_abs(), now);
            }
            Answered::Old(open) => {
                self.ages.ended_otherwise();
                return Ended::Old(open);
            }
        }
        Ended::Gone { held: ambient.now().duration_since(since) >= HELD }
    }

    /// Tells of a tunnel that has opened, and says how old it is to become.
    fn opened(&self, line: Line, session: Session) -> (Open, Duration) {
        let Keeper { ambient, outpost, seals, .. } = &self.keeper;
        let since = ambient.now();
        outpost.tally().tunnels.one();
        seals.learn(&session.hello, since);
        tracing::info!(replica = %session.hello.replica, version = session.hello.version, "the tunnel is open");
        self.lines.set(line, State::Ready { since });
        (Open { session, since }, self.ages.limit(self.lot(), since))
    }

    fn identity(&self) -> MutexGuard<'_, Identity> {
        self.identity.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
