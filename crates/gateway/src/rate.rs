//! How often something may be done: so many in a second in the long run, and some more at once after a quiet time.

use std::{
    sync::{Mutex, PoisonError},
    time::Duration,
};

use jiff::Timestamp;

/// A bucket of drops, each of which lets one through.
pub(crate) struct Rate {
    per_second: f64,
    burst: f64,
    state: Mutex<State>,
}

struct State {
    drops: f64,
    at: Timestamp,
}

impl Rate {
    /// Full, `now`.
    pub(crate) fn new(per_second: u32, burst: u32, now: Timestamp) -> Self {
        let burst = f64::from(burst.max(1));
        Self { per_second: f64::from(per_second.max(1)), burst, state: Mutex::new(State { drops: burst, at: now }) }
    }

    /// Lets one through, or says when the next may come.
    pub(crate) fn take(&self, now: Timestamp) -> Result<(), Duration> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let passed = now.duration_since(state.at).as_secs_f64().max(0.0);
        state.drops = (state.drops + passed * self.per_second).min(self.burst);
        state.at = state.at.max(now);
        if state.drops >= 1.0 {
            state.drops -= 1.0;
            return Ok(());
        }
        Err(Duration::from_secs_f64((1.0 - state.drops) / self.per_second))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn some_pass_at_once_and_then_so_many_in_a_second() {
        let begun: Timestamp = "2030-01-02T03:04:05Z".parse().unwrap();
        let rate = Rate::new(20, 50, begun);
        assert_eq!((0..100).filter(|_| rate.take(begun).is_ok()).count(), 50);
        assert_eq!(rate.take(begun), Err(Duration::from_millis(50)));
        let later = begun + Duration::from_millis(500);
        assert_eq!((0..100).filter(|_| rate.take(later).is_ok()).count(), 10);
        // A clock that is set back gives nothing away.
        assert!(rate.take(begun).is_err());
        let much_later = begun + Duration::from_hours(1);
        assert_eq!((0..100).filter(|_| rate.take(much_later).is_ok()).count(), 50);
    }
}
