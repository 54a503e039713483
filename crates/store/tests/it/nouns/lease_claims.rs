//! Claims on leases that end by removing something: what is due passes to its end once, and is one claimer's at a time.

use std::collections::BTreeSet;

use futures::future::join_all;
use mayfly_domain::{
    audit::LeaseFacts,
    caller::{Actor, Origin},
    dynamic_secret::DynamicSecret,
    ids::LeaseId,
    lease::{EndReason, Lease, LeaseState, Outcome},
};
use mayfly_store::{
    Store,
    leases::removing::{Attempt, Beginning, CLAIM_HOLDS, Claimed, Failure},
};
use mayfly_testkit::{both_databases, counts};

use super::lease_ends::{events_of, expiries, lease_of};
use crate::{
    fixture::open,
    support::{Granted, World, later, tries},
};

fn ids(claimed: &[Claimed]) -> Vec<LeaseId> {
    claimed.iter().map(|claimed| claimed.lease.id).collect()
}

/// Makes `count` active leases, a millisecond or more apart.
async fn removables(world: &World, secret: &DynamicSecret, count: usize) -> Vec<Lease> {
    let mut leases = Vec::with_capacity(count);
    for _ in 0..count {
        leases.push(world.removable(secret).await.lease);
    }
    leases
}

both_databases! {
    async fn a_due_lease_passes_to_its_end_with_one_event_however_often_it_is_claimed(world: World) {
        let secret = world.stored_secret("ci").await;
        let Granted { lease, grant } = world.removable(&secret).await;
        let began_at = world.after(World::LIFE);
        for _ in 0..3 {
            let state = LeaseState::Ending {
                grant: Some(grant.clone()),
                reason: EndReason::Due,
                undone: None,
                began_at,
                attempts: 0,
                last_error: None,
                next_attempt_at: later(world.now(), World::CLAIM),
            };
            let expected = Lease { state, updated_at: began_at, ..lease.clone() };
            let [claimed] = &world.claim(&secret).await[..] else { panic!("one lease is due") };
            assert_eq!(claimed.lease, expected);
            assert_eq!(world.read_lease(lease.id).await, expected);
            world.after(World::CLAIM);
        }
        let [event] = &expiries(&world).await[..] else { panic!("its end is told once") };
        assert_eq!(event.metadata, serde_json::to_value(LeaseFacts::from(&lease)).unwrap());
        assert_eq!((&event.actor, event.created_at), (&Actor::Platform, began_at));
        assert_eq!((event.organization, event.project), (Some(world.organization.id), Some(world.project.id)));
        assert_eq!((event.ip_address, &event.user_agent), (None, &Origin::platform().user_agent));
        assert_eq!(event.user_agent_type, None);
    }

    async fn nothing_is_claimed_before_its_time(world: World) {
        let secret = world.stored_secret("ci").await;
        let lease = world.removable(&secret).await.lease;
        world.wait_until_before(lease.expire_at);
        let before = world.raw().dump().await;
        assert!(world.claim(&secret).await.is_empty());
        assert_eq!(world.raw().dump().await, before);
        world.tick();
        assert_eq!(ids(&world.claim(&secret).await), [lease.id]);
    }

    async fn a_claim_keeps_others_away_until_it_lapses(world: World) {
        let secret = world.stored_secret("ci").await;
        let lease = world.ending(&secret).await.lease;
        let [first] = &world.claim(&secret).await[..] else { panic!("it is due") };
        world.wait_until_before(later(world.now(), World::CLAIM));
        assert!(world.claim(&secret).await.is_empty(), "a claim that holds was taken");
        world.tick();
        let [second] = &world.claim(&secret).await[..] else { panic!("a claim that lapsed is not taken again") };
        assert_eq!(second.lease.id, lease.id);
        assert!(second.fence > first.fence);
        assert!(expiries(&world).await.is_empty(), "it was ended before its time");

        let (leases, event) = (world.store().leases(), world.event("late"));
        world.guards(CLAIM_HOLDS, leases.finish(lease.id, first.fence, &Outcome::Revoked, &event)).await;
        for attempt in [Attempt::Made, Attempt::Spared] {
            let failure = Failure { why: "late", next: world.now(), attempt };
            world.guards(CLAIM_HOLDS, leases.postpone(lease.id, first.fence, failure, None)).await;
        }
        world.finish(second).await;
    }

    async fn a_claim_that_lapsed_and_that_nobody_took_still_holds(world: World) {
        let secret = world.stored_secret("ci").await;
        world.ending(&secret).await;
        let claimed = world.claim(&secret).await;
        world.after(World::LIFE);
        world.finish(&claimed[0]).await;
    }

    async fn the_longest_due_are_claimed_first_and_no_more_than_the_limit(world: World) {
        let secret = world.stored_secret("ci").await;
        let mut expected = vec![world.ending(&secret).await.lease.id];
        expected.extend(removables(&world, &secret, 6).await.iter().map(|lease| lease.id));
        world.after(World::LIFE);
        let mut taken = Vec::new();
        for (limit, count) in [(0, 0), (3, 3), (3, 3), (3, 1), (3, 0)] {
            let claimed = world.claim_on(world.store(), secret.connection.id, limit).await;
            assert_eq!(claimed.len(), count);
            taken.extend(ids(&claimed));
            // Only what is claimed is told of: the first of them had begun to end before.
            let told: BTreeSet<LeaseId> = expiries(&world).await.iter().map(lease_of).collect();
            assert_eq!(told, taken.iter().skip(1).copied().collect());
        }
        assert_eq!(taken, expected);
        assert_eq!(expiries(&world).await.len(), 6);
    }

    async fn what_left_nothing_to_remove_or_is_reserved_or_over_is_not_claimed(world: World) {
        let secret = world.stored_secret("ci").await;
        world.reserved(&secret).await;
        world.active(&secret).await;
        world.close(&world.active(&secret).await).await;
        world.reserved_removable(&secret).await;
        world.finish(&world.ending(&secret).await).await;
        world.after(World::TOKEN_LIFE);
        let before = world.raw().dump().await;
        assert!(world.claim(&secret).await.is_empty());
        assert_eq!(world.raw().dump().await, before);
    }

    async fn a_lease_whose_time_is_up_while_it_is_reserved_is_undone_and_then_removed(world: World) {
        let secret = world.stored_secret("ci").await;
        let lease = world.reserved_removable(&secret).await;
        let now = world.after(World::TOKEN_LIFE);
        assert!(now > lease.expire_at);
        assert_eq!((world.claim(&secret).await.len(), world.lanes().await), (0, Vec::new()));
        let overdue = world.store().leases().overdue_reservations(now, 10).await.unwrap();
        let [Ok(found)] = &overdue[..] else { panic!("{overdue:?}") };
        assert_eq!(found, &lease);

        let (outcome, event) = (Outcome::PossiblyIssued { dead_by: now }, world.event("fail-lease"));
        let beginning = Beginning { reason: EndReason::Undone, undone: Some(&outcome), until: event.created_at };
        world.store().leases().begin_ending(lease.id, beginning, &event).await.unwrap();
        assert_eq!(world.lanes().await, [secret.connection.id]);
        let [claimed] = &world.claim(&secret).await[..] else { panic!("it is due at once") };
        let LeaseState::Ending { grant, reason, undone, began_at, .. } = &claimed.lease.state else {
            panic!("{:?}", claimed.lease.state)
        };
        assert_eq!((grant, *reason, undone), (&None, EndReason::Undone, &Some(outcome)));
        assert_eq!(*began_at, event.created_at);
        assert!(expiries(&world).await.is_empty(), "what nobody held does not expire");
        assert!(world.store().leases().overdue_reservations(now, 10).await.unwrap().is_empty());
    }

    async fn a_lease_that_cannot_be_read_keeps_no_other_waiting(world: World) {
        let secret = world.stored_secret("ci").await;
        let leases = removables(&world, &secret, 3).await;
        world.after(World::LIFE);
        world.raw().execute(&format!("UPDATE leases SET plan = '{{' WHERE id = '{}'", leases[0].id)).await;
        for _ in 0..2 {
            // It takes its place in the batch, and the next one goes on behind it.
            let first = world.try_claim_on(world.store(), secret.connection.id, 2).await;
            let [Err(error), Ok(second)] = &first[..] else { panic!("{first:?}") };
            assert!(error.to_string().contains(&leases[0].id.to_string()), "{error} does not say which");
            assert_eq!(second.lease.id, leases[1].id);
            assert_eq!(ids(&world.claim_on(world.store(), secret.connection.id, 2).await), [leases[2].id]);
            world.after(World::CLAIM);
        }
        assert_eq!(expiries(&world).await.len(), 3);
    }

    async fn removing_a_dynamic_secret_ends_what_left_something_to_remove(world: World) {
        let secret = world.stored_secret("ci").await;
        let active = world.removable(&secret).await;
        let reserved = world.reserved_removable(&secret).await;
        let begun = world.ending(&secret).await.lease;
        let removal = world.removal(&secret);
        world.store().dynamic_secrets().delete(&removal).await.unwrap();

        let at = removal.event.created_at;
        let state = LeaseState::Ending {
            grant: Some(active.grant.clone()),
            reason: EndReason::Revoked,
            undone: None,
            began_at: at,
            attempts: 0,
            last_error: None,
            next_attempt_at: at,
        };
        let expected = Lease { state, updated_at: at, ..active.lease.clone() };
        assert_eq!(world.read_lease(active.lease.id).await, expected);
        assert_eq!((world.read_lease(reserved.id).await, world.read_lease(begun.id).await), (reserved, begun.clone()));
        let told = events_of(&world, "delete-dynamic-secret-lease").await;
        assert_eq!(told.iter().map(lease_of).collect::<Vec<_>>(), [active.lease.id]);

        assert_eq!(world.lanes().await, [secret.connection.id]);
        let claimed = world.claim(&secret).await;
        assert_eq!(ids(&claimed), [active.lease.id, begun.id]);
        assert!(expiries(&world).await.is_empty());
        for lease in &claimed {
            world.finish(lease).await;
        }
    }

    async fn a_lease_that_is_due_while_somebody_ends_it_is_ended_by_one_of_them(world: World) {
        let secret = world.stored_secret("ci").await;
        let leases = removables(&world, &secret, 60).await;
        let (early, late) = leases.split_at(30);
        world.after(World::LIFE);
        let mut events = Vec::new();
        for _ in &leases {
            events.push(world.event("revoke-lease"));
        }
        let before = world.events().await.len();
        let beginning = Beginning { reason: EndReason::Revoked, undone: None, until: later(world.now(), World::CLAIM) };
        let (store, ending) = (world.store(), world.store().leases());
        // The last come first, so that both meet in the middle.
        let revoking = early.iter().chain(late).rev().zip(&events);
        let revoking = join_all(revoking.map(|(lease, event)| ending.begin_ending(lease.id, beginning, event)));
        let claiming = join_all((0..30).map(|_| world.claim_on(store, secret.connection.id, 2)));
        let (revoked, claimed) = tokio::join!(revoking, claiming);
        let revoked = revoked.iter().filter(|result| result.is_ok()).count();
        let claimed: Vec<LeaseId> = claimed.iter().flat_map(|batch| ids(batch)).collect();
        let rest = world.claim(&secret).await.len();
        assert_eq!(revoked + claimed.len() + rest, leases.len(), "{revoked} revoked, {} claimed", claimed.len());
        assert_eq!(world.events().await.len(), before + leases.len());
        assert_eq!(expiries(&world).await.len(), claimed.len() + rest);
    }
}

/// Claims in small batches until nothing is left.
async fn claim_all(world: &World, store: &Store, secret: &DynamicSecret) -> Vec<Claimed> {
    const BATCH: i64 = 50;
    let mut claimed = Vec::new();
    loop {
        let batch = world.claim_on(store, secret.connection.id, BATCH).await;
        if batch.is_empty() {
            return claimed;
        }
        claimed.extend(batch);
    }
}

/// Many claimers at once on `world` and `other`, which is the same database, never share a lease.
async fn no_two_claimers_share_a_lease(world: &World, other: &Store) {
    const CLAIMERS: usize = 6;
    let count = counts::of(counts::LEASES_DUE);
    let secret = world.stored_secret("ci").await;
    let lease = world.removable(&secret).await.lease;
    world.copy_lease(lease.id, count - 1).await;
    let now = world.after(World::LIFE);
    let stores = [world.store(), other];
    let claimers = stores.iter().cycle().take(CLAIMERS).map(|store| claim_all(world, store, &secret));
    let claimed = join_all(claimers).await;
    assert!(claimed.iter().filter(|claimed| !claimed.is_empty()).count() > 1, "only one ever claimed anything");
    let claimed: Vec<Claimed> = claimed.into_iter().flatten().collect();
    assert_eq!(claimed.len(), count);
    assert_eq!(ids(&claimed).into_iter().collect::<BTreeSet<_>>().len(), count);
    assert!(claimed.iter().all(|claimed| tries(&claimed.lease) == (0, None, later(now, World::CLAIM))));
    let told = "SELECT COUNT(*), COUNT(DISTINCT metadata) FROM audit_events WHERE kind = 'expire-dynamic-secret-lease'";
    // The copies have one story and ids of their own.
    assert_eq!(world.raw().rows(told).await, [format!("{count}|1")]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn claimers_of_one_server_never_share_a_lease() {
    let world = World::sqlite().await;
    let other = world.store().clone();
    no_two_claimers_share_a_lease(&world, &other).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn claimers_of_two_servers_never_share_a_lease() {
    let world = World::postgres().await;
    let other = open(&world.fixture.database, world.ambient()).await.unwrap();
    no_two_claimers_share_a_lease(&world, &other).await;
}
