//! A small installation to test against, builders for what tests put into it, and the question what a write left behind.
//!
//! The builders say everything that is not the point of a test. Each of them lets a millisecond pass, so that ids have
//! the order in which they were made.

pub(crate) mod approvals;
mod gateways;
mod leases;
mod members;
pub(crate) mod outside;
mod people;
mod places;
pub(crate) mod raw;
mod removals;
pub(crate) mod sign_in;
mod sso;

use std::{future::Future, time::Duration};

use jiff::Timestamp;
use mayfly_domain::{
    audit::{AccessEvent, AuditEvent, Event},
    caller::{Actor, Origin},
    clock::Ambient,
    identity::{AccessToken, Identity, User},
    ids::AuditEventId,
    project::{Folder, Organization, Project},
};
use mayfly_store::{
    Store, StoreError,
    audit_events::{AuditFilter, StoredEvent},
};

use self::raw::Raw;
pub(crate) use self::{
    leases::{Granted, later},
    people::Beginning,
    places::{SECRET_TOKEN, address, address_of},
    removals::{ending_by, tries},
};
use crate::fixture::StoreFixture;

/// One organization with its first administrator and identity, and one project with the environments `dev` and `prod`.
pub(crate) struct World {
    pub(crate) fixture: StoreFixture,
    pub(crate) organization: Organization,
    pub(crate) user: User,
    pub(crate) admin: Identity,
    pub(crate) token: AccessToken,
    pub(crate) project: Project,
    /// The root folder of `dev`.
    pub(crate) root: Folder,
}

impl World {
    pub(crate) async fn sqlite() -> Self {
        Self::new(StoreFixture::sqlite().await).await
    }

    pub(crate) async fn postgres() -> Self {
        Self::new(StoreFixture::postgres().await).await
    }

    async fn new(fixture: StoreFixture) -> Self {
        let beginning = Beginning::new(&fixture);
        beginning.store(&fixture).await.expect("the first administrator is made");
        let Beginning { organization, user, identity: admin, token, .. } = beginning;
        let (project, roots) = places::project(&fixture, &organization, "payments");
        let root = roots[0].clone();
        let world = Self { fixture, organization, user, admin, token, project, root };
        world.store_project(&world.project, &roots).await.expect("a project is made");
        world
    }

    pub(crate) fn store(&self) -> &Store {
        &self.fixture.store
    }

    pub(crate) fn ambient(&self) -> &Ambient {
        &self.fixture.ambient
    }

    pub(crate) fn raw(&self) -> Raw {
        self.fixture.raw()
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.ambient().now()
    }

    /// Lets time pass, and says what time it is then.
    pub(crate) fn after(&self, duration: Duration) -> Timestamp {
        self.fixture.clock.advance(duration);
        self.now()
    }

    /// Waits until the last millisecond before `time`.
    pub(crate) fn wait_until_before(&self, time: Timestamp) {
        let left = Duration::try_from(time.duration_since(self.now())).expect("a time to come");
        self.after(left.saturating_sub(Duration::from_millis(1)));
    }

    /// The next millisecond.
    pub(crate) fn tick(&self) -> Timestamp {
        self.fixture.tick()
    }

    /// The first identity, as the audit log and leases name it.
    pub(crate) fn actor(&self) -> Actor {
        actor(&self.admin)
    }

    /// An event by the first identity in the project, told from others by `what`.
    pub(crate) fn event(&self, what: &str) -> AuditEvent {
        AuditEvent { project: Some(self.project.id), ..self.event_of(denied(what)) }
    }

    /// The same without a project, of any kind.
    pub(crate) fn event_of(&self, event: impl Into<Event>) -> AuditEvent {
        let created_at = self.tick();
        AuditEvent {
            id: AuditEventId::generate(self.ambient()),
            organization: Some(self.organization.id),
            project: None,
            actor: self.actor(),
            origin: origin(),
            event: event.into(),
            created_at,
        }
    }

    /// Every event there is, oldest first.
    pub(crate) async fn events(&self) -> Vec<StoredEvent> {
        let mut events =
            self.store().audit_events().list(&AuditFilter::everything()).await.expect("the audit log is read");
        events.reverse();
        events
    }

    /// Waits for `work`, which must succeed and leave `event` and no other.
    pub(crate) async fn leaves<T>(
        &self,
        event: &AuditEvent,
        work: impl Future<Output = Result<T, StoreError>> + Send,
    ) -> T {
        let before = self.events().await.len();
        let done = work.await.expect("the store does it");
        let events = self.events().await;
        let [left] = &events[before..] else { panic!("one event, not {:?}", &events[before..]) };
        assert_same(left, event);
        done
    }

    /// Waits for `work`, which must fail and leave every row of every table as it was.
    pub(crate) async fn refuses<T>(&self, work: impl Future<Output = Result<T, StoreError>> + Send) -> StoreError {
        let before = self.raw().dump().await;
        let error = work.await.err().expect("the store refuses");
        assert_eq!(self.raw().dump().await, before, "{error} left something");
        error
    }

    /// [`World::refuses`], because `guard` was not met.
    pub(crate) async fn guards<T>(&self, guard: &str, work: impl Future<Output = Result<T, StoreError>> + Send) {
        let error = self.refuses(work).await;
        assert!(matches!(&error, StoreError::GuardFailed { guard: failed } if *failed == guard), "{error:?}");
    }

    /// [`World::refuses`], because `index` has such a row already.
    pub(crate) async fn is_taken<T>(&self, index: &str, work: impl Future<Output = Result<T, StoreError>> + Send) {
        let error = self.refuses(work).await;
        assert!(matches!(&error, StoreError::Unique { index: hit } if hit == index), "{error:?}");
    }

    /// [`World::refuses`], because a row that is referred to would be missing.
    pub(crate) async fn dangles<T>(&self, work: impl Future<Output = Result<T, StoreError>> + Send) {
        let error = self.refuses(work).await;
        assert!(matches!(error, StoreError::ForeignKey { .. }), "{error:?}");
    }
}

pub(crate) fn denied(what: &str) -> AccessEvent {
    AccessEvent::AccessDenied { operation: what.to_owned(), reason: "tests".to_owned() }
}

pub(crate) fn origin() -> Origin {
    Origin { ip_address: Some("192.0.2.7".parse().expect("an address")), user_agent: "tests/1 \"quoted\"".to_owned() }
}

pub(crate) fn actor(identity: &Identity) -> Actor {
    Actor::Identity { identity_id: identity.id, name: identity.name.to_string() }
}

/// That what was stored is `event`, field by field.
pub(crate) fn assert_same(stored: &StoredEvent, event: &AuditEvent) {
    assert_eq!(stored.id, event.id);
    assert_eq!((stored.organization, stored.project), (event.organization, event.project));
    assert_eq!((&stored.kind, &stored.metadata), (&event.event.name(), &event.event.metadata()));
    assert_eq!(stored.actor, event.actor);
    assert_eq!((stored.ip_address, &stored.user_agent), (event.origin.ip_address, &event.origin.user_agent));
    let agent = event.origin.ip_address.map(|_| event.origin.user_agent_type());
    assert_eq!(stored.user_agent_type.as_deref(), agent);
    assert_eq!(stored.created_at, event.created_at);
}
