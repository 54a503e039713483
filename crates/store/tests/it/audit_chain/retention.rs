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
