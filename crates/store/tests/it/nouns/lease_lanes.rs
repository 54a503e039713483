//! Lanes: each connection's leases are removed on their own, so that one cluster that is away keeps no other waiting.

use mayfly_domain::ids::AuditEventId;
use mayfly_store::leases::removing::{Attempt, Failure, PuttingOff};
use mayfly_testkit::{both_databases, counts};

use super::lease_ends::expiries;
use crate::support::{World, later, tries};

both_databases! {
    async fn lanes_are_those_in_which_something_is_due_now(world: World) {
        let mut secrets = Vec::new();
        for name in ["active", "ending", "postponed", "claimed", "reserved", "over", "only-expires", "idle"] {
            secrets.push(world.stored_secret(name).await);
        }
        let [active, ending, postponed, claimed, reserved, over, only_expires, _] = &secrets[..] else { unreachable!() };
        let lease = world.removable(active).await.lease;
        world.ending(ending).await;
        let put_off = world.ending(postponed).await;
        let next = later(lease.expire_at, World::LIFE);
        let failure = Failure { why: "no answer", next, attempt: Attempt::Made };
        world.store().leases().postpone(put_off.lease.id, put_off.fence, failure, None).await.unwrap();
        let taken = world.ending(claimed).await.lease;
        world.store().leases().claim_ending(taken.id, next).await.unwrap();
        world.reserved_removable(reserved).await;
        world.finish(&world.ending(over).await).await;
        world.active(only_expires).await;

        assert_eq!(world.lanes().await, [ending.connection.id]);
        world.wait_until_before(lease.expire_at);
        assert_eq!(world.lanes().await, [ending.connection.id]);
        world.tick();
        assert_eq!(world.lanes().await, [active.connection.id, ending.connection.id]);
        world.wait_until_before(next);
        assert_eq!(world.lanes().await, [active.connection.id, ending.connection.id]);
        world.tick();
        let due = [active, ending, postponed, claimed].map(|secret| secret.connection.id);
        assert_eq!(world.lanes().await, due);
    }

    async fn thousands_of_leases_in_one_lane_hide_no_other(world: World) {
        let count = counts::of(counts::LEASES_DUE);
        let (first, crowded, last) =
            (world.stored_secret("a").await, world.stored_secret("b").await, world.stored_secret("c").await);
        let crowd = world.ending(&crowded).await.lease;
        world.copy_lease(crowd.id, count - 1).await;
        let (one, other) = (world.ending(&first).await.lease, world.ending(&last).await.lease);
        let lanes = [&first, &crowded, &last].map(|secret| secret.connection.id);
        assert_eq!(world.lanes().await, lanes);
        for (secret, lease) in [(&last, other), (&first, one)] {
            let claimed = world.claim_on(world.store(), secret.connection.id, 10).await;
            assert_eq!(claimed.iter().map(|claimed| claimed.lease.id).collect::<Vec<_>>(), [lease.id]);
        }
        assert_eq!(world.lanes().await, [crowded.connection.id]);
        assert_eq!(world.claim(&crowded).await.len(), count);
        assert!(world.lanes().await.is_empty());
    }

    async fn what_is_due_in_a_lane_that_is_shut_is_put_off_at_once_and_told_why(world: World) {
        let (shut, other) = (world.stored_secret("shut").await, world.stored_secret("other").await);
        let mut due = vec![world.ending(&shut).await.lease];
        for _ in 0..2 {
            due.push(world.removable(&shut).await.lease);
        }
        let untouched = world.ending(&other).await.lease;
        let now = world.after(World::LIFE);
        let early = world.removable(&shut).await.lease;
        let (connection, next, event) = (shut.connection.id, later(now, World::LIFE), AuditEventId::generate(world.ambient()));
        let put_off = async |limit: i64, event: AuditEventId| {
            let wish = PuttingOff { connection, now, next, why: "the lane is shut", limit, event };
            world.store().leases().put_off_due(wish).await.unwrap()
        };
        assert!(put_off(2, event).await, "one is left");
        assert!(!put_off(2, AuditEventId::generate(world.ambient())).await);
        for lease in &due {
            assert_eq!(tries(&world.read_lease(lease.id).await), (0, Some("the lane is shut"), next), "without a try");
        }
        assert_eq!(world.read_lease(early.id).await, early, "its time is not up");
        assert_eq!(world.read_lease(untouched.id).await, untouched);
        assert_eq!(expiries(&world).await.len(), 2, "one was ending before");

        assert!(!put_off(2, AuditEventId::generate(world.ambient())).await);
        assert_eq!(world.lanes().await, [other.connection.id]);
        world.wait_until_before(next);
        world.tick();
        assert_eq!(world.claim(&shut).await.len(), due.len());
        assert_eq!(expiries(&world).await.len(), 2, "told once");
    }

    async fn a_lane_that_cannot_be_read_hides_no_other(world: World) {
        let (spoiled, sound) = (world.stored_secret("spoiled").await, world.stored_secret("sound").await);
        let lease = world.ending(&spoiled).await.lease;
        world.ending(&sound).await;
        let statement = format!("UPDATE lease_states SET lane = '0-is-no-id' WHERE lease_id = '{}'", lease.id);
        world.raw().execute(&statement).await;
        assert_eq!(world.lanes().await, [sound.connection.id]);
    }
}
