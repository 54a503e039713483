//! A database that takes its time, before a transaction or before its answer, so that others come in between.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use futures::future::BoxFuture;
use mayfly_domain::clock::Clock as _;
use mayfly_store::watch::{Spoil, Watcher};
use mayfly_testkit::clock::TestClock;

use super::{bugs::Bug, dice::Dice};

/// Of a hundred transactions this many wait, on either side.
const SLOW: u64 = 10;
/// Longer than a reservation lives after its request's deadline.
const LONGEST_MILLISECONDS: u64 = 20_000;

/// Seen by every operation of a life; spoils transactions where the life has a bug that does.
pub(super) struct SlowStore {
    dice: Dice,
    clock: TestClock,
    bug: Option<Bug>,
    is_calm: AtomicBool,
}

impl SlowStore {
    pub(super) fn new(seed: u64, clock: TestClock, bug: Option<Bug>) -> Arc<Self> {
        Arc::new(Self { dice: Dice::new(seed, 3), clock, bug, is_calm: AtomicBool::new(false) })
    }

    /// From now on it is fast.
    pub(super) fn calm(&self) {
        self.is_calm.store(true, Ordering::Relaxed);
    }

    async fn take_time(&self) {
        if !self.is_calm.load(Ordering::Relaxed) && self.dice.percent(SLOW) {
            self.clock.sleep(Duration::from_millis(self.dice.below(LONGEST_MILLISECONDS))).await;
        }
    }
}

impl Watcher for SlowStore {
    fn before(&self, transaction: &'static str) -> BoxFuture<'_, Spoil> {
        Box::pin(async move {
            self.take_time().await;
            self.bug.map_or(Spoil::Nothing, |bug| bug.spoil(transaction))
        })
    }

    fn after(&self, _: &'static str) -> BoxFuture<'_, ()> {
        Box::pin(self.take_time())
    }
}
