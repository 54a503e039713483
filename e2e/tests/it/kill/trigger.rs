//! When a server is killed.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::Duration,
};

use mayfly_domain::clock::Ambient;
use mayfly_e2e::Killer;
use mayfly_testkit::{
    ambient::ambient,
    fake_cluster::{Calls, Fault, Faults, When},
};

/// Callers have answers after a few milliseconds; this is long enough for all of them to be at work.
const LONGEST_PEACE_MILLISECONDS: u32 = 300;
const MOST_ANSWERS: u32 = 40;
/// A commit and the answer after it take less.
const LONGEST_COMMIT_MICROSECONDS: u32 = 10_000;
/// Of what happens one by one, when nobody calls.
const FEW: u32 = 3;

/// The one kill of a round.
#[derive(Clone)]
pub(super) struct Shot(Arc<Inner>);

struct Inner {
    killer: Killer,
    is_fired: AtomicBool,
    answers: Countdown,
    ends: Countdown,
}

/// Counts down to the shot; it is never fired where nobody set it.
#[derive(Default)]
struct Countdown(AtomicUsize);

impl Countdown {
    fn set(&self, number: usize) {
        self.0.store(number, Ordering::SeqCst);
    }

    /// Whether this is the one.
    fn count(&self) -> bool {
        let step = |left: usize| left.checked_sub(1);
        self.0.fetch_update(Ordering::SeqCst, Ordering::SeqCst, step) == Ok(1)
    }
}

impl Shot {
    pub(super) fn new(killer: Killer) -> Self {
        let is_fired = AtomicBool::new(false);
        Self(Arc::new(Inner { killer, is_fired, answers: Countdown::default(), ends: Countdown::default() }))
    }

    /// Kills the server, once.
    pub(super) fn fire(&self) {
        if !self.0.is_fired.swap(true, Ordering::SeqCst) {
            self.0.killer.kill().unwrap();
        }
    }

    fn fire_after(&self, pause: Duration) {
        let shot = self.clone();
        tokio::spawn(async move {
            ambient().sleep(pause).await;
            shot.fire();
        });
    }

    /// Whether the server may be dead.
    pub(super) fn is_fired(&self) -> bool {
        self.0.is_fired.load(Ordering::SeqCst)
    }

    /// A token has come.
    pub(super) fn note_answer(&self) {
        if self.0.answers.count() {
            self.fire();
        }
    }

    /// The answer to the end of a lease has come.
    pub(super) fn note_end(&self) {
        if self.0.ends.count() {
            self.fire();
        }
    }
}

/// What kills wait for. Each hits other moments in the life of a lease.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Aim {
    /// Nothing but time.
    Time,
    /// A token that came: others of the same commit are on their way.
    Answer,
    /// The end of a lease.
    End,
    /// A call that the cluster has carried out and not yet answered.
    Call(Calls),
    /// What comes right after such an answer.
    After(Calls),
    /// Such a removal of something whose lease's time was up, while nobody calls.
    Due,
}

/// What one kill waits for.
#[derive(Clone, Copy, Debug)]
pub(super) enum Trigger {
    After(Duration),
    Answer(usize),
    End(usize),
    Call(Calls, u32),
    Soon(Calls, u32, Duration),
}

impl Trigger {
    /// The aims take turns; the moment is chance.
    pub(super) fn draw(aims: &[Aim], round: usize, chance: &Ambient) -> Self {
        let draw = |below: u32| u32::from_be_bytes(chance.random()) % below;
        match aims[round % aims.len()] {
            Aim::Time => Self::After(Duration::from_millis(draw(LONGEST_PEACE_MILLISECONDS).into())),
            Aim::Answer => Self::Answer(1 + draw(MOST_ANSWERS) as usize),
            Aim::End => Self::End(1 + draw(MOST_ANSWERS / 4) as usize),
            Aim::Call(calls) => Self::Call(calls, 1 + draw(MOST_ANSWERS)),
            Aim::After(calls) => {
                let pause = Duration::from_micros(draw(LONGEST_COMMIT_MICROSECONDS).into());
                Self::Soon(calls, 1 + draw(MOST_ANSWERS / 4), pause)
            }
            Aim::Due => Self::Call(Calls::DeleteObject, 1 + draw(FEW)),
        }
    }

    /// `faults` are those of the cluster, where there is somebody to look on at its calls.
    pub(super) fn arm(self, shot: &Shot, faults: Option<&Faults>) {
        match self {
            Self::After(pause) => shot.fire_after(pause),
            Self::Answer(number) => shot.0.answers.set(number),
            Self::End(number) => shot.0.ends.set(number),
            Self::Call(calls, number) => {
                let shot = shot.clone();
                let kill = Fault::rewrite_json(move |_| shot.fire());
                faults.unwrap().inject(calls, When::Nth(number), kill);
            }
            Self::Soon(calls, number, pause) => {
                let shot = shot.clone();
                let kill = Fault::rewrite_json(move |_| shot.fire_after(pause));
                faults.unwrap().inject(calls, When::Nth(number), kill);
            }
        }
    }
}
