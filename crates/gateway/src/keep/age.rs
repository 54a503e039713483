//! How old a tunnel becomes: many balancers close what has passed for a certain time, whatever passes, and a tunnel that is renewed
//! before that is missed by nobody.

use std::{
    collections::VecDeque,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use jiff::{SignedDuration, Timestamp};

/// What a tunnel becomes at least where nobody closes it: below the half hour after which some balancers do.
const USUAL: Duration = Duration::from_mins(25);

/// So much more at most, by lot, so that many gateways do not come at once.
const SPREAD: Duration = Duration::from_mins(5);

/// So many tunnels in a row have to have been cut at about the same age.
const SEEN: usize = 3;

/// How far apart their ages may be, as parts of the least.
const APART: f64 = 1.25;

/// What ends sooner is no age limit, but trouble. The shortest limit that is known of a balancer is 30 s.
const SHORTEST: Duration = Duration::from_secs(8);

/// The parts of that age between which a tunnel is renewed, by lot.
const PARTS: (f64, f64) = (0.6, 0.7);

/// For how long it is kept to. Then it is tried whether tunnels are let live by now; three calls at most are asked again for that.
const KEPT_FOR: SignedDuration = SignedDuration::from_hours(6);

/// What is known of how long tunnels are let live.
#[derive(Default)]
pub(super) struct Ages(Mutex<Known>);

#[derive(Default)]
struct Known {
    /// Of the last ones in a row, how old they were when they were cut.
    cut: VecDeque<Duration>,
    /// The least of those from which it was learned, and until when it counts.
    learned: Option<(Duration, Timestamp)>,
}

impl Ages {
    /// Takes note of a tunnel that was cut from outside `now`, at this age.
    pub(super) fn was_cut(&self, age: Duration, now: Timestamp) {
        let mut known = self.known();
        known.cut.push_back(age);
        if known.cut.len() > SEEN {
            known.cut.pop_front();
        }
        if let Some(least) = age_limit(&known.cut) {
            let until = now.saturating_add(KEPT_FOR).unwrap_or(Timestamp::MAX);
            known.learned = Some((least, until));
            known.cut.clear();
            tracing::info!(
                age_seconds = least.as_secs(),
                "something on the way closes tunnels at a certain age: they are renewed before"
            );
        }
    }

    /// Takes note of a tunnel that ended otherwise: what was cut before it and what is cut after it are not in a row.
    pub(super) fn ended_otherwise(&self) {
        self.known().cut.clear();
    }

    /// At which age a tunnel that opens `now` is renewed; `lot` is from 0 to 1.
    pub(super) fn limit(&self, lot: f64, now: Timestamp) -> Duration {
        match self.closed_at(now) {
            Some(least) => least.mul_f64(PARTS.0 + (PARTS.1 - PARTS.0) * lot),
            None => USUAL + SPREAD.mul_f64(lot),
        }
    }

    /// At which age something on the way closes tunnels, as far as is known `now`.
    pub(super) fn closed_at(&self, now: Timestamp) -> Option<Duration> {
        self.known().learned.filter(|(_, until)| now < *until).map(|(least, _)| least)
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The least of these ages, if that is one at which something closes tunnels.
fn age_limit(ages: &VecDeque<Duration>) -> Option<Duration> {
    let (least, most) = (*ages.iter().min()?, *ages.iter().max()?);
    let is_one = ages.len() == SEEN && least >= SHORTEST && most <= least.mul_f64(APART) && least < USUAL;
    is_one.then_some(least)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::UNIX_EPOCH;

    fn after(ages: &[u64]) -> Ages {
        let known = Ages::default();
        for seconds in ages {
            known.was_cut(Duration::from_secs(*seconds), NOW);
        }
        known
    }

    #[test]
    fn an_age_is_learned_from_three_tunnels_in_a_row() {
        let usual = USUAL.as_secs();
        for (ages, limit) in [
            (&[][..], usual),
            (&[60, 60], usual),
            (&[60, 61, 74], 42),
            (&[60, 61, 76], usual),
            (&[7, 60, 61, 62], 42),
            (&[30, 30, 30], 21),
            (&[5, 5, 5], usual),
            (&[7_200, 7_200, 7_200], usual),
        ] {
            assert_eq!(after(ages).limit(if limit == usual { 0.0 } else { 1.0 }, NOW).as_secs(), limit, "{ages:?}");
        }
        assert_eq!(Ages::default().limit(1.0, NOW), USUAL + SPREAD);
        assert_eq!(after(&[60, 60, 60]).limit(0.0, NOW), Duration::from_secs(36));
    }

    #[test]
    fn one_that_ended_otherwise_is_between() {
        let known = after(&[60, 60]);
        known.ended_otherwise();
        known.was_cut(Duration::from_mins(1), NOW);
        assert_eq!(known.limit(0.0, NOW), USUAL);
    }

    #[test]
    fn what_was_learned_is_tried_again_after_hours() {
        let known = after(&[60, 60, 60]);
        assert!(known.limit(1.0, NOW + KEPT_FOR - SignedDuration::from_secs(1)) < USUAL);
        known.ended_otherwise();
        assert!(known.limit(1.0, NOW) < USUAL, "as long as it is kept to");
        assert_eq!(known.limit(0.0, NOW + KEPT_FOR), USUAL);
    }
}
