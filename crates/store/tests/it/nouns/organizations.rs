//! The organization is made once, with everybody who begins in it.

use std::collections::BTreeSet;

use futures::future::join_all;
use mayfly_store::{StoreError, audit_events::AuditFilter, organizations::NOT_BOOTSTRAPPED};
use mayfly_testkit::both_databases;

use crate::{
    fixture::StoreFixture,
    support::{Beginning, World, assert_same},
};

both_databases! {
    async fn the_beginning_makes_everything_or_nothing(fixture: StoreFixture) {
        assert_eq!(fixture.store.organizations().get().await.unwrap(), None);
        let mut broken = Beginning::new(&fixture);
        broken.token.identity = broken.identity.id;
        broken.identity.organization = mayfly_domain::ids::OrganizationId::generate(&fixture.ambient);
        let before = fixture.raw().dump().await;
        assert!(matches!(broken.store(&fixture).await, Err(StoreError::ForeignKey { .. })));
        assert_eq!(fixture.raw().dump().await, before);

        let beginning = Beginning::new(&fixture);
        beginning.store(&fixture).await.unwrap();
        let store = &fixture.store;
        assert_eq!(store.organizations().get().await.unwrap().as_ref(), Some(&beginning.organization));
        let identity = store.identities().get(beginning.organization.id, beginning.identity.id).await.unwrap();
        assert_eq!(identity, Some(beginning.identity));
        assert_eq!(store.access_tokens().get(beginning.token.id).await.unwrap().unwrap().token, beginning.token);
        let events = store.audit_events().list(&AuditFilter::everything()).await.unwrap();
        assert_eq!(events.len(), 1);
        assert_same(&events[0], &beginning.event);
        let users = fixture.raw().rows("SELECT id, email, password_hash, role FROM users").await;
        assert_eq!(users, [format!("{}|admin@acme.example|$argon2id$of-the-tests|admin", beginning.user.id)]);
    }

    async fn there_is_no_second_beginning(world: World) {
        let second = Beginning::new(&world.fixture);
        world.guards(NOT_BOOTSTRAPPED, second.store(&world.fixture)).await;
        assert_eq!(world.store().organizations().get().await.unwrap(), Some(world.organization.clone()));
    }

    async fn one_of_many_beginnings_at_once_counts(fixture: StoreFixture) {
        let beginnings: Vec<_> = (0..6).map(|_| Beginning::new(&fixture)).collect();
        let stored = join_all(beginnings.iter().map(|beginning| beginning.store(&fixture))).await;
        assert_eq!(stored.iter().filter(|result| result.is_ok()).count(), 1);
        for refused in stored.iter().filter_map(|result| result.as_ref().err()) {
            assert!(matches!(refused, StoreError::GuardFailed { guard } if *guard == NOT_BOOTSTRAPPED), "{refused:?}");
        }
        let tables: BTreeSet<_> = ["organizations", "users", "identities", "access_tokens", "audit_events"].into();
        let dump = fixture.raw().dump().await;
        assert!(tables.iter().all(|table| dump[*table].len() == 1));
    }
}
