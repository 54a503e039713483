//! What must hold at every moment, whatever is in motion.

use std::{collections::BTreeMap, time::Duration};

use jiff::{SignedDuration, Timestamp};
use mayfly_domain::{
    ids::LeaseId,
    lease::{EndReason, Lease, LeaseState, Outcome},
    plan::{INSTALLATION_LABEL, LEASE_LABEL},
    ttl::EndsWhen,
};
use mayfly_testkit::fake_cluster::{FakeObject, LiveToken};

use crate::world::{World, strangers::Strangers};

/// How long the cluster goes on accepting what it accepted a moment ago.
pub(super) const TOKEN_CACHE: Duration = Duration::from_secs(10);

/// What was seen so far.
#[derive(Default)]
pub(super) struct Motion {
    /// When each lease was first seen to have ended, by the cluster's clock.
    ended: BTreeMap<LeaseId, Timestamp>,
    states: BTreeMap<LeaseId, &'static str>,
}

impl Motion {
    /// Looks, and tells what is wrong.
    pub(super) fn look(
        &mut self,
        world: &World,
        leases: &[Lease],
        strangers: &Strangers,
        installation: &str,
    ) -> Vec<String> {
        let now = jiff_now(world);
        let mut faults = strangers.touched(&world.cluster);
        for object in world.cluster.objects() {
            let is_ours = object.labels.get(INSTALLATION_LABEL).is_some_and(|label| label == installation);
            if is_ours && !strangers.contain(&object) {
                faults.extend(unexplained(&object, leases));
            }
        }
        for lease in leases {
            faults.extend(self.moved_wrongly(lease));
            faults.extend(ended_early(lease, now));
            if matches!(lease.state, LeaseState::Ended { .. }) {
                self.ended.entry(lease.id).or_insert(now);
            }
        }
        let tokens = world.cluster.live_tokens();
        faults.extend(leases.iter().filter_map(|lease| self.outlived(lease, &tokens, now)));
        faults
    }

    /// I5: only along the arrows.
    fn moved_wrongly(&mut self, lease: &Lease) -> Option<String> {
        let state = lease.state.name();
        let before = self.states.insert(lease.id, state).unwrap_or("reserved");
        let order =
            |name: &str| ["reserved", "active", "closed", "ending", "ended"].iter().position(|one| *one == name);
        (order(before) > order(state)).then(|| format!("I5: lease {} went from {before} to {state}", lease.id))
    }

    /// I3: the token of a lease that ended is refused once the cluster looks again.
    fn outlived(&self, lease: &Lease, tokens: &[LiveToken], now: Timestamp) -> Option<String> {
        let since = self.ended.get(&lease.id)?;
        let is_over = now.duration_since(*since) > SignedDuration::try_from(TOKEN_CACHE).expect("a short time");
        let is_removed = lease.ends_when == EndsWhen::Deleted;
        let is_accepted = tokens.iter().any(|token| is_of(token, lease));
        (is_over && is_removed && is_accepted)
            .then(|| format!("I3: the token of lease {} is accepted, which ended at {since}", lease.id))
    }
}

fn jiff_now(world: &World) -> Timestamp {
    use mayfly_domain::clock::Clock as _;
    world.clock.now()
}

/// Tokens are known by what they are bound to, since nobody may have seen them.
fn is_of(token: &LiveToken, lease: &Lease) -> bool {
    lease.plan.objects().iter().any(|object| {
        let name = object.name.as_str();
        token.account == name || token.secret.as_deref() == Some(name)
    })
}

/// I1, I4: a row says that it may be there.
fn unexplained(object: &FakeObject, leases: &[Lease]) -> Option<String> {
    let label = object.labels.get(LEASE_LABEL);
    let lease = leases.iter().find(|lease| label == Some(&lease.id.to_string()));
    let told = match lease.map(|lease| lease.state.name()) {
        Some("reserved" | "active" | "ending") => return None,
        Some(state) => format!("its lease is {state}"),
        None => "it has no row".to_owned(),
    };
    Some(format!("I1: {} {} is there, and {told}", object.kind.name(), object.name))
}

/// Time ends no lease before its end, by the cluster's clock.
fn ended_early(lease: &Lease, now: Timestamp) -> Option<String> {
    let is_due = match &lease.state {
        LeaseState::Ending { reason, .. } => *reason == EndReason::Due,
        LeaseState::Ended { outcome, .. } => *outcome == Outcome::Expired,
        LeaseState::Reserved { .. } | LeaseState::Active { .. } | LeaseState::Closed { .. } => false,
    };
    (is_due && now < lease.expire_at)
        .then(|| format!("lease {} was ended as due at {now}, before {}", lease.id, lease.expire_at))
}
