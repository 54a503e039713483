//! Time that moves only by the test's hand, and chance that repeats itself.

use std::{
    collections::BTreeMap,
    future::Future,
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Context, Poll, Waker},
    time::Duration,
};

use aws_lc_rs::digest;
use jiff::Timestamp;
use mayfly_domain::clock::{Ambient, Chance, Clock, Sleep, to_millisecond};

/// A clock that stands still until it is moved. Clones are the same clock.
#[derive(Clone)]
pub struct TestClock(Arc<Mutex<State>>);

struct State {
    now: Timestamp,
    next_sleeper: u64,
    /// Who waits for what time; the waker is there once the sleeper was polled.
    sleepers: BTreeMap<u64, (Timestamp, Option<Waker>)>,
}

impl Default for TestClock {
    /// Starts on a day with nothing special about it.
    fn default() -> Self {
        Self::starting("2030-01-02T03:04:05Z".parse().expect("a time as RFC 3339 writes it"))
    }
}

impl TestClock {
    /// Starts at `now`.
    pub fn starting(now: Timestamp) -> Self {
        Self(Arc::new(Mutex::new(State { now: to_millisecond(now), next_sleeper: 0, sleepers: BTreeMap::new() })))
    }

    /// This clock, with chance that always gives the same bytes for the same `seed`.
    pub fn ambient(&self, seed: u64) -> Ambient {
        Ambient::new(Arc::new(self.clone()), Arc::new(SeededChance::new(seed)))
    }

    /// Moves the hands forward and wakes whoever waited for that.
    pub fn advance(&self, duration: Duration) {
        let now = self.state().now;
        self.move_to(later(now, duration));
    }

    /// Moves the hands to the earliest time that anybody waits for. False if nobody waits.
    pub fn advance_to_next(&self) -> bool {
        let state = self.state();
        let next = state.sleepers.values().map(|(until, _)| *until).filter(|until| *until > state.now).min();
        drop(state);
        next.is_some_and(|next| {
            self.move_to(next);
            true
        })
    }

    /// How many wait for a time that has not come.
    pub fn sleepers(&self) -> usize {
        let state = self.state();
        state.sleepers.values().filter(|(until, _)| *until > state.now).count()
    }

    fn move_to(&self, time: Timestamp) {
        let mut state = self.state();
        state.now = state.now.max(time);
        let now = state.now;
        let due = state.sleepers.values_mut().filter(|(until, _)| *until <= now);
        let wakers: Vec<Waker> = due.filter_map(|(_, waker)| waker.take()).collect();
        drop(state);
        wakers.into_iter().for_each(Waker::wake);
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Clock for TestClock {
    fn now(&self) -> Timestamp {
        self.state().now
    }

    fn sleep(&self, duration: Duration) -> Sleep {
        let mut state = self.state();
        let (id, until) = (state.next_sleeper, later(state.now, duration));
        state.next_sleeper += 1;
        state.sleepers.insert(id, (until, None));
        Box::pin(Sleeper { clock: self.clone(), id })
    }
}

/// Counts as waiting from when it is made until it is dropped.
struct Sleeper {
    clock: TestClock,
    id: u64,
}

impl Future for Sleeper {
    type Output = ();

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let mut state = self.clock.state();
        let now = state.now;
        match state.sleepers.get_mut(&self.id) {
            Some((until, waker)) if *until > now => {
                *waker = Some(context.waker().clone());
                Poll::Pending
            }
            Some(_) | None => Poll::Ready(()),
        }
    }
}

impl Drop for Sleeper {
    fn drop(&mut self) {
        self.clock.state().sleepers.remove(&self.id);
    }
}

/// `time` and `duration` after it, cut to the millisecond; the end of time if there is no such time.
fn later(time: Timestamp, duration: Duration) -> Timestamp {
    to_millisecond(time.checked_add(duration).unwrap_or(Timestamp::MAX))
}

/// Bytes that look random and are the same in each run: SHA-256 of the seed and a counter.
pub struct SeededChance {
    seed: u64,
    drawn: Mutex<u64>,
}

impl SeededChance {
    /// Two sources with the same seed give the same bytes.
    pub const fn new(seed: u64) -> Self {
        Self { seed, drawn: Mutex::new(0) }
    }

    fn block(&self) -> digest::Digest {
        let mut drawn = self.drawn.lock().unwrap_or_else(PoisonError::into_inner);
        *drawn += 1;
        digest::digest(&digest::SHA256, &[self.seed.to_be_bytes(), drawn.to_be_bytes()].concat())
    }
}

impl Chance for SeededChance {
    fn fill(&self, bytes: &mut [u8]) {
        for chunk in bytes.chunks_mut(digest::SHA256_OUTPUT_LEN) {
            for (slot, byte) in chunk.iter_mut().zip(self.block().as_ref()) {
                *slot = *byte;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use futures::FutureExt as _;

    use super::*;

    #[test]
    fn a_sleeper_wakes_when_its_time_has_come_and_not_before() {
        let clock = TestClock::default();
        let mut sleep = clock.sleep(Duration::from_secs(10));
        assert_eq!((clock.sleepers(), (&mut sleep).now_or_never()), (1, None));
        clock.advance(Duration::from_millis(9_999));
        assert_eq!((&mut sleep).now_or_never(), None);
        assert!(clock.advance_to_next());
        assert_eq!((clock.sleepers(), sleep.now_or_never()), (0, Some(())));
        assert!(!clock.advance_to_next());
    }

    #[test]
    fn a_random_index_is_any_below_the_count() {
        let ambient = TestClock::default().ambient(1);
        assert_eq!([ambient.random_index(0), ambient.random_index(1)], [0, 0]);
        // More than a byte can count.
        let drawn: BTreeSet<usize> = (0..10_000).map(|_| ambient.random_index(300)).collect();
        assert_eq!((drawn.len(), drawn.last()), (300, Some(&299)));
    }

    #[test]
    fn the_same_seed_gives_the_same_bytes() {
        let draw = |seed| TestClock::default().ambient(seed).random::<40>();
        assert_eq!(draw(1), draw(1));
        assert_ne!(draw(1), draw(2));
        assert_ne!(draw(1)[..8], draw(1)[32..]);
    }
}
