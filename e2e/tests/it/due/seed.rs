//! Many leases, written the way the server writes them, while no server runs.

use std::collections::BTreeSet;

use futures::{StreamExt as _, stream};
use jiff::{SignedDuration, Timestamp};
use mayfly_domain::{
    audit::{AuditEvent, LeaseEvent, LeaseFacts},
    clock::Ambient,
    ids::{AuditEventId, LeaseId},
    lease::{Lease, LeaseState},
};
use mayfly_e2e::Installation;
use mayfly_store::{Store, leases::reserving::Conditions};
use mayfly_testkit::ambient::ambient;

use crate::database::open;

/// At once, so that they share commits; not more, or on a busy machine the last in the row runs out of patience.
const WRITERS: usize = 32;

/// Leases that are reserved so far.
pub(super) struct Seeding {
    store: Store,
    ambient: Ambient,
    /// Active, as they are going to be, but for their end.
    leases: Vec<Lease>,
    took: SignedDuration,
}

impl Seeding {
    /// Reserves copies of the lease `pattern`.
    pub(super) async fn reserve(home: &Installation, project: &str, pattern: &str, rows: usize) -> Self {
        let ambient = ambient();
        let store = open(home, &ambient).await;
        let found = store.leases().get(project.parse().unwrap(), pattern.parse().unwrap()).await;
        let pattern = found.unwrap().unwrap();
        let began = ambient.now();
        let writing = (0..rows).map(|_| reserve(&store, copy(&pattern, LeaseId::generate(&ambient))));
        let leases = stream::iter(writing).buffer_unordered(WRITERS).collect().await;
        let took = ambient.now().duration_since(began);
        Self { store, ambient, leases, took }
    }

    /// A moment at which [`activate`](Self::activate) is over, guessed from how long the first half took.
    pub(super) fn over_at(&self) -> Timestamp {
        self.ambient.now() + self.took * 3
    }

    /// Activates them, all due at one moment. The answer is their ids.
    pub(super) async fn activate(self, due: Timestamp) -> BTreeSet<String> {
        let leases = self.leases.into_iter();
        let writing = leases.map(|lease| activate(&self.store, &self.ambient, Lease { expire_at: due, ..lease }));
        stream::iter(writing).buffer_unordered(WRITERS).collect().await
    }
}

fn copy(pattern: &Lease, id: LeaseId) -> Lease {
    let mut lease = Lease { id, ..pattern.clone() };
    lease.plan.lease = id;
    lease
}

async fn reserve(store: &Store, lease: Lease) -> Lease {
    let reserved = Lease { state: LeaseState::Reserved { deadline: lease.expire_at }, ..lease.clone() };
    store.leases().reserve(&reserved, lease.expire_at, &Conditions::default()).await.unwrap();
    lease
}

async fn activate(store: &Store, ambient: &Ambient, mut lease: Lease) -> String {
    let LeaseState::Active { grant } = &mut lease.state else { panic!("the pattern is not active") };
    (grant.token_expires_at, grant.jti) = (lease.expire_at, Some(lease.id.to_string()));
    let grant = grant.clone();
    let event = AuditEvent {
        id: AuditEventId::generate(ambient),
        organization: Some(lease.source.place.organization),
        project: Some(lease.source.place.project),
        actor: lease.holder.clone(),
        origin: lease.origin.clone(),
        event: LeaseEvent::CreateDynamicSecretLease {
            lease: LeaseFacts::from(&lease),
            reason: None,
            approval_request_id: None,
            token_seconds_asked: lease.plan.token_seconds,
            token_seconds_granted: lease.plan.token_seconds,
            role_changed: false,
            undelivered_token_possible: false,
            unchecked_key_id: None,
        }
        .into(),
        created_at: ambient.now(),
    };
    store.leases().activate(&lease, &grant, &event).await.unwrap();
    lease.id.to_string()
}
