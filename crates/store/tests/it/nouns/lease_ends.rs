//! Leases whose time is up: which of them end, each once, with one event that tells its own story.

use std::{collections::BTreeSet, time::Duration};

use futures::{FutureExt as _, StreamExt as _, future::join_all, stream};
use jiff::Timestamp;
use mayfly_domain::{
    audit::LeaseFacts,
    caller::{Actor, Origin},
    ids::{AuditEventId, LeaseId},
    lease::{Lease, LeaseState, Outcome},
};
use mayfly_store::{
    Store,
    audit_events::{AuditFilter, StoredEvent},
};
use mayfly_testkit::{both_databases, counts};

use crate::{
    fixture::open,
    support::{Granted, World},
};

/// Ends at most `limit` leases that are due now, on `store`.
async fn expire_on(world: &World, store: &Store, limit: i64) -> u64 {
    let id = AuditEventId::generate(world.ambient());
    store.leases().expire_due(world.now(), limit, id).await.expect("due leases end")
}

async fn expire(world: &World, limit: i64) -> u64 {
    expire_on(world, world.store(), limit).await
}

/// Overdue reservations, all of which can be read.
async fn overdue(world: &World, now: Timestamp, limit: i64) -> Vec<Lease> {
    let found = world.store().leases().overdue_reservations(now, limit).await.expect("reservations are found");
    found.into_iter().map(|lease| lease.expect("it can be read")).collect()
}

pub(super) async fn events_of(world: &World, kind: &str) -> Vec<StoredEvent> {
    world.events().await.into_iter().filter(|event| event.kind == kind).collect()
}

pub(super) async fn expiries(world: &World) -> Vec<StoredEvent> {
    events_of(world, "expire-dynamic-secret-lease").await
}

pub(super) fn lease_of(event: &StoredEvent) -> LeaseId {
    event.metadata["leaseId"].as_str().expect("an id").parse().expect("an id")
}

/// Makes `count` active leases, a millisecond or more apart.
async fn actives(world: &World, count: usize) -> Vec<Lease> {
    let secret = world.stored_secret("ci").await;
    let mut leases = Vec::with_capacity(count);
    for _ in 0..count {
        leases.push(world.active(&secret).await.lease);
    }
    leases
}

both_databases! {
    async fn a_due_lease_ends_with_the_event_that_tells_of_it(world: World) {
        let secret = world.stored_secret("ci").await;
        let active = world.active(&secret).await;
        let closed = world.active(&secret).await;
        let closed_lease = world.close(&closed).await;
        let now = world.after(World::TOKEN_LIFE);
        assert_eq!(expire(&world, 100).await, 2);

        for (lease, grant) in [(&active.lease, &active.grant), (&closed_lease, &closed.grant)] {
            let state = LeaseState::Ended { grant: Some(grant.clone()), outcome: Outcome::Expired, ended_at: now };
            let expected = Lease { state, updated_at: now, ..lease.clone() };
            assert_eq!(world.read_lease(lease.id).await, expected);
        }
        let events = expiries(&world).await;
        assert_eq!(events.len(), 2);
        for event in events {
            let lease = if lease_of(&event) == active.lease.id { &active.lease } else { &closed.lease };
            assert_eq!(event.metadata, serde_json::to_value(LeaseFacts::from(lease)).unwrap());
            assert_eq!((event.actor, event.created_at), (Actor::Platform, now));
            assert_eq!((event.organization, event.project), (Some(world.organization.id), Some(world.project.id)));
            assert_eq!((event.ip_address, event.user_agent), (None, Origin::platform().user_agent));
            assert_eq!(event.user_agent_type, None);
        }
        assert_eq!(expire(&world, 100).await, 0, "nothing ends twice");
    }

    async fn nothing_ends_before_its_time(world: World) {
        let leases = actives(&world, 2).await;
        world.wait_until_before(leases[1].expire_at);
        assert_eq!((expire(&world, 100).await, world.read_lease(leases[1].id).await), (1, leases[1].clone()));
        world.tick();
        assert_eq!(expire(&world, 100).await, 1);
    }

    async fn a_closed_lease_waits_for_its_token_and_not_for_its_own_end(world: World) {
        let secret = world.stored_secret("ci").await;
        let closed = world.close(&world.active(&secret).await).await;
        let end = closed.state.grant().unwrap().token_expires_at;
        world.wait_until_before(end);
        assert!(world.now() > closed.expire_at);
        assert_eq!(expire(&world, 100).await, 0);
        world.tick();
        assert_eq!(expire(&world, 100).await, 1);
    }

    async fn a_batch_ends_the_longest_due_first_and_no_more_than_its_limit(world: World) {
        let leases = actives(&world, 7).await;
        world.after(World::LIFE);
        let mut ended = Vec::new();
        for (limit, expected) in [(3, 3), (3, 3), (3, 1), (3, 0)] {
            world.tick();
            assert_eq!(expire(&world, limit).await, expected);
            // The batch's events have one moment and no order among them; the batches have.
            let batch: BTreeSet<LeaseId> = expiries(&world).await.iter().skip(ended.len()).map(lease_of).collect();
            ended.extend(batch);
        }
        assert_eq!(ended, leases.iter().map(|lease| lease.id).collect::<Vec<_>>());
    }

    async fn what_left_something_to_delete_and_what_is_reserved_is_not_ended_by_the_clock(world: World) {
        let secret = world.stored_secret("ci").await;
        let reserved = world.reserved(&secret).await;
        let revocable = world.removable(&secret).await.lease;
        world.after(World::TOKEN_LIFE);
        let before = world.raw().dump().await;
        assert_eq!(expire(&world, 100).await, 0);
        assert_eq!(world.raw().dump().await, before);
        assert_eq!(world.read_lease(reserved.id).await, reserved);
        assert_eq!(world.read_lease(revocable.id).await, revocable);
    }

    async fn overdue_reservations_are_found_longest_overdue_first(world: World) {
        let secret = world.stored_secret("ci").await;
        world.active(&secret).await;
        let mut reserved = Vec::new();
        for _ in 0..3 {
            reserved.push(world.reserved(&secret).await);
        }
        let deadline = |lease: &Lease| match lease.state {
            LeaseState::Reserved { deadline } => deadline,
            _ => panic!("{lease:?} is no reservation"),
        };
        let leases = world.store().leases();
        let early = deadline(&reserved[0]) - jiff::SignedDuration::from_millis(1);
        assert_eq!(overdue(&world, early, 10).await, []);
        assert_eq!(overdue(&world, deadline(&reserved[1]), 10).await, reserved[..2]);
        assert_eq!(overdue(&world, deadline(&reserved[2]), 2).await, reserved[..2]);

        let event = world.event("fail-lease");
        leases.abandon(reserved[0].id, &Outcome::Expired, &event).await.unwrap();
        world.after(World::TOKEN_LIFE);
        assert_eq!(overdue(&world, world.now(), 10).await, reserved[1..]);
    }

    async fn a_reservation_that_cannot_be_read_keeps_no_other_waiting(world: World) {
        let secret = world.stored_secret("ci").await;
        let (spoiled, sound) = (world.reserved(&secret).await, world.reserved(&secret).await);
        world.raw().execute(&format!("UPDATE leases SET plan = '{{' WHERE id = '{}'", spoiled.id)).await;
        world.after(World::TOKEN_LIFE);
        let found = world.store().leases().overdue_reservations(world.now(), 10).await.unwrap();
        let [Err(error), Ok(lease)] = &found[..] else { panic!("{found:?}") };
        assert_eq!(lease, &sound);
        assert!(error.to_string().contains(&spoiled.id.to_string()), "{error} does not say which");
    }

    async fn removing_a_dynamic_secret_closes_its_active_leases_as_its_remover(world: World) {
        let (secret, other) = (world.stored_secret("ci").await, world.stored_secret("other").await);
        let reserved = world.reserved(&secret).await;
        let active = [world.active(&secret).await, world.active(&secret).await];
        let closed = world.active(&secret).await;
        let closed = world.close(&closed).await;
        let untouched = world.active(&other).await.lease;
        let removal = world.removal(&secret);
        world.store().dynamic_secrets().delete(&removal).await.unwrap();

        let at = removal.event.created_at;
        for granted in &active {
            let state = LeaseState::Closed { grant: granted.grant.clone(), closed_at: at };
            let expected = Lease { state, updated_at: at, ..granted.lease.clone() };
            assert_eq!(world.read_lease(granted.lease.id).await, expected);
        }
        for lease in [reserved, closed, untouched] {
            assert_eq!(world.read_lease(lease.id).await, lease);
        }
        let events = events_of(&world, "delete-dynamic-secret-lease").await;
        let told: BTreeSet<LeaseId> = events.iter().map(lease_of).collect();
        assert_eq!((told, events.len()), (active.iter().map(|granted| granted.lease.id).collect(), 2));
        for event in events {
            let granted = active.iter().find(|granted| granted.lease.id == lease_of(&event)).unwrap();
            assert_eq!(event.metadata, serde_json::to_value(LeaseFacts::from(&granted.lease)).unwrap());
            assert_eq!((&event.actor, event.created_at), (&removal.event.actor, at));
            assert_eq!(event.ip_address, removal.event.origin.ip_address);
            assert_eq!(event.user_agent, removal.event.origin.user_agent);
            assert_eq!(event.user_agent_type.as_deref(), Some("other"));
            assert_eq!((event.organization, event.project), (Some(world.organization.id), Some(world.project.id)));
        }
    }

    async fn a_lease_that_is_closed_while_its_secret_goes_has_one_event(world: World) {
        let secret = world.stored_secret("ci").await;
        let mut leases = Vec::new();
        for _ in 0..40 {
            leases.push(world.active(&secret).await.lease.id);
        }
        let events: Vec<_> = leases.iter().map(|_| world.event("close-lease")).collect();
        let removal = world.removal(&secret);
        let before = world.events().await.len();
        let (store, secrets) = (world.store().leases(), world.store().dynamic_secrets());
        let closing = join_all(leases.iter().zip(&events).map(|(lease, event)| store.close(*lease, event)));
        let (_, removed) = tokio::join!(closing, secrets.delete(&removal));
        removed.unwrap();
        // One for each lease, whoever closed it, and one for the secret.
        assert_eq!(world.events().await.len(), before + leases.len() + 1);
        for lease in leases {
            assert_eq!(world.read_lease(lease).await.state.name(), "closed");
        }
    }
}

/// Completes when it has been polled `count` times more.
async fn polls(count: usize) {
    for _ in 0..count {
        tokio::task::yield_now().await;
    }
}

/// A lease that is activated while its secret goes is closed with it or never given out, whoever is first.
#[tokio::test]
async fn a_lease_that_is_activated_while_its_secret_goes_is_never_left_behind() {
    let rounds = counts::of(counts::RACES);
    let mut activated = 0;
    for world in [World::sqlite().await, World::postgres().await] {
        for round in 0..rounds {
            let secret = world.stored_secret(&format!("ci-{round}")).await;
            let (reserved, event) = (world.reserved(&secret).await, world.event("create-lease"));
            let (Granted { lease, grant }, removal) = (world.granted(&reserved), world.removal(&secret));
            let (leases, secrets) = (world.store().leases(), world.store().dynamic_secrets());
            // Each starts some polls late, another number of them in each round.
            let activating = polls(round % 6).then(|()| leases.activate(&lease, &grant, &event));
            let removing = polls(round / 6 % 6).then(|()| secrets.delete(&removal));
            let (removed, given) = tokio::join!(removing, activating);
            removed.unwrap();
            let expected = if given.is_ok() { "closed" } else { "reserved" };
            assert_eq!(world.read_lease(lease.id).await.state.name(), expected, "round {round}: {given:?}");
            activated += usize::from(given.is_ok());
        }
    }
    println!("{activated} of {} leases were activated before their secret went", 2 * rounds);
    assert!((1..2 * rounds).contains(&activated), "only one was ever first");
}

/// Activations do not get into each other's way: with serializable transactions a quarter of them had to begin anew, and
/// some had to too often.
#[tokio::test]
async fn leases_that_are_activated_at_once_do_not_fail_each_other() {
    const LEASES: usize = 400;
    // Of many more, a busy machine frees no connection in time for some.
    const AT_ONCE: usize = 64;
    let world = World::postgres().await;
    let secret = world.stored_secret("ci").await;
    let mut waiting = Vec::new();
    for _ in 0..LEASES {
        let reserved = world.reserved(&secret).await;
        waiting.push((world.granted(&reserved), world.event("create-lease")));
    }
    let leases = world.store().leases();
    let activating = waiting.iter().map(|(Granted { lease, grant }, event)| leases.activate(lease, grant, event));
    stream::iter(activating).buffer_unordered(AT_ONCE).for_each(async |activated| activated.unwrap()).await;
    // A server tells what it counted within a second or so of doing it.
    let counted = "SELECT xact_commit || ' ' || xact_rollback FROM pg_stat_database WHERE datname = current_database()";
    let mut ticks = tokio::time::interval(Duration::from_millis(50));
    for _ in 0..400 {
        ticks.tick().await;
        let counts = world.raw().rows(counted).await.remove(0);
        let (committed, undone) = counts.split_once(' ').unwrap();
        assert_eq!(undone, "0", "transactions had to begin anew");
        if committed.parse::<usize>().unwrap() >= 2 * LEASES {
            return;
        }
    }
    panic!("the server does not tell what it counted");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_servers_end_each_lease_once_with_one_event() {
    let world = World::postgres().await;
    let leases = actives(&world, 60).await;
    world.after(World::LIFE);
    let other = open(&world.fixture.database, world.ambient()).await.unwrap();
    // Two that meet in a batch leave it to the faster one, so that the rounds it takes are not known beforehand.
    let mut ended = 0;
    for _ in 0..60 {
        let rounds = [world.store(), &other, world.store(), &other].map(|store| expire_on(&world, store, 25));
        ended += join_all(rounds).await.iter().sum::<u64>();
        if ended >= 60 {
            break;
        }
    }
    assert_eq!(ended, 60);
    let events = world.store().audit_events().list(&AuditFilter::everything()).await.unwrap();
    let told: Vec<_> =
        events.iter().filter(|event| event.kind == "expire-dynamic-secret-lease").map(lease_of).collect();
    assert_eq!(told.len(), 60);
    assert_eq!(told.into_iter().collect::<BTreeSet<_>>(), leases.iter().map(|lease| lease.id).collect());
}
