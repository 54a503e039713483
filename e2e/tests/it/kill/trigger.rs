//! When a server is killed.

use std::{
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::Duration,
};

use mayfly_domain::clock::Ambient;
use mayfly_e2e::Killer;
use mayfly_testkit::{
    ambient::ambient,
    fake_cluster::{Calls, FakeCluster, Fault, When},
};

/// Callers have answers after a few milliseconds; this is long enough for all of them to be at work.
const LONGEST_PEACE_MILLISECONDS: u32 = 300;
const MOST_ANSWERS: u32 = 40;

/// The one kill of a round.
#[derive(Clone)]
pub(super) struct Shot(Arc<Inner>);

struct Inner {
    killer: Killer,
    is_fired: AtomicBool,
    answers: AtomicUsize,
    /// Fires at this answer; 0 is never.
    at_answer: Mutex<usize>,
}

impl Shot {
    pub(super) fn new(killer: Killer) -> Self {
        let (is_fired, answers) = (AtomicBool::new(false), AtomicUsize::new(0));
        Self(Arc::new(Inner { killer, is_fired, answers, at_answer: Mutex::new(0) }))
    }

    /// Kills the server, once.
    pub(super) fn fire(&self) {
        if !self.0.is_fired.swap(true, Ordering::SeqCst) {
            self.0.killer.kill().unwrap();
        }
    }

    /// Whether the server may be dead.
    pub(super) fn is_fired(&self) -> bool {
        self.0.is_fired.load(Ordering::SeqCst)
    }

    /// An answer has come.
    pub(super) fn note_answer(&self) {
        let answers = self.0.answers.fetch_add(1, Ordering::SeqCst) + 1;
        if answers == *self.0.at_answer.lock().unwrap_or_else(PoisonError::into_inner) {
            self.fire();
        }
    }
}

/// What the kill waits for. Each aims at other moments in the life of a lease.
#[derive(Clone, Copy, Debug)]
pub(super) enum Trigger {
    /// Nothing but time.
    After(Duration),
    /// An answer: others of the same commit are on their way.
    Answer(usize),
    /// A token that the cluster has made and not yet handed out.
    TokenCall(u32),
}

impl Trigger {
    /// The kinds take turns; the moment is chance.
    pub(super) fn draw(round: usize, chance: &Ambient, is_fake: bool) -> Self {
        let draw = |below: u32| u32::from_be_bytes(chance.random()) % below;
        match round % 3 {
            0 => Self::After(Duration::from_millis(draw(LONGEST_PEACE_MILLISECONDS).into())),
            1 if is_fake => Self::TokenCall(1 + draw(MOST_ANSWERS)),
            _ => Self::Answer(1 + draw(MOST_ANSWERS) as usize),
        }
    }

    pub(super) fn arm(self, shot: &Shot, fake: Option<&FakeCluster>) {
        match self {
            Self::After(pause) => {
                let shot = shot.clone();
                tokio::spawn(async move {
                    ambient().sleep(pause).await;
                    shot.fire();
                });
            }
            Self::Answer(number) => *shot.0.at_answer.lock().unwrap_or_else(PoisonError::into_inner) = number,
            Self::TokenCall(number) => {
                let shot = shot.clone();
                let kill = Fault::rewrite_json(move |_| shot.fire());
                fake.unwrap().faults().inject(Calls::Token, When::Nth(number), kill);
            }
        }
    }
}
