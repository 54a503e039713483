//! How often the gateway at the end of a tunnel may tell the keys of its cluster: each time costs a look at the database, and an
//! event where they do not count.

use jiff::{SignedDuration, Timestamp};

/// So often at once, after a quiet time: a tunnel that opens, and a cluster that changes its keys meanwhile.
const AT_ONCE: i32 = 4;

/// Then once in so long. Whoever keeps to the protocol tells them when they change, and a minute after it was to try again.
const ONCE_IN: SignedDuration = SignedDuration::from_secs(10);

/// The pace of one tunnel.
pub(super) struct Pace {
    /// When it may be told so often at once again.
    quiet_at: Timestamp,
}

impl Pace {
    /// Nothing was told yet.
    pub(super) const fn new(now: Timestamp) -> Self {
        Self { quiet_at: now }
    }

    /// Whether it may be told one more time `now`, which counts then.
    pub(super) fn takes_one(&mut self, now: Timestamp) -> bool {
        let full = now.saturating_add(ONCE_IN * AT_ONCE).unwrap_or(Timestamp::MAX);
        // A clock that was set back keeps nobody waiting for longer.
        self.quiet_at = self.quiet_at.clamp(now, full);
        let next = self.quiet_at.saturating_add(ONCE_IN).unwrap_or(Timestamp::MAX);
        let is_taken = next <= full;
        if is_taken {
            self.quiet_at = next;
        }
        is_taken
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use mayfly_testkit::clock::TestClock;

    use super::*;

    #[test]
    fn some_are_taken_at_once_and_then_one_in_ten_seconds() {
        let clock = TestClock::default();
        let ambient = clock.ambient(1);
        let mut pace = Pace::new(ambient.now());
        let mut taken_of = |tries: usize| (0..tries).filter(|_| pace.takes_one(ambient.now())).count();
        assert_eq!(taken_of(100), 4);
        clock.advance(Duration::from_secs(9));
        assert_eq!(taken_of(100), 0);
        clock.advance(Duration::from_secs(1));
        assert_eq!(taken_of(100), 1);
        clock.advance(Duration::from_secs(25));
        assert_eq!(taken_of(100), 2);
        clock.advance(Duration::from_hours(1));
        assert_eq!(taken_of(100), 4);
    }

    #[test]
    fn a_clock_that_is_set_back_stops_nobody_for_good() {
        let later = TestClock::default().ambient(1).now();
        let mut pace = Pace::new(later);
        let earlier = later - SignedDuration::from_hours(1);
        assert!(!pace.takes_one(earlier));
        assert!(pace.takes_one(earlier + ONCE_IN));
    }
}
