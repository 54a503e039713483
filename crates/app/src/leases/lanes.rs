//! Lanes: leases end side by side, one lane for each connection, so that a cluster that is away costs the others nothing.
//!
//! A lane shuts after a few failures in a row that the next call would meet too, and opens by itself after a while that
//! grows to a quarter of an hour; then one tries first and,
//! where its failure may be its own, a few others; one that ends opens it. A gateway that is away shuts its lanes at once, and
//! no attempt is counted. There is no last attempt. The state is this server's own and
//! only spares calls: what is due stands in the rows.

use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

use jiff::{SignedDuration, Timestamp};
use mayfly_cluster::{ClusterError, Kind, Unreachable};
use mayfly_domain::{clock::Ambient, error::ErrorClass, ids::ConnectionId};

/// Failures in a row that shut a lane: one may be chance.
const FAILURES_TO_SHUT: u32 = 3;
/// The first pause; each further one is twice as long.
const FIRST_PAUSE: SignedDuration = SignedDuration::from_secs(1);
/// The longest pause: a cluster that comes back is noticed within it.
const LONGEST_PAUSE: SignedDuration = SignedDuration::from_mins(15);

/// The pause while a gateway is away. Asking whether it is back asks nobody but ourselves.
const PARKED: SignedDuration = SignedDuration::from_secs(20);

/// All lanes of this server.
#[derive(Default)]
pub(crate) struct Lanes(Mutex<HashMap<ConnectionId, Lane>>);

#[derive(Clone, Debug, Default)]
struct Lane {
    failures: u32,
    shut_until: Option<Timestamp>,
    why: String,
    /// Whether what shut it would meet every lease, and not only those in one namespace or of one kind.
    is_certain: bool,
}

/// What a lane lets through now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Gate {
    /// Everything that its budget allows.
    Open,
    /// A few leases, to see whether the cluster is back.
    Trial,
    /// Nothing until then, and why.
    Shut(Timestamp, String),
}

impl Lanes {
    /// What the lane of `connection` lets through at `now`.
    pub(crate) fn gate(&self, connection: ConnectionId, now: Timestamp) -> Gate {
        match self.lanes().get(&connection) {
            Some(Lane { shut_until: Some(until), why, .. }) if *until > now => Gate::Shut(*until, why.clone()),
            Some(Lane { shut_until: Some(_), .. }) => Gate::Trial,
            Some(Lane { shut_until: None, .. }) | None => Gate::Open,
        }
    }

    /// Whether the lane of `connection` is shut at `now` for what every lease would meet.
    pub(crate) fn is_certainly_shut(&self, connection: ConnectionId, now: Timestamp) -> bool {
        let lanes = self.lanes();
        let shut = |lane: &&Lane| lane.shut_until.is_some_and(|until| until > now);
        lanes.get(&connection).filter(shut).is_some_and(|lane| lane.is_certain)
    }

    /// The cluster answered.
    pub(crate) fn succeeded(&self, connection: ConnectionId) {
        self.lanes().remove(&connection);
    }

    /// A lease could not be ended by the connection's newest way. Gives until when the lane is shut, if it is: not for what
    /// is wrong with this lease alone, since the cluster answered; nor for a lease of another cluster, which says nothing.
    pub(crate) fn failed(&self, ambient: &Ambient, connection: ConnectionId, why: &ClusterError) -> Option<Timestamp> {
        if matches!(why.kind, Kind::OtherCluster | Kind::Unrecognized { .. }) {
            return None;
        }
        if !is_the_clusters(why) {
            self.succeeded(connection);
            return None;
        }
        let now = ambient.now();
        let mut lanes = self.lanes();
        let lane = lanes.entry(connection).or_default();
        if let Some(until) = lane.shut_until.filter(|until| *until > now) {
            // It was under way when the lane was shut: one outage, however many leases were at work.
            return Some(until);
        }
        lane.why = why.public_text();
        lane.is_certain = is_certain(why);
        if why.was_not_tried() {
            lane.shut_until = now.saturating_add(PARKED).ok();
            return lane.shut_until;
        }
        lane.failures = lane.failures.saturating_add(1);
        if let Kind::Busy { retry_after_seconds: Some(seconds) } = why.kind {
            // What it asks for is obeyed, and says nothing about its health.
            lane.failures = lane.failures.saturating_sub(1);
            let pause = SignedDuration::from_secs(i64::try_from(seconds).unwrap_or(0).clamp(1, 900));
            lane.shut_until = now.saturating_add(pause).ok();
        } else if lane.failures >= FAILURES_TO_SHUT {
            lane.shut_until = Some(later(ambient, lane.failures - FAILURES_TO_SHUT));
        }
        lane.shut_until.filter(|until| *until > now)
    }

    fn lanes(&self) -> MutexGuard<'_, HashMap<ConnectionId, Lane>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whether the next lease of the same connection would fail in the same way.
fn is_the_clusters(why: &ClusterError) -> bool {
    match why.kind {
        Kind::CredentialRefused | Kind::Misconfigured(_) => true,
        _ => why.class() == ErrorClass::Unavailable,
    }
}

/// Whether it would certainly: nobody answers there, or our credential is not accepted. A server that fails, or a call that
/// hangs, may do so for some objects only.
fn is_certain(why: &ClusterError) -> bool {
    match why.kind {
        _ if why.was_not_tried() => true,
        Kind::Unreachable(Unreachable::TimedOut) => false,
        Kind::Unreachable(_) | Kind::CredentialRefused | Kind::Misconfigured(_) | Kind::Busy { .. } => true,
        _ => false,
    }
}

/// When a lease that failed `attempts` times before is tried again.
pub(crate) fn next_attempt(ambient: &Ambient, attempts: u32) -> Timestamp {
    later(ambient, attempts)
}

/// A pause that doubles with each failure, up to the longest; of its second half, chance takes some away, so that what
/// failed together does not come back together.
fn later(ambient: &Ambient, doublings: u32) -> Timestamp {
    let factor = 1_i32.checked_shl(doublings.min(20)).unwrap_or(i32::MAX);
    let pause = FIRST_PAUSE.checked_mul(factor).unwrap_or(LONGEST_PAUSE).min(LONGEST_PAUSE);
    let milliseconds = u64::try_from(pause.as_millis()).unwrap_or(0);
    let chance = u64::from_be_bytes(ambient.random()) % (milliseconds / 2 + 1);
    let pause = SignedDuration::from_millis(i64::try_from(milliseconds - chance).unwrap_or(i64::MAX));
    ambient.now().saturating_add(pause).unwrap_or(Timestamp::MAX)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use mayfly_cluster::{Call, Certainty, GatewayFault, Step};
    use mayfly_testkit::clock::TestClock;

    use super::*;

    fn failure(kind: Kind) -> ClusterError {
        ClusterError {
            server: "https://a".to_owned(),
            call: Call::DeleteObject,
            step: Step::Send,
            kind,
            certainty: Certainty::Unknown,
        }
    }

    #[test]
    fn a_lane_shuts_opens_for_one_and_opens() {
        let clock = TestClock::default();
        let (ambient, lanes) = (clock.ambient(1), Lanes::default());
        let lane = ConnectionId::generate(&ambient);
        let away = failure(Kind::Unreachable(Unreachable::TimedOut));
        assert_eq!(lanes.failed(&ambient, lane, &away), None);
        assert_eq!(lanes.failed(&ambient, lane, &away), None);
        let until = lanes.failed(&ambient, lane, &away).expect("three in a row");
        assert!(matches!(lanes.gate(lane, ambient.now()), Gate::Shut(end, why) if end == until && !why.is_empty()));
        assert_eq!(lanes.gate(ConnectionId::generate(&ambient), ambient.now()), Gate::Open, "the others go on");
        clock.advance(Duration::from_secs(1));
        assert_eq!(lanes.gate(lane, ambient.now()), Gate::Trial);
        lanes.succeeded(lane);
        assert_eq!(lanes.gate(lane, ambient.now()), Gate::Open);
    }

    #[test]
    fn what_is_wrong_with_one_lease_shuts_no_lane() {
        let (ambient, lanes) = (TestClock::default().ambient(1), Lanes::default());
        let lane = ConnectionId::generate(&ambient);
        let held = failure(Kind::Held { object: "Secret `a`".to_owned(), finalizers: "x".to_owned() });
        for _ in 0..10 {
            assert_eq!(lanes.failed(&ambient, lane, &held), None);
        }
        assert_eq!(lanes.gate(lane, ambient.now()), Gate::Open);
    }

    #[test]
    fn a_lease_of_another_cluster_neither_shuts_nor_opens_a_lane() {
        let clock = TestClock::default();
        let (ambient, lanes) = (clock.ambient(1), Lanes::default());
        let lane = ConnectionId::generate(&ambient);
        let strange = [Kind::OtherCluster, Kind::Unrecognized { why: "nothing".to_owned() }].map(failure);
        for _ in 0..10 {
            assert!(strange.iter().all(|why| lanes.failed(&ambient, lane, why).is_none()));
        }
        assert_eq!(lanes.gate(lane, ambient.now()), Gate::Open);
        let away = failure(Kind::Unreachable(Unreachable::TimedOut));
        for _ in 0..FAILURES_TO_SHUT {
            lanes.failed(&ambient, lane, &away);
        }
        lanes.failed(&ambient, lane, &strange[0]);
        assert!(matches!(lanes.gate(lane, ambient.now()), Gate::Shut(..)));
    }

    #[test]
    fn what_fails_together_makes_no_longer_pause_than_one_failure() {
        let (ambient, lanes) = (TestClock::default().ambient(1), Lanes::default());
        let lane = ConnectionId::generate(&ambient);
        let away = failure(Kind::Unreachable(Unreachable::TimedOut));
        let ends: Vec<Timestamp> = (0..32).filter_map(|_| lanes.failed(&ambient, lane, &away)).collect();
        assert!(ends.iter().all(|end| end.duration_since(ambient.now()) <= FIRST_PAUSE), "{ends:?}");
    }

    #[test]
    fn a_gateway_that_is_away_shuts_its_lane_at_once_and_never_for_long() {
        let clock = TestClock::default();
        let (ambient, lanes) = (clock.ambient(1), Lanes::default());
        let lane = ConnectionId::generate(&ambient);
        let (leg, code) = ("server".to_owned(), GatewayFault::OFFLINE.to_owned());
        let fault = GatewayFault { leg, code, message: "the gateway is offline".to_owned() };
        let away = ClusterError { certainty: Certainty::NeverSent, ..failure(Kind::Gateway(fault)) };
        for _ in 0..100 {
            let until = lanes.failed(&ambient, lane, &away).expect("it is shut");
            assert_eq!(until.duration_since(ambient.now()), PARKED);
            assert!(lanes.is_certainly_shut(lane, ambient.now()));
            clock.advance(Duration::from_secs(20));
            assert_eq!(lanes.gate(lane, ambient.now()), Gate::Trial);
        }
        // It was asked, and nobody knows what it did: that is a failure like any other.
        let broke = ClusterError { certainty: Certainty::Unknown, ..away };
        lanes.succeeded(lane);
        assert_eq!(lanes.failed(&ambient, lane, &broke), None);
    }

    #[test]
    fn a_cluster_that_asks_for_time_gets_it() {
        let (ambient, lanes) = (TestClock::default().ambient(1), Lanes::default());
        let lane = ConnectionId::generate(&ambient);
        let busy = failure(Kind::Busy { retry_after_seconds: Some(7) });
        let until = lanes.failed(&ambient, lane, &busy).unwrap();
        assert_eq!(until.duration_since(ambient.now()), SignedDuration::from_secs(7));
    }

    #[test]
    fn pauses_grow_to_a_quarter_of_an_hour() {
        let ambient = TestClock::default().ambient(1);
        for attempts in 0..64 {
            let pause = next_attempt(&ambient, attempts).duration_since(ambient.now());
            assert!(pause >= SignedDuration::from_millis(500) && pause <= LONGEST_PAUSE, "{attempts}: {pause:?}");
        }
        let late = next_attempt(&ambient, 63).duration_since(ambient.now());
        assert!(late >= SignedDuration::from_secs(450), "{late:?}");
    }
}
