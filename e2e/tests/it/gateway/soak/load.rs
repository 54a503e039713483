//! Callers who make leases and end them, one after the other, and what was refused to them.

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::Duration,
};

use futures::future::join_all;
use jiff::Timestamp;
use mayfly_e2e::{Refused, Scene, waiting::until};
use mayfly_testkit::ambient::ambient;
use tokio::{
    task::JoinHandle,
    time::{MissedTickBehavior, interval},
};

use super::{super::PATIENCE, world::Absence};

/// Callers at once.
const CALLERS: usize = 3;

/// How often each of them makes a lease, which it ends before the next.
const PACE: Duration = Duration::from_millis(300);

/// What became of leases.
#[derive(Default)]
pub(super) struct Load {
    ended: AtomicUsize,
    refused: Mutex<Vec<Refusal>>,
    is_over: AtomicBool,
}

/// A call that was refused.
struct Refusal {
    begun: Timestamp,
    ended: Timestamp,
    /// Whether it may have been done all the same.
    is_unclear: bool,
    says: String,
}

impl Load {
    /// Begins, until it is ended.
    pub(super) fn begin(self: &Arc<Self>, scene: &Scene) -> JoinHandle<()> {
        let (load, scene) = (Arc::clone(self), scene.clone());
        tokio::spawn(async move {
            join_all((0..CALLERS).map(|_| load.ask(&scene))).await;
        })
    }

    async fn ask(&self, scene: &Scene) {
        let mut turns = interval(PACE);
        turns.set_missed_tick_behavior(MissedTickBehavior::Delay);
        while !self.is_over.load(Ordering::Relaxed) {
            turns.tick().await;
            let Some(issued) = self.hear(scene.issue(None)).await else { continue };
            if self.hear(scene.end(&issued.lease.id)).await.is_some() {
                self.ended.fetch_add(1, Ordering::Relaxed);
            }
        }
    }

    async fn hear<T>(&self, call: impl Future<Output = anyhow::Result<T>>) -> Option<T> {
        let begun = ambient().now();
        let outcome = call.await;
        if let Err(error) = &outcome {
            let step = error.downcast_ref::<Refused>().map(|refused| &refused.body["details"]["step"]);
            let is_unclear = step.is_some_and(|step| step == "send");
            let refusal = Refusal { begun, ended: ambient().now(), is_unclear, says: format!("{error:#}") };
            self.refused.lock().unwrap().push(refusal);
        }
        outcome.ok()
    }

    /// How many leases were made and ended.
    pub(super) fn ended(&self) -> usize {
        self.ended.load(Ordering::Relaxed)
    }

    /// Waits until so many more were.
    pub(super) async fn more(&self, leases: usize, what: &str) {
        let wanted = self.ended() + leases;
        until(PATIENCE, what, async || Ok((self.ended() >= wanted).then_some(()))).await.unwrap();
    }

    /// Ends it; who waits for an answer still gets it.
    pub(super) fn end(&self) {
        self.is_over.store(true, Ordering::Relaxed);
    }

    /// How many calls were refused of which nobody can tell what became of them, because the process that was asked was absent; and
    /// what was said to the others, which could all have been tried once more.
    pub(super) fn refused(&self, absences: &[Absence]) -> (usize, Vec<String>) {
        let refused = self.refused.lock().unwrap();
        let was_asked = |call: &Refusal, absence: &Absence| call.begun <= absence.known && absence.struck <= call.ended;
        let is_excused = |call: &&Refusal| call.is_unclear && absences.iter().any(|absence| was_asked(call, absence));
        let (excused, others): (Vec<_>, Vec<_>) = refused.iter().partition(is_excused);
        let says = |call: &Refusal| format!("{} to {}: {}", call.begun, call.ended, call.says);
        (excused.len(), others.into_iter().map(says).collect())
    }
}
