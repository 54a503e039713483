//! The arrows of a lease's life, each from the one state it may start in.

use mayfly_domain::{
    ids::ProjectId,
    lease::{Lease, LeaseState, Outcome},
};
use mayfly_store::leases::reserving::Conditions;
use mayfly_testkit::both_databases;

use crate::support::{Granted, World};

const RESERVED_AND_THERE: &str = "the lease is still reserved and its dynamic secret is there";
const STILL_RESERVED: &str = "the lease is still reserved";
const STILL_ACTIVE: &str = "the lease is still active";

/// Tries every arrow but those in `allowed` on a lease; each must be refused by its guard.
async fn no_way_on_but(world: &World, granted: &Granted, allowed: &[&str]) {
    let (store, Granted { lease, grant }) = (world.store(), granted);
    let event = world.event("arrow");
    if !allowed.contains(&"activate") {
        world.guards(RESERVED_AND_THERE, store.leases().activate(lease, grant, &event)).await;
    }
    if !allowed.contains(&"abandon") {
        world.guards(STILL_RESERVED, store.leases().abandon(lease.id, &Outcome::Expired, &event)).await;
    }
    if !allowed.contains(&"close") {
        world.guards(STILL_ACTIVE, store.leases().close(lease.id, &event)).await;
    }
}

both_databases! {
    async fn a_reservation_is_stored_as_it_was_made(world: World) {
        let secret = world.stored_secret("ci").await;
        let plain = Lease { config: None, reason: None, ..world.lease(&secret) };
        let before = world.events().await.len();
        world.reserve(&plain).await;
        let full = world.reserved(&secret).await;
        assert_eq!(world.events().await.len(), before, "an intent is no event");
        assert_eq!((world.read_lease(plain.id).await, world.read_lease(full.id).await), (plain.clone(), full));
        let LeaseState::Reserved { deadline } = plain.state else { unreachable!() };
        world.is_taken("leases_pkey", world.store().leases().reserve(&plain, deadline, &Conditions::default())).await;
        no_way_on_but(&world, &world.granted(&plain), &["activate", "abandon"]).await;
    }

    async fn activating_stores_the_grant_with_its_event(world: World) {
        let secret = world.stored_secret("ci").await;
        let Granted { lease, grant } = world.granted(&world.reserved(&secret).await);
        let event = world.event("create-lease");
        world.leaves(&event, world.store().leases().activate(&lease, &grant, &event)).await;
        let stored = world.read_lease(lease.id).await;
        assert_eq!(stored, Lease { updated_at: event.created_at, ..lease.clone() });
        no_way_on_but(&world, &Granted { lease, grant }, &["close"]).await;
    }

    async fn nothing_is_reserved_of_a_dynamic_secret_that_is_gone(world: World) {
        let secret = world.stored_secret("ci").await;
        world.store().dynamic_secrets().delete(&world.removal(&secret)).await.unwrap();
        let lease = world.lease(&secret);
        let LeaseState::Reserved { deadline } = lease.state else { unreachable!() };
        let leases = world.store().leases();
        world.guards("the dynamic secret is still there", leases.reserve(&lease, deadline, &Conditions::default())).await;
    }

    async fn a_lease_of_a_dynamic_secret_that_is_gone_is_never_activated(world: World) {
        let secret = world.stored_secret("ci").await;
        let reserved = world.reserved(&secret).await;
        world.store().dynamic_secrets().delete(&world.removal(&secret)).await.unwrap();
        no_way_on_but(&world, &world.granted(&reserved), &["abandon"]).await;
    }

    async fn an_abandoned_reservation_says_what_may_be_left(world: World) {
        let secret = world.stored_secret("ci").await;
        for outcome in [
            Outcome::NeverIssued { why: "the cluster \"refused\"".to_owned() },
            Outcome::PossiblyIssued { dead_by: world.now() },
        ] {
            let lease = world.reserved(&secret).await;
            let event = world.event("fail-lease");
            world.leaves(&event, world.store().leases().abandon(lease.id, &outcome, &event)).await;
            let ended_at = event.created_at;
            let state = LeaseState::Ended { grant: None, outcome, ended_at };
            assert_eq!(world.read_lease(lease.id).await, Lease { state, updated_at: ended_at, ..lease.clone() });
            no_way_on_but(&world, &world.granted(&lease), &[]).await;
        }
    }

    async fn closing_keeps_the_grant_until_the_token_dies(world: World) {
        let secret = world.stored_secret("ci").await;
        let granted = world.active(&secret).await;
        let event = world.event("close-lease");
        world.leaves(&event, world.store().leases().close(granted.lease.id, &event)).await;
        let closed_at = event.created_at;
        let state = LeaseState::Closed { grant: granted.grant.clone(), closed_at };
        let expected = Lease { state, updated_at: closed_at, ..granted.lease.clone() };
        assert_eq!(world.read_lease(granted.lease.id).await, expected);
        no_way_on_but(&world, &granted, &[]).await;
    }

    async fn an_ended_lease_stays_ended(world: World) {
        let secret = world.stored_secret("ci").await;
        let granted = world.active(&secret).await;
        let now = world.after(World::LIFE);
        let id = world.event("only for its id").id;
        assert_eq!(world.store().leases().expire_due(now, 10, id).await.unwrap(), 1);
        no_way_on_but(&world, &granted, &[]).await;
    }

    async fn one_of_many_who_close_a_lease_at_once_succeeds(world: World) {
        let secret = world.stored_secret("ci").await;
        let granted = world.active(&secret).await;
        let before = world.events().await.len();
        let events: Vec<_> = (0..8).map(|number| world.event(&format!("close {number}"))).collect();
        let leases = world.store().leases();
        let closing = events.iter().map(|event| leases.close(granted.lease.id, event));
        let closed = futures::future::join_all(closing).await;
        assert_eq!(closed.iter().filter(|result| result.is_ok()).count(), 1);
        assert_eq!(world.events().await.len(), before + 1);
    }

    async fn an_event_that_cannot_be_written_stops_the_change(world: World) {
        let secret = world.stored_secret("ci").await;
        let (one, other) = (world.active(&secret).await, world.active(&secret).await);
        let event = world.event("close-lease");
        world.store().leases().close(one.lease.id, &event).await.unwrap();
        world.is_taken("audit_events_pkey", world.store().leases().close(other.lease.id, &event)).await;
    }

    async fn a_lease_of_another_project_is_absent(world: World) {
        let secret = world.stored_secret("ci").await;
        let lease = world.active(&secret).await.lease;
        let (elsewhere, _) = world.stored_project("elsewhere").await;
        for project in [elsewhere.id, ProjectId::generate(world.ambient())] {
            assert_eq!(world.store().leases().get(project, lease.id).await.unwrap(), None);
        }
    }
}
