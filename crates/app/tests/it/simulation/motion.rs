//! What must hold at every moment, whatever is in motion.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use jiff::{SignedDuration, Timestamp};
use mayfly_domain::{
    clock::Clock as _,
    ids::LeaseId,
    lease::{EndReason, Lease, LeaseState, Outcome},
    plan::INSTALLATION_LABEL,
    ttl::EndsWhen,
};
use mayfly_testkit::fake_cluster::{FakeObject, LiveToken};

use super::orphans::Orphans;
use crate::world::{NAMESPACE, World, strangers::Strangers};

/// How long the cluster goes on accepting what it accepted a moment ago.
pub(super) const TOKEN_CACHE: Duration = Duration::from_secs(10);

/// What was seen so far.
#[derive(Default)]
pub(super) struct Motion {
    /// When each lease was first seen to have ended, by the cluster's clock.
    ended: BTreeMap<LeaseId, Timestamp>,
    states: BTreeMap<LeaseId, &'static str>,
    /// When each lease ends at the latest, as was said before.
    ends: BTreeMap<LeaseId, Timestamp>,
    /// Leases of which somebody else removed something.
    pub(super) robbed: BTreeSet<LeaseId>,
    pub(super) orphans: Orphans,
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
        let now = world.clock.now();
        let mut faults = strangers.touched(&world.cluster);
        let is_labelled =
            |object: &FakeObject| object.labels.get(INSTALLATION_LABEL).is_some_and(|is| is == installation);
        let labelled: Vec<FakeObject> = world.cluster.objects().into_iter().filter(is_labelled).collect();
        let all = labelled.len();
        let ours: Vec<FakeObject> = labelled.into_iter().filter(|object| !strangers.contain(object)).collect();
        faults.extend(ours.iter().filter_map(outside));
        faults.extend(self.orphans.look(&world.cluster, (&ours, all), leases, now));
        let uids: BTreeSet<&str> = ours.iter().map(|object| object.uid.as_str()).collect();
        for lease in leases {
            faults.extend(self.moved_wrongly(lease));
            faults.extend(self.extended(lease));
            faults.extend(ended_early(lease, now));
            faults.extend(self.incomplete(lease, &uids));
            if matches!(lease.state, LeaseState::Ended { .. }) {
                self.ended.entry(lease.id).or_insert(now);
            }
        }
        let tokens = world.cluster.live_tokens();
        faults.extend(leases.iter().filter_map(|lease| self.outlived(lease, &tokens, now)));
        faults
    }

    /// The rows are those of an earlier time: what was seen of them since counts for nothing.
    pub(super) fn forget_rows(&mut self) {
        self.ended.clear();
        self.states.clear();
        self.ends.clear();
    }

    /// I5: only along the arrows.
    fn moved_wrongly(&mut self, lease: &Lease) -> Option<String> {
        let state = lease.state.name();
        let before = self.states.insert(lease.id, state).unwrap_or("reserved");
        let order =
            |name: &str| ["reserved", "active", "closed", "ending", "ended"].iter().position(|one| *one == name);
        (order(before) > order(state)).then(|| format!("I5: lease {} went from {before} to {state}", lease.id))
    }

    /// I19: whatever clocks do, no lease comes to end later than was said.
    fn extended(&mut self, lease: &Lease) -> Option<String> {
        let before = self.ends.insert(lease.id, lease.expire_at)?;
        (before < lease.expire_at)
            .then(|| format!("I19: lease {} was to end {before}, and now {}", lease.id, lease.expire_at))
    }

    /// Nothing of an active lease is taken away.
    fn incomplete(&self, lease: &Lease, uids: &BTreeSet<&str>) -> Option<String> {
        let LeaseState::Active { grant } = &lease.state else { return None };
        let is_gone = |uid: &str| !uids.contains(uid);
        let gone = grant.objects.iter().find(|object| object.uid.as_deref().is_some_and(is_gone))?;
        (!self.robbed.contains(&lease.id)).then(|| format!("{gone} of active lease {} is gone", lease.id))
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

/// Tokens are known by what they are bound to, since nobody may have seen them.
fn is_of(token: &LiveToken, lease: &Lease) -> bool {
    lease.plan.objects().iter().any(|object| {
        let name = object.name.as_str();
        token.account == name || token.secret.as_deref() == Some(name)
    })
}

/// I9: nothing is made outside the namespaces that leases are for.
fn outside(object: &FakeObject) -> Option<String> {
    let namespace = object.namespace.as_deref().filter(|namespace| *namespace != NAMESPACE)?;
    Some(format!("I9: {} {} is in {namespace}", object.kind.name(), object.name))
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
