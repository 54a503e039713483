//! Whether rows explain everything there is, and nothing more: to be asked when nothing is in motion.
//!
//! The numbers are those of the invariants that every part of the product is held to.

use std::collections::{BTreeMap, BTreeSet};

use jiff::SignedDuration;
use mayfly_domain::{
    ids::LeaseId,
    lease::{Lease, LeaseState, Outcome},
    plan::INSTALLATION_LABEL,
    ttl::EndsWhen,
};
use serde_json::Value;

use crate::fake_cluster::{FakeObject, LiveToken};

/// Kinds of events by the lease they tell of, oldest first.
pub type Told = BTreeMap<String, Vec<String>>;

/// Of all events, each a kind and its fields, those that tell of one lease.
pub fn told(events: impl IntoIterator<Item = (String, Value)>) -> Told {
    let mut told = Told::new();
    // A look changes nothing.
    let is_arrow = |kind: &str| kind.contains("dynamic-secret-lease") && kind != "get-dynamic-secret-lease";
    for (kind, fields) in events.into_iter().filter(|(kind, _)| is_arrow(kind)) {
        if let Some(lease) = fields.get("leaseId").and_then(Value::as_str) {
            told.entry(lease.to_owned()).or_default().push(kind);
        }
    }
    told
}

/// Rows, events and cluster at one moment.
#[derive(Debug)]
pub struct Picture {
    /// Every row.
    pub leases: Vec<Lease>,
    /// Every event about a lease.
    pub events: Told,
    /// What is in the cluster; of strangers, as much as one likes.
    pub objects: Vec<FakeObject>,
    /// Tokens that the cluster accepts, where it can say so.
    pub tokens: Vec<LiveToken>,
    /// The account whose tokens can be issued without an object, as namespace and name.
    pub account: (String, String),
    /// Whose the rows are.
    pub installation: String,
    /// UIDs of objects that look like ours and are not.
    pub strangers: BTreeSet<String>,
    /// How far wall clocks were put back in all: what was due may be finished at an earlier time than it was due.
    pub behind: SignedDuration,
    /// Leases of which somebody else removed something.
    pub robbed: BTreeSet<LeaseId>,
    /// UIDs of objects that wait for a sweep, and `jti` of tokens that nobody can know of any more.
    pub excused: BTreeSet<String>,
}

impl Picture {
    /// Everything that is wrong with it.
    pub fn faults(&self) -> Vec<String> {
        let there: BTreeSet<&str> = self.objects.iter().map(|object| object.uid.as_str()).collect();
        let mut faults = self.objects_left();
        faults.extend(self.leases.iter().flat_map(|lease| self.faults_of(lease, &there)));
        faults.extend(self.tokens_left());
        faults.extend(self.events_of_nobody());
        faults
    }

    /// I1, I3: whatever is ours belongs to a lease that is active.
    fn objects_left(&self) -> Vec<String> {
        let known: BTreeSet<&str> = self.leases.iter().filter_map(active_objects).flatten().collect();
        let ours = |object: &&FakeObject| {
            object.labels.get(INSTALLATION_LABEL) == Some(&self.installation)
                && !self.strangers.contains(&object.uid)
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
        let is_left = |token: &&LiveToken| token.namespace == self.account.0 && !is_known(&token.jti);
        let is_free = |token: &&LiveToken| token.secret.is_none() && token.account == self.account.1;
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

    fn faults_of(&self, lease: &Lease, there: &BTreeSet<&str>) -> Vec<String> {
        let mut faults = self.events_of(lease);
        match &lease.state {
            LeaseState::Reserved { .. } | LeaseState::Ending { .. } => {
                faults.push(format!("I26: lease {} is {} for ever", lease.id, lease.state.name()));
            }
            LeaseState::Active { .. } if self.robbed.contains(&lease.id) => {}
            LeaseState::Active { .. } => faults.extend(missing(lease, there)),
            LeaseState::Ended { outcome: Outcome::Expired, ended_at, .. }
                if *ended_at + self.behind < lease.expire_at =>
            {
                faults.push(format!("lease {} ended {ended_at}, before its time {}", lease.id, lease.expire_at));
            }
            LeaseState::Closed { .. } | LeaseState::Ended { .. } => {}
        }
        faults
    }

    /// I12: one event for each arrow.
    fn events_of(&self, lease: &Lease) -> Vec<String> {
        let id = lease.id.to_string();
        let (delays, mut told): (Vec<&str>, Vec<&str>) =
            self.events.get(&id).into_iter().flatten().map(|kind| short(kind)).partition(|kind| *kind == "delay");
        // Events of one moment have no order.
        told.sort_unstable();
        let mut faults = Vec::new();
        if !arrows(lease).contains(&told) {
            faults.push(format!("I12: lease {id} is {:?}, and its events are {told:?}", lease.state.name()));
        }
        if delays.len() > 1 {
            faults.push(format!("I12: lease {id} has {} events of its delay", delays.len()));
        }
        faults
    }

    /// I12: no event without its row.
    fn events_of_nobody(&self) -> Vec<String> {
        let known: BTreeSet<String> = self.leases.iter().map(|lease| lease.id.to_string()).collect();
        let lost = self.events.keys().filter(|lease| !known.contains(*lease));
        lost.map(|lease| format!("I12: events tell of lease {lease}, which has no row")).collect()
    }
}

/// An active lease has everything that was planned for it.
fn missing(lease: &Lease, there: &BTreeSet<&str>) -> Option<String> {
    let found = active_objects(lease).unwrap_or_default().into_iter().filter(|uid| there.contains(uid)).count();
    let planned = lease.plan.objects().len();
    (found != planned).then(|| format!("active lease {} has {found} of its {planned} objects", lease.id))
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
        // Nothing was left to remove where the cluster refused the first step; somebody may have ended what was being issued.
        (LeaseState::Ended { .. }, false) if has_objects => {
            vec![vec!["fail"], vec!["clean-up", "fail"], vec!["delete", "fail"], vec!["clean-up", "delete", "fail"]]
        }
        (LeaseState::Ended { .. }, false) => vec![vec!["fail"], vec!["delete", "fail"]],
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
