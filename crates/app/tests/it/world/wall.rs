//! The clock on a server's wall, which somebody may put back.

use std::{
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};

use jiff::{SignedDuration, Timestamp};
use mayfly_domain::clock::{Clock, Sleep};
use mayfly_testkit::clock::TestClock;

/// Clones are the same clock.
#[derive(Clone)]
pub(crate) struct Wall {
    clock: TestClock,
    seconds_behind: Arc<AtomicI64>,
}

impl Wall {
    pub(crate) fn over(clock: &TestClock) -> Self {
        Self { clock: clock.clone(), seconds_behind: Arc::default() }
    }

    /// Puts it back. Whoever waits goes on waiting as long as before.
    pub(crate) fn put_back(&self, seconds: i64) {
        self.seconds_behind.fetch_add(seconds, Ordering::Relaxed);
    }

    pub(crate) fn seconds_behind(&self) -> i64 {
        self.seconds_behind.load(Ordering::Relaxed)
    }
}

impl Clock for Wall {
    fn now(&self) -> Timestamp {
        self.clock.now() - SignedDuration::from_secs(self.seconds_behind())
    }

    fn sleep(&self, duration: Duration) -> Sleep {
        self.clock.sleep(duration)
    }
}
