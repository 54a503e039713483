//! Whether rows explain everything there is, and nothing more: to be asked when nothing is in motion.
//!
//! The numbers are those of the invariants that every part of the product is held to.

use std::collections::BTreeSet;

use jiff::SignedDuration;
use mayfly_domain::{
    ids::LeaseId,
    lease::{Lease, LeaseState, Outcome},
    plan::INSTALLATION_LABEL,
    ttl::EndsWhen,
};
use mayfly_testkit::fake_cluster::{FakeCluster, FakeObject, LiveToken};

use super::{Server, World, strangers::Strangers};

/// Rows, events and cluster at one moment.
pub(crate) struct Picture {
    pub(crate) leases: Vec<Lease>,
    pub(crate) events: Vec<(String, String)>,
    pub(crate) objects: Vec<FakeObject>,
    pub(crate) tokens: Vec<LiveToken>,
    pub(crate) installation: String,
    /// How far wall clocks were put back in all: what was due may be finished at an earlier time than it was due.
    pub(crate) behind: SignedDuration,
    /// Leases of which somebody else removed something.
    pub(crate) robbed: BTreeSet<LeaseId>,
    /// UIDs of objects that wait for a sweep, and `jti` of tokens that nobody can know of any more.
    pub(crate) excused: BTreeSet<String>,
}

impl Picture {
    pub(crate) async fn take(world: &World, server: &Server) -> Self {
        Self {
            leases: server.leases(world).await,
            events: server.events().await,
            objects: world.cluster.objects(),
            tokens: world.cluster.live_tokens(),
            installation: server.store.installation().to_string(),
            behind: SignedDuration::from_secs(world.wall.seconds_behind()),
            robbed: BTreeSet::new(),
            excused: BTreeSet::new(),
        }
    }

    /// Everything that is wrong with it.
    pub(crate) fn faults(&self, cluster: &FakeCluster, strangers: &Strangers) -> Vec<String> {
        let mut faults = strangers.touched(cluster);
        faults.extend(self.objects_left(strangers));
        faults.extend(self.leases.iter().flat_map(|lease| self.faults_of(lease)));
        faults.extend(self.tokens_left());
        faults
    }

    /// I1, I3: whatever is ours belongs to a lease that is active.
    fn objects_left(&self, strangers: &Strangers) -> Vec<String> {
        let known: BTreeSet<&str> = self.leases.iter().filter_map(active_objects).flatten().collect();
        let ours = |object: &&FakeObject| {
            object.labels.get(INSTALLATION_LABEL) == Some(&self.installation)
                && !strangers.contain(object)
                && !self.excused.contains(&object.uid)
        };
        let left = self.objects.iter().filter(ours).filter(|object| !known.contains(object.uid.as_str()));
        left.map(|object| format!("I1: {} {} is explained by no lease", object.kind.name(), object.name)).collect()
    }

    /// I3: a token that can be taken back is accepted only while its lease is active. One that cannot has a row that
    /// knows of it.
    fn tokens_left(&self) -> Vec<String> {
        let of = |lease: &Lease| lease.state.grant().and_then(|grant| grant.jti.clone());
        let is_good = |lease: &&Lease| matches!(lease.state, LeaseState::Active { .. }) || is_plain(lease);
        let good: BTreeSet<String> = self.leases.iter().filter(is_good).filter_map(of).collect();
        let is_known = |jti: &String| good.contains(jti) || self.excused.contains(jti);
        let is_left = |token: &&LiveToken| token.namespace == super::NAMESPACE && !is_known(&token.jti);
        let is_free = |token: &&LiveToken| token.secret.is_none() && token.account == super::shape::ACCOUNT;
        let (free, bound): (Vec<_>, Vec<_>) = self.tokens.iter().filter(is_left).partition(is_free);
        let told =
            |token: &LiveToken| format!("I3: a token of {} is accepted that no active lease explains", token.account);
        let mut faults: Vec<String> = bound.into_iter().map(told).collect();
        let lost = self.leases.iter().filter(|lease| is_plain(lease) && lease.state.grant().is_none()).count();
        if free.len() > lost {
            faults.push(format!("{} tokens are accepted, and rows explain {lost}", free.len()));
        }
        faults
    }

    fn faults_of(&self, lease: &Lease) -> Vec<String> {
        let mut faults = self.events_of(lease);
        match &lease.state {
            LeaseState::Reserved { .. } | LeaseState::Ending { .. } => {
                faults.push(format!("I26: lease {} is {} for ever", lease.id, lease.state.name()));
            }
            LeaseState::Active { .. } if self.robbed.contains(&lease.id) => {}
            LeaseState::Active { .. } => faults.extend(self.missing(lease)),
            LeaseState::Ended { outcome: Outcome::Expired, ended_at, .. }
                if *ended_at + self.behind < lease.expire_at =>
            {
                faults.push(format!("lease {} ended {ended_at}, before its time {}", lease.id, lease.expire_at));
            }
            LeaseState::Closed { .. } | LeaseState::Ended { .. } => {}
        }
        faults
    }

    /// An active lease has everything that was planned for it.
    fn missing(&self, lease: &Lease) -> Vec<String> {
        let known: Vec<&str> = active_objects(lease).unwrap_or_default();
        let is_there = |uid: &&str| self.objects.iter().any(|object| object.uid == **uid);
        let there = known.iter().filter(|uid| is_there(uid)).count();
        let planned = lease.plan.objects().len();
        let told = || format!("active lease {} has {there} of its {planned} objects", lease.id);
        (there != planned).then(told).into_iter().collect()
    }

    /// I12: one event for each arrow.
    fn events_of(&self, lease: &Lease) -> Vec<String> {
        let id = lease.id.to_string();
        let about = self.events.iter().filter(|(_, text)| text.contains(&id)).map(|(kind, _)| short(kind));
        let mut told: Vec<&str> = about.filter(|kind| *kind != "delay").collect();
        // Events of one moment have no order.
        told.sort_unstable();
        let delays = self.events.iter().filter(|(kind, text)| short(kind) == "delay" && text.contains(&id)).count();
        let mut faults = Vec::new();
        if !arrows(lease).contains(&told) {
            faults.push(format!("I12: lease {id} is {:?}, and its events are {told:?}", lease.state.name()));
        }
        if delays > 1 {
            faults.push(format!("I12: lease {id} has {delays} events of its delay"));
        }
        faults
    }
}

fn is_plain(lease: &Lease) -> bool {
    lease.ends_when == EndsWhen::Expired
}

fn short(kind: &str) -> &str {
    kind.strip_suffix("-dynamic-secret-lease").or(kind.strip_suffix("-dynamic-secret-lease-clean-up")).unwrap_or(kind)
}

/// The events that a lease in this state may have, by name.
fn arrows(lease: &Lease) -> Vec<Vec<&'static str>> {
    let has_objects = lease.ends_when == EndsWhen::Deleted;
    match (&lease.state, lease.state.grant().is_some()) {
        // Nothing is in motion when this is asked: such a lease is a fault of its own.
        (LeaseState::Reserved { .. } | LeaseState::Ending { .. }, _) => vec![],
        (LeaseState::Active { .. }, _) => vec![vec!["create"]],
        (LeaseState::Closed { .. }, _) => vec![vec!["create", "delete"]],
        (LeaseState::Ended { .. }, true) if has_objects => {
            vec![vec!["clean-up", "create", "expire"], vec!["clean-up", "create", "delete"]]
        }
        (LeaseState::Ended { .. }, true) => vec![vec!["create", "expire"], vec!["create", "delete", "expire"]],
        // Nothing was left to remove where the cluster refused the first step.
        (LeaseState::Ended { .. }, false) if has_objects => vec![vec!["fail"], vec!["clean-up", "fail"]],
        (LeaseState::Ended { .. }, false) => vec![vec!["fail"]],
    }
}

fn active_objects(lease: &Lease) -> Option<Vec<&str>> {
    match &lease.state {
        LeaseState::Active { grant } => Some(grant.objects.iter().filter_map(|object| object.uid.as_deref()).collect()),
        LeaseState::Reserved { .. }
        | LeaseState::Closed { .. }
        | LeaseState::Ending { .. }
        | LeaseState::Ended { .. } => None,
    }
}
