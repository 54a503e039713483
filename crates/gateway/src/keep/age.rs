//! How old a tunnel becomes: many balancers close what has passed for a certain time, whatever passes, and a tunnel that is renewed
//! before that is missed by nobody.

use std::{collections::VecDeque, sync::Mutex, sync::PoisonError, time::Duration};

/// What a tunnel becomes at least where nobody closes it: below the half hour after which some balancers do.
const USUAL: Duration = Duration::from_mins(25);

/// So much more at most, by lot, so that many gateways do not come at once.
const SPREAD: Duration = Duration::from_mins(5);

/// So many tunnels in a row have to have been cut at about the same age.
const SEEN: usize = 3;

/// How far apart their ages may be, as parts of the least.
const APART: f64 = 1.25;

/// What ends sooner is no age limit, but trouble.
const SHORTEST: Duration = Duration::from_secs(5);

/// The part of that age at which a tunnel is renewed.
const PART: f64 = 0.7;

/// What is known of how long tunnels are let live.
#[derive(Default)]
pub(super) struct Ages(Mutex<VecDeque<Duration>>);

impl Ages {
    /// Takes note of a tunnel that was cut from outside, at this age.
    pub(super) fn was_cut(&self, age: Duration) {
        let before = self.learned();
        let mut ages = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        ages.push_back(age);
        if ages.len() > SEEN {
            ages.pop_front();
        }
        drop(ages);
        match self.learned() {
            Some(limit) if before.is_none() => {
                tracing::info!(
                    age_seconds = age.as_secs(),
                    renewed_after_seconds = limit.as_secs(),
                    "something on the way closes tunnels at a certain age: they are renewed before"
                );
            }
            _ => {}
        }
    }

    /// At which age the next tunnel is renewed; `lot` is from 0 to 1.
    pub(super) fn limit(&self, lot: f64) -> Duration {
        self.learned().unwrap_or_else(|| USUAL + SPREAD.mul_f64(lot))
    }

    fn learned(&self) -> Option<Duration> {
        let ages = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (least, most) = (ages.iter().min()?, ages.iter().max()?);
        let is_a_limit = ages.len() == SEEN && *least >= SHORTEST && *most <= least.mul_f64(APART) && *least < USUAL;
        is_a_limit.then(|| least.mul_f64(PART))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limit_after(ages: &[u64]) -> u64 {
        let known = Ages::default();
        for seconds in ages {
            known.was_cut(Duration::from_secs(*seconds));
        }
        known.limit(0.0).as_secs()
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
            (&[1, 1, 1], usual),
            (&[7_200, 7_200, 7_200], usual),
        ] {
            assert_eq!(limit_after(ages), limit, "{ages:?}");
        }
        assert_eq!(Ages::default().limit(1.0), USUAL + SPREAD);
    }
}
