//! Retention removes whole seals, and the log verifies as before.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use mayfly_domain::audit::Event;
use mayfly_store::audit_chain::verify::Fault;
use mayfly_testkit::both_databases;

use crate::support::World;

async fn remove(world: &World, before: Timestamp) -> i64 {
    let chain = world.store().audit_chain();
    let Some(removable) = chain.removable(before).await.expect("old seals are looked for") else { return 0 };
    let told = Event::RemoveAuditEvents { through_seal: removable.through, events: removable.events, before };
    assert!(chain.remove(&removable, &world.event_of(told)).await.expect("old events are removed"));
    removable.events
}

both_databases! {
    async fn only_what_is_older_goes_and_the_rest_verifies(world: World) {
        world.append_many(5).await;
        world.seal().await;
        world.append_many(4).await;
        world.seal().await;
        let cut = world.after(Duration::from_hours(48));
        world.append_many(3).await;
        world.seal().await;
        let head = world.head().await;
        let before = world.count_events().await;
        let removed = remove(&world, cut).await;
        assert_eq!(u64::try_from(removed).unwrap(), before - 3);
        // The rest, and the event that tells of the removal.
        assert_eq!(world.count_events().await, 4);
        assert_eq!(remove(&world, cut).await, 0);
        world.append_many(2).await;
        world.seal().await;
        let verified = world.verify(Some(&head)).await;
        assert_eq!((verified.findings, verified.intact), (vec![], 6));
        assert!(verified.unproven.iter().any(|what| what.contains("retention removed, up to seal 2")), "{:?}", verified.unproven);
    }

    async fn the_log_verifies_at_each_step_of_a_removal_and_says_what_is_gone(world: World) {
        let mut heads = Vec::new();
        for _ in 0..4 {
            world.append_many(4).await;
            world.seal().await;
            heads.push(world.head().await);
            world.after(Duration::from_hours(24));
        }
        let intact = async |step: &str, gone: Option<i64>| {
            let verified = world.verify(None).await;
            assert_eq!((verified.findings, verified.intact), (vec![], world.count_events().await), "{step}");
            let said = verified.unproven.iter().find(|what| what.contains("retention removed")).cloned();
            assert_eq!(said.is_some(), gone.is_some(), "{step}: {said:?}");
            if let (Some(said), Some(seal)) = (said, gone) {
                assert!(said.contains(&format!("up to seal {seal}")), "{step}: {said}");
            }
        };
        intact("before", None).await;
        for round in 1..=3 {
            let before = world.now() - SignedDuration::from_hours(24 * (4 - round) + 12);
            assert!(remove(&world, before).await > 0, "round {round}");
            intact("removed", Some(round)).await;
            world.append_many(1).await;
            intact("gone on", Some(round)).await;
            world.seal().await;
            intact("sealed", Some(round)).await;
            // A head from before the removal proves what is left of its log; one that went itself is told as such.
            let kept = world.verify(heads.last()).await;
            assert_eq!(kept.findings, [], "the newest head, round {round}");
            let old = world.verify(heads.first()).await;
            assert_eq!(old.findings, [], "a head that is gone, round {round}");
        }
        let row = world.raw().rows("SELECT id FROM audit_events ORDER BY id LIMIT 1").await;
        world.raw().execute(&format!("DELETE FROM audit_events WHERE id = '{}'", row[0])).await;
        let found = world.verify(heads.last()).await.findings;
        assert!(found.iter().any(|finding| finding.fault == Fault::Missing), "a hand's removal is none of retention's: {found:?}");
    }

    async fn the_newest_seal_stays_however_old_it_is(world: World) {
        world.append_many(2).await;
        world.seal().await;
        let cut = world.now() + SignedDuration::from_hours(24);
        assert_eq!(remove(&world, cut).await, 0);
    }

    async fn a_removal_that_retention_did_not_make_is_found(world: World) {
        world.append_many(2).await;
        world.seal().await;
        world.append_many(2).await;
        world.seal().await;
        world.raw().execute("DELETE FROM audit_seals WHERE number = 1").await;
        let found = world.verify(None).await.findings;
        assert!(found.iter().any(|finding| finding.fault == Fault::SealMissing && finding.seal == Some(1)), "{found:?}");
    }
}
