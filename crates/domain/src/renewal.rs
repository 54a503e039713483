//! When the token that Mayfly itself uses in a cluster is exchanged for a fresh one.

use jiff::{SignedDuration, Timestamp};

/// The life that is asked for, in seconds: two weeks. A cluster may grant less. It bounds how long this server and the cluster
/// may be apart before somebody has to give a new token by hand.
pub const RENEWED_SECONDS: u64 = 14 * 86_400;

/// A token is exchanged at least this often, so that one that leaked is good for two weeks at most.
const LONGEST_WAIT: SignedDuration = SignedDuration::from_hours(24);
/// After a failure it is tried again after at most this long, and after at least a minute.
const LONGEST_RETRY: SignedDuration = SignedDuration::from_hours(1);
const SHORTEST_RETRY: SignedDuration = SignedDuration::from_mins(1);

/// What is known of the token that a connection holds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TokenState {
    /// When it ends, where it says so.
    pub expires_at: Option<Timestamp>,
    /// When it is exchanged for a fresh one; never where this is absent.
    pub renew_at: Option<Timestamp>,
    /// Why the last try to exchange it failed; holds no secret.
    pub problem: Option<String>,
}

impl TokenState {
    /// Of a token that ends at `expires_at`, and is exchanged in time if `renews`: one that never ends, at once.
    pub fn given(expires_at: Option<Timestamp>, renews: bool, now: Timestamp) -> Self {
        let renew_at = renews.then(|| expires_at.map_or(now, |end| half_way(now, end, LONGEST_WAIT)));
        Self { expires_at, renew_at, problem: None }
    }

    /// The same token after a try that failed.
    #[must_use]
    pub fn failed(&self, why: String, now: Timestamp) -> Self {
        let soonest = now.saturating_add(SHORTEST_RETRY).unwrap_or(Timestamp::MAX);
        let latest = now.saturating_add(LONGEST_RETRY).unwrap_or(Timestamp::MAX);
        let half = self.expires_at.map_or(latest, |end| half_way(now, end, LONGEST_RETRY));
        Self { renew_at: Some(half.max(soonest)), problem: Some(why), ..self.clone() }
    }
}

/// The middle between now and `end`, at most `longest` from now.
fn half_way(now: Timestamp, end: Timestamp, longest: SignedDuration) -> Timestamp {
    let half = SignedDuration::from_secs(end.duration_since(now).as_secs().max(0) / 2);
    now.saturating_add(half.min(longest)).unwrap_or(Timestamp::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_900_000_000 + second).unwrap()
    }

    const DAY: i64 = 86_400;

    #[test]
    fn tokens_are_renewed_at_half_of_their_life_and_daily() {
        for (end, renewed) in [(600, 300), (DAY, DAY / 2), (14 * DAY, DAY), (-5, 0)] {
            assert_eq!(TokenState::given(Some(at(end)), true, at(0)).renew_at, Some(at(renewed)), "{end}");
        }
        assert_eq!(TokenState::given(None, true, at(0)).renew_at, Some(at(0)), "one without an end at once");
        assert_eq!(TokenState::given(Some(at(600)), false, at(0)).renew_at, None);
    }

    #[test]
    fn a_failure_is_tried_again_in_time_and_for_ever() {
        for (end, again) in [(Some(600), 300), (Some(60), 60), (Some(14 * DAY), 3_600), (None, 3_600), (Some(-9), 60)] {
            let state = TokenState::given(end.map(at), true, at(0)).failed("no".to_owned(), at(0));
            assert_eq!(state.renew_at, Some(at(again)), "{end:?}");
            assert_eq!(state.problem.as_deref(), Some("no"));
        }
    }
}
