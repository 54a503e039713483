//! Wrong client secrets, counted and locked by their source.

use std::time::Duration;

use futures::future::join_all;
use jiff::{SignedDuration, Timestamp};
use mayfly_domain::ids::UniversalAuthId;
use mayfly_store::login_failures::{Counting, Failures, Guess};
use mayfly_testkit::both_databases;

use crate::support::World;

const NOT_LOCKED: &str = "the source is not locked already";

fn counting(now: Timestamp) -> Counting {
    let since = |seconds| now - SignedDuration::from_secs(seconds);
    Counting { now, quiet_since: since(30), window_since: since(3600) }
}

fn failures(of_source: i64, of_client: i64) -> Failures {
    Failures { of_source, of_client }
}

both_databases! {
    async fn wrong_secrets_are_counted_for_their_source_until_a_quiet_time_and_for_all_in_a_window(world: World) {
        let client = Some(UniversalAuthId::generate(world.ambient()));
        let fail = async |source| {
            world.store().login_failures().count(&Guess { client, source }, counting(world.now())).await.unwrap()
        };
        assert_eq!((fail("a").await, fail("a").await, fail("b").await), (failures(1, 1), failures(2, 2), failures(1, 3)));
        world.after(Duration::from_secs(29));
        assert_eq!(fail("a").await, failures(3, 4));
        world.after(Duration::from_secs(30));
        assert_eq!(fail("a").await, failures(1, 5), "a source that was quiet begins anew");
        world.after(Duration::from_hours(1));
        assert_eq!(fail("a").await, failures(1, 1), "and so does the window of all");
    }

    async fn none_of_many_wrong_secrets_at_once_is_missed(world: World) {
        let client = Some(UniversalAuthId::generate(world.ambient()));
        let (now, guess) = (world.now(), Guess { client, source: "a" });
        let failures = world.store().login_failures();
        let all = join_all((0..20).map(|_| failures.count(&guess, counting(now)))).await;
        let mut counts: Vec<i64> = all.into_iter().map(|counted| counted.unwrap().of_client).collect();
        counts.sort_unstable();
        assert_eq!(counts, (1..=20).collect::<Vec<_>>());
    }

    async fn a_lock_holds_for_its_source_alone_and_is_made_once(world: World) {
        let id = UniversalAuthId::generate(world.ambient());
        let of = |source| Guess { client: Some(id), source };
        let locks = world.store().login_failures();
        let until = world.now() + SignedDuration::from_mins(5);
        for source in ["a", "b", "c"] {
            locks.count(&of(source), counting(world.now())).await.unwrap();
        }
        let event = world.event("lock");
        world.leaves(&event, locks.lock(&of("a"), (world.now(), until), &event)).await;
        assert_eq!(locks.locked_until(&of("a")).await.unwrap(), Some(until));
        for other in [of("b"), Guess { client: None, source: "a" }, of("nowhere")] {
            assert_eq!(locks.locked_until(&other).await.unwrap(), None, "{other:?}");
        }
        // Of guesses at the same moment, whose clocks differ a little, one locks.
        for another in [until - SignedDuration::from_mins(1), until, until + SignedDuration::from_millis(1)] {
            let lock = (world.now(), another);
            world.guards(NOT_LOCKED, locks.lock(&of("a"), lock, &world.event("another"))).await;
        }
        locks.lock(&of("b"), (world.now(), until), &world.event("lock")).await.unwrap();
        assert_eq!(locks.count_locked(id, world.now()).await.unwrap(), 2);
        let event = world.event("clear");
        assert_eq!(world.leaves(&event, locks.clear(id, world.now(), &event)).await, 2);
        assert_eq!(locks.locked_until(&of("a")).await.unwrap(), None);
        let event = world.event("clear again");
        assert_eq!(world.leaves(&event, locks.clear(id, world.now(), &event)).await, 0);
    }

    async fn old_failures_are_forgotten_and_locks_are_not(world: World) {
        let client = Some(UniversalAuthId::generate(world.ambient()));
        let of = |source| Guess { client, source };
        let failures = world.store().login_failures();
        for source in ["a", "b"] {
            failures.count(&of(source), counting(world.now())).await.unwrap();
        }
        let until = world.now() + SignedDuration::from_hours(2);
        failures.lock(&of("b"), (world.now(), until), &world.event("lock")).await.unwrap();
        world.after(Duration::from_hours(1));
        failures.forget(world.now()).await.unwrap();
        assert_eq!(failures.locked_until(&of("b")).await.unwrap(), Some(until));
        let counted = failures.count(&of("a"), counting(world.now())).await.unwrap();
        assert_eq!((counted.of_source, counted.of_client), (1, 1));
    }
}
