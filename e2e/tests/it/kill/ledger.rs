//! What must be so after all that happened.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use mayfly_api::{
    audit_logs::AuditLog,
    leases::{IssuedLease, Lease},
};
use mayfly_e2e::Scene;
use mayfly_testkit::claims::jti;

use super::{
    load::{End, Told},
    tally::Tally,
};

const CREATED: &str = "create-dynamic-secret-lease";
const ENDED: &str = "delete-dynamic-secret-lease";
const FAILED: &str = "fail-dynamic-secret-lease";

/// How far a wish had come when the server was killed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Phase {
    BeforeReservation,
    Reserved,
    ClusterCalled,
    Activated,
    Answered,
}

impl Phase {
    const ALL: [Self; 5] =
        [Self::BeforeReservation, Self::Reserved, Self::ClusterCalled, Self::Activated, Self::Answered];
}

/// What the callers were told in all rounds, and where the kills hit.
pub(super) struct Ledger {
    answered: Vec<(IssuedLease, End)>,
    tally: Tally<Phase>,
    newest: Option<String>,
    /// `jti`s that leases tell of.
    told: BTreeSet<String>,
    /// Tokens that no lease tells of, as far as they are counted.
    orphans: usize,
}

impl Ledger {
    pub(super) fn new() -> Self {
        let (answered, told) = (Vec::new(), BTreeSet::new());
        Self { answered, tally: Tally::of(&Phase::ALL), newest: None, told, orphans: 0 }
    }

    /// Looks at what a killed server left, before the loop can have resolved it.
    pub(super) async fn check_round(&mut self, scene: &Scene, told: Vec<Told>, made: &[String]) {
        let leases = scene.client.leases(&scene.project_slug, None, self.newest.as_deref()).await.unwrap();
        let by_reason: HashMap<&str, &Lease> =
            leases.iter().map(|lease| (lease.reason.as_deref().unwrap(), lease)).collect();
        assert_eq!(by_reason.len(), leases.len(), "a wish was carried out twice");
        let mut hits: BTreeMap<Phase, usize> = BTreeMap::new();
        for wish in &told {
            *hits.entry(phase(wish, by_reason.get(wish.reason.as_str()).copied())).or_default() += 1;
        }
        // Which of the reserved had reached the cluster is told by the cluster.
        let reserved = hits.remove(&Phase::Reserved).unwrap_or(0);
        let called = self.new_orphans(&leases, made, reserved);
        hits.extend([(Phase::ClusterCalled, called), (Phase::Reserved, reserved - called)]);
        self.tally.note(&hits);
        self.newest = leases.first().map(|lease| lease.id.clone()).or(self.newest.take());
        let answered = told.into_iter().filter_map(|wish| Some((wish.answer?, wish.end))).collect::<Vec<_>>();
        for (issued, end) in &answered {
            check_answer(issued, *end, leases.iter().find(|lease| lease.id == issued.lease.id));
        }
        self.answered.extend(answered);
    }

    /// How many tokens no lease tells of and none did before. One may come to light a round later, when the cluster was
    /// still at it; [`check_everything`](Self::check_everything) counts them strictly.
    fn new_orphans(&mut self, leases: &[Lease], made: &[String], most: usize) -> usize {
        self.told.extend(leases.iter().filter_map(|lease| lease.jti.clone()));
        let all = made.iter().filter(|jti| !self.told.contains(*jti)).count();
        let new = (all - self.orphans).min(most);
        self.orphans += new;
        new
    }

    /// Holds the whole history against the whole audit log, the callers and the cluster.
    pub(super) fn check_everything(&self, leases: &[Lease], events: &[AuditLog], made: &[String]) {
        let by_id: HashMap<&str, &Lease> = leases.iter().map(|lease| (lease.id.as_str(), lease)).collect();
        for (issued, end) in &self.answered {
            check_answer(issued, *end, by_id.get(issued.lease.id.as_str()).copied());
        }
        let mut expected: Vec<(&str, &str)> = leases.iter().flat_map(story).collect();
        let mut found: Vec<(&str, &str)> = events.iter().filter_map(told_by).collect();
        expected.sort_unstable();
        found.sort_unstable();
        let differ =
            |one: &[(&str, &str)], other: &[(&str, &str)]| one.iter().filter(|line| !other.contains(line)).count();
        assert!(
            expected == found,
            "{} changes without their event, {} events without their change, {} changes and {} events in all",
            differ(&expected, &found),
            differ(&found, &expected),
            expected.len(),
            found.len(),
        );
        let ids: BTreeSet<&str> = events.iter().map(|event| event.id.as_str()).collect();
        assert_eq!(ids.len(), events.len(), "an event was read twice");
        check_tokens(leases, made);
    }

    /// Where the kills hit.
    pub(super) const fn tally(&self) -> &Tally<Phase> {
        &self.tally
    }
}

fn phase(wish: &Told, lease: Option<&Lease>) -> Phase {
    match (&wish.answer, lease) {
        (Some(_), Some(_)) => Phase::Answered,
        (Some(issued), None) => panic!("the answered lease {} is lost", issued.lease.id),
        (None, None) => Phase::BeforeReservation,
        (None, Some(lease)) => match lease.state.as_str() {
            "active" => Phase::Activated,
            "reserved" | "ended" => Phase::Reserved,
            other => panic!("a lease that nobody has is {other}"),
        },
    }
}

fn check_answer(issued: &IssuedLease, end: End, found: Option<&Lease>) {
    let told = &issued.lease;
    let found = found.unwrap_or_else(|| panic!("the answered lease {} is lost", told.id));
    let states: &[&str] = match end {
        End::NotTried => &["active"],
        End::Tried => &["active", "closed"],
        End::Answered => &["closed"],
    };
    assert!(states.contains(&found.state.as_str()), "{} is {}, want {states:?}", found.id, found.state);
    assert_eq!(found.jti, Some(jti(Scene::token(issued).unwrap())), "the lease tells of another token");
    assert_eq!((&found.jti, &found.expire_at), (&told.jti, &told.expire_at));
    assert_eq!(found.token_expires_at, told.token_expires_at);
}

/// The events that a lease in this state must have, each with its kind.
fn story(lease: &Lease) -> Vec<(&str, &str)> {
    let kinds: &[&str] = match (lease.state.as_str(), lease.outcome.as_deref()) {
        ("active", None) => &[CREATED],
        ("closed", None) => &[CREATED, ENDED],
        ("ended", Some("possibly_issued" | "never_issued")) => &[FAILED],
        other => panic!("{} is {other:?}", lease.id),
    };
    kinds.iter().map(|kind| (lease.id.as_str(), *kind)).collect()
}

fn told_by(event: &AuditLog) -> Option<(&str, &str)> {
    let lease = event.event.metadata["leaseId"].as_str()?;
    Some((lease, event.event.kind.as_str()))
}

/// Every token that the cluster made is a lease's, or one that a row says may have been issued.
fn check_tokens(leases: &[Lease], made: &[String]) {
    let told: BTreeSet<&str> = leases.iter().filter_map(|lease| lease.jti.as_deref()).collect();
    let orphans = made.iter().filter(|jti| !told.contains(jti.as_str())).count();
    let possible = leases.iter().filter(|lease| lease.outcome.as_deref() == Some("possibly_issued")).count();
    println!("{} leases, {} tokens, {orphans} of them only possibly issued ({possible})", leases.len(), made.len());
    assert!(orphans <= possible, "{orphans} tokens of the cluster are nobody's, and only {possible} are admitted");
}
