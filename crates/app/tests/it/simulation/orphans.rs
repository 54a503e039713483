//! Objects of ours that no lease explains and that are there all the same, by no fault of the servers: the database was
//! put back to an earlier time, somebody put an object back, or a call came to pass when its caller had given it up.
//! They are for the sweep, which may take its time, and has to keep to its rules.

use std::{
    cell::Cell,
    collections::{BTreeMap, BTreeSet},
    rc::Rc,
};

use jiff::{SignedDuration, Timestamp};
use mayfly_domain::{
    lease::Lease,
    plan::{LEASE_LABEL, ObjectKind},
};
use mayfly_testkit::fake_cluster::{FakeCluster, FakeObject};

use super::weather::Late;

/// Nothing is swept that is younger: a request of 8 s, 5 s of grace, and 120 s. A time of creation has whole seconds.
const YOUNG: SignedDuration = SignedDuration::from_secs(8 + 5 + 120 - 1);
/// Of so many nobody is asked, nor of one in ten up to the most.
const FEW: usize = 3;
const ONE_IN: usize = 10;
const MOST: usize = 20;

#[derive(Default)]
pub(super) struct Orphans {
    /// When each was made, by its UID.
    known: BTreeMap<String, Timestamp>,
    /// Those that may become orphans: made in a moment in which something came to pass late.
    late: BTreeSet<String>,
    /// Everything of ours that was ever seen.
    seen: BTreeSet<String>,
    /// Calls that were let through late since the last look.
    late_calls: Late,
    pub(super) sweeps: Sweeps,
    /// How many were swept away.
    pub(super) swept: usize,
}

/// The sweeps that are running.
#[derive(Default)]
pub(super) struct Sweeps {
    few: Rc<Cell<usize>>,
    approved: Rc<Cell<usize>>,
    /// Of both kinds, what ran at any time since the last look.
    ran: Cell<(bool, bool)>,
}

/// What a sweep may do.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum May {
    SweepFew,
    SweepAll,
}

/// Counts as a running sweep until it is dropped.
pub(super) struct Running(Rc<Cell<usize>>);

impl Sweeps {
    pub(super) fn begin(&self, may: May) -> Running {
        let (few, approved) = self.ran.get();
        self.ran.set((few || may == May::SweepFew, approved || may == May::SweepAll));
        let counter = if may == May::SweepFew { &self.few } else { &self.approved };
        counter.set(counter.get() + 1);
        Running(Rc::clone(counter))
    }

    /// What ran since the last look.
    fn take(&self) -> (bool, bool) {
        self.ran.replace((self.few.get() > 0, self.approved.get() > 0))
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.0.set(self.0.get() - 1);
    }
}

impl Orphans {
    /// These calls were let through since the last look.
    pub(super) fn expect_late(&mut self, calls: Late) {
        self.late_calls = calls;
    }

    /// One more.
    pub(super) fn add(&mut self, cluster: &FakeCluster, object: &FakeObject) {
        self.known.insert(object.uid.clone(), created_at(cluster, object));
    }

    /// Somebody else takes it away.
    pub(super) fn forget(&mut self, uid: &str) {
        self.known.remove(uid);
    }

    pub(super) fn contain(&self, object: &FakeObject) -> bool {
        self.known.contains_key(&object.uid)
    }

    pub(super) fn uids(&self) -> impl Iterator<Item = &String> {
        self.known.keys()
    }

    /// Looks at everything of ours, and tells what is wrong. `labelled` is how much bears our label, forgeries included.
    pub(super) fn look(
        &mut self,
        cluster: &FakeCluster,
        (ours, labelled): (&[FakeObject], usize),
        leases: &[Lease],
        now: Timestamp,
    ) -> Vec<String> {
        let is_late = self.late_calls.made > 0;
        let mut faults = Vec::new();
        for object in ours {
            if self.seen.insert(object.uid.clone()) && is_late {
                self.late.insert(object.uid.clone());
            }
            if self.known.contains_key(&object.uid) {
                continue;
            }
            let Some(why) = unexplained(object, leases) else { continue };
            if self.late.contains(&object.uid) {
                self.add(cluster, object);
            } else {
                faults.push(why);
            }
        }
        faults.extend(self.gone(ours, labelled, now));
        faults
    }

    /// What a sweep may not have done.
    fn gone(&mut self, ours: &[FakeObject], labelled: usize, now: Timestamp) -> Vec<String> {
        let is_there = |uid: &String| ours.iter().any(|object| object.uid == *uid);
        let gone: Vec<(String, Timestamp)> = self.known.extract_if(.., |uid, _| !is_there(uid)).collect();
        let (few, approved) = self.sweeps.take();
        // Whoever was in the middle of ending its lease may have removed it too, at once or late.
        if (!few && !approved) || self.late_calls.removed > 0 {
            return Vec::new();
        }
        self.swept += gone.len();
        let young = gone.iter().filter(|(_, created_at)| now.duration_since(*created_at) < YOUNG);
        let mut faults: Vec<String> = young
            .map(|(uid, created_at)| format!("orphan {uid} of {created_at} was swept at {now}: too young"))
            .collect();
        let (count, found) = (gone.len(), labelled + gone.len());
        if !approved && (count > MOST || (count > FEW && count * ONE_IN > found)) {
            faults.push(format!("{count} of {found} objects were swept, and nobody was asked"));
        }
        faults
    }
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

/// Whether a sweep can see it: secrets are never listed.
pub(super) const fn is_swept(kind: ObjectKind) -> bool {
    !matches!(kind, ObjectKind::Secret)
}

fn created_at(cluster: &FakeCluster, object: &FakeObject) -> Timestamp {
    let body = cluster.object(object.kind, object.namespace.as_deref(), &object.name).expect("it is there");
    body["metadata"]["creationTimestamp"].as_str().expect("a time").parse().expect("a time")
}
