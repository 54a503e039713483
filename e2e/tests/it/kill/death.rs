//! What a killed server left, before another one can have resolved it: rows and cluster at one moment.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use jiff::Timestamp;
use mayfly_domain::{
    ids::{LeaseId, ProjectId},
    lease::{EndReason, Lease, LeaseState},
    plan::LEASE_LABEL,
};
use mayfly_e2e::{Installation, Scene};
use mayfly_store::{
    Store,
    leases::{HistoryFilter, HistoryPage},
};
use mayfly_testkit::{ambient::ambient, claims::jti};

use super::{
    cluster::Cluster,
    load::{End, Told},
};
use crate::database::open;

/// How far a lease had come when its server was killed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Phase {
    /// It was asked for, and no row knows of it.
    BeforeReservation,
    /// Its row is there, and nothing in the cluster.
    Reserved,
    /// Some of its objects are made, or all of them, and no token.
    ObjectsMade,
    /// Its token is made, and its row does not tell of it.
    TokenMade,
    /// Its row tells of its token, and nobody has it.
    Activated,
    /// Its caller has the token.
    Answered,
    /// Its caller wants it ended, and of its objects some are left or all of them.
    Ending,
    /// All of its objects are gone, and its row does not tell so.
    Removed,
    /// Its row tells that it ended, and its caller was not told.
    Ended,
    /// Its time is up, and the loop is removing its objects.
    EndingDue,
}

impl Phase {
    pub(super) const ALL: [Self; 10] = [
        Self::BeforeReservation,
        Self::Reserved,
        Self::ObjectsMade,
        Self::TokenMade,
        Self::Activated,
        Self::Answered,
        Self::Ending,
        Self::Removed,
        Self::Ended,
        Self::EndingDue,
    ];
}

/// What is read of an installation while no server runs.
pub(super) struct Rows {
    store: Store,
    project: ProjectId,
}

impl Rows {
    pub(super) async fn of(home: &Installation, scene: &Scene) -> Self {
        Self { store: open(home, &ambient()).await, project: scene.project_id.parse().unwrap() }
    }

    pub(super) fn store(&self) -> &Store {
        &self.store
    }

    /// Leases after `after`, newest first: those in `state`, or in every one.
    pub(super) async fn leases(&self, state: Option<&str>, after: Option<LeaseId>) -> Vec<Lease> {
        const LIMIT: i64 = 200;
        let (mut leases, mut before) = (Vec::<Lease>::new(), None);
        loop {
            let filter = HistoryFilter { state: state.map(str::to_owned), ..HistoryFilter::default() };
            let page = HistoryPage { filter, before, ..HistoryPage::newest(self.project, LIMIT) };
            let page = self.store.leases().history(&page).await.unwrap();
            before = page.last().map(|lease| lease.id);
            let new: Vec<Lease> =
                page.into_iter().take_while(|lease| after.is_none_or(|after| lease.id > after)).collect();
            let is_last = i64::try_from(new.len()).unwrap() < LIMIT;
            leases.extend(new);
            if is_last {
                return leases;
            }
        }
    }
}

/// What the kills of all rounds left.
#[derive(Default)]
pub(super) struct Deaths {
    newest: Option<LeaseId>,
    /// Leases that were ending when an earlier server died: its claim on them has yet to lapse.
    ending: BTreeSet<LeaseId>,
}

impl Deaths {
    /// What was hit, and how often.
    pub(super) async fn look(&mut self, rows: &Rows, cluster: &Cluster, told: &[Told]) -> BTreeMap<Phase, usize> {
        let new = rows.leases(None, self.newest).await;
        self.newest = new.first().map(|lease| lease.id).or(self.newest);
        let by_reason: HashMap<&str, &Lease> =
            new.iter().filter_map(|lease| Some((lease.reason.as_deref()?, lease))).collect();
        assert_eq!(by_reason.len(), new.len(), "a wish was carried out twice");
        let objects = objects_by_lease(rows, cluster).await;
        let reserved: Vec<&Lease> = new.iter().filter(|lease| lease.state.name() == "reserved").collect();
        let with_tokens = cluster.with_tokens(&reserved);
        let mut hits: BTreeMap<Phase, usize> = BTreeMap::new();
        for wish in told {
            let lease = by_reason.get(wish.reason.as_str()).copied();
            check_answer(wish, lease);
            let there = |lease: &Lease| objects.get(&lease.id.to_string()).copied().unwrap_or_default();
            let phase = phase(wish, lease, there, |lease| with_tokens.contains(&lease.id.to_string()));
            *hits.entry(phase).or_default() += 1;
        }
        hits.insert(Phase::EndingDue, self.newly_ending_due(rows).await);
        hits
    }

    async fn newly_ending_due(&mut self, rows: &Rows) -> usize {
        let ending = rows.leases(Some("ending"), None).await;
        let is_due = |lease: &&Lease| matches!(lease.state, LeaseState::Ending { reason: EndReason::Due, .. });
        let new = ending.iter().filter(is_due).filter(|lease| !self.ending.contains(&lease.id)).count();
        self.ending = ending.iter().map(|lease| lease.id).collect();
        new
    }
}

/// How many objects of each lease are there.
async fn objects_by_lease(rows: &Rows, cluster: &Cluster) -> HashMap<String, usize> {
    let mut objects = HashMap::new();
    for object in cluster.objects(&rows.store.installation().to_string()).await {
        *objects.entry(object.labels[LEASE_LABEL].clone()).or_default() += 1;
    }
    objects
}

fn phase(
    wish: &Told,
    lease: Option<&Lease>,
    objects: impl Fn(&Lease) -> usize,
    has_token: impl Fn(&Lease) -> bool,
) -> Phase {
    let Some(lease) = lease else { return Phase::BeforeReservation };
    match (&lease.state, wish.end) {
        (LeaseState::Reserved { .. }, End::NotTried) if has_token(lease) => Phase::TokenMade,
        (LeaseState::Reserved { .. }, End::NotTried) if objects(lease) > 0 => Phase::ObjectsMade,
        (LeaseState::Reserved { .. }, End::NotTried) => Phase::Reserved,
        (LeaseState::Active { .. }, End::NotTried) if wish.answer.is_none() => Phase::Activated,
        (LeaseState::Active { .. }, End::NotTried | End::Tried) | (LeaseState::Ended { .. }, End::Answered) => {
            Phase::Answered
        }
        (LeaseState::Ending { .. }, End::Tried) if objects(lease) > 0 => Phase::Ending,
        (LeaseState::Ending { .. }, End::Tried) => Phase::Removed,
        (LeaseState::Ended { .. }, End::Tried) => Phase::Ended,
        (state, end) => panic!("lease {} is {}, and its end was {end:?}", lease.id, state.name()),
    }
}

/// What a caller was told is what the row tells.
fn check_answer(wish: &Told, lease: Option<&Lease>) {
    let Some(issued) = &wish.answer else { return };
    let lease = lease.unwrap_or_else(|| panic!("the answered lease {} is lost", issued.lease.id));
    assert_eq!(lease.id.to_string(), issued.lease.id);
    let grant = lease.state.grant().unwrap();
    assert_eq!(grant.jti, Some(jti(Scene::token(issued).unwrap())), "the lease tells of another token");
    assert_eq!(lease.expire_at, issued.lease.expire_at.parse::<Timestamp>().unwrap());
}
