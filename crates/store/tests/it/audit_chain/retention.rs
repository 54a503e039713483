//! Retention removes whole seals, and the log verifies as before.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use mayfly_domain::audit::Event;
use mayfly_store::{
    audit_chain::{seal::Head, verify::Fault},
    audit_events::AuditFilter,
};
use mayfly_testkit::both_databases;
use serde_json::json;

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

    async fn what_somebody_made_look_old_is_not_removed(world: World) {
        for _ in 0..3 {
            world.append_many(3).await;
            world.seal().await;
        }
        let cut = world.now() - SignedDuration::from_hours(1);
        let refused = async || {
            let refused = world.store().audit_chain().removable(cut).await.unwrap_err().to_string();
            assert!(refused.contains("seal 1 of the audit log is not what was written"), "{refused}");
        };
        world.raw().execute("CREATE TABLE kept AS SELECT * FROM audit_seals").await;
        world.raw().execute("UPDATE audit_seals SET newest_at = 0 WHERE number < 3").await;
        refused().await;
        // Nor one that is ours and stands where another was.
        world.raw().execute("DELETE FROM audit_seals WHERE number = 1").await;
        world.after(Duration::from_hours(48));
        let gap = world.store().audit_chain().removable(world.now()).await.unwrap_err().to_string();
        assert!(gap.contains("seal 2"), "{gap}");
        world.raw().execute("DELETE FROM audit_seals").await;
        world.raw().execute("INSERT INTO audit_seals SELECT * FROM kept").await;
        let now = world.now();
        assert!(remove(&world, now).await > 0, "as they were written they go when their time has come");
    }

    async fn what_a_changed_seal_says_of_retention_is_not_carried_on(world: World) {
        let mut heads = Vec::new();
        for _ in 0..3 {
            world.append_many(3).await;
            world.seal().await;
            heads.push(world.head().await.mark);
        }
        let told = world.raw().rows("SELECT content FROM audit_seals WHERE number = 3").await.remove(0);
        let lie = json!({"parts": [], "events": 0, "removed": {"number": 2, "events": 6, "mark": heads[1]}});
        world.raw().execute(&format!("UPDATE audit_seals SET content = '{lie}' WHERE number = 3")).await;
        world.append_many(2).await;
        world.seal().await;
        world.raw().execute(&format!("UPDATE audit_seals SET content = '{told}' WHERE number = 3")).await;
        assert_eq!(world.verify(None).await.findings, [], "all is there as it was");
        world.raw().execute("DELETE FROM audit_seals WHERE number <= 2").await;
        let found = world.verify(None).await.findings;
        assert!(found.iter().any(|finding| finding.fault == Fault::SealMissing && finding.seal == Some(1)), "{found:?}");
    }

    async fn what_retention_removed_is_found_when_it_is_put_back(world: World) {
        world.append_many(4).await;
        world.seal().await;
        world.raw().execute("CREATE TABLE kept AS SELECT * FROM audit_events").await;
        let put_back = world.count_events().await;
        let cut = world.after(Duration::from_hours(48));
        world.append_many(2).await;
        world.seal().await;
        remove(&world, cut).await;
        world.raw().execute("INSERT INTO audit_events SELECT * FROM kept").await;
        for round in ["not sealed yet", "sealed since"] {
            let found = world.verify(None).await.findings;
            assert_eq!(u64::try_from(found.len()).unwrap(), put_back, "{round}: {found:?}");
            assert!(found.iter().all(|finding| finding.fault == Fault::Added), "{round}: {found:?}");
            world.append_many(1).await;
            world.seal().await;
        }
    }

    async fn a_head_that_retention_removed_is_compared_or_said_not_to_be(world: World) {
        world.append_many(2).await;
        world.seal().await;
        let older = world.head().await;
        world.append_many(2).await;
        world.seal().await;
        let removed = world.head().await;
        let cut = world.after(Duration::from_hours(48));
        world.append_many(2).await;
        world.seal().await;
        remove(&world, cut).await;
        let verified = world.verify(Some(&older)).await;
        assert_eq!(verified.findings, []);
        assert!(verified.unproven.iter().any(|what| what.contains("give a later head")), "{:?}", verified.unproven);
        let verified = world.verify(Some(&removed)).await;
        assert_eq!(verified.findings, []);
        assert!(!verified.unproven.iter().any(|what| what.contains("give a later head")), "{:?}", verified.unproven);
        let other = Head { mark: older.mark.clone(), ..removed };
        let found = world.verify(Some(&other)).await.findings;
        assert!(found.iter().any(|finding| finding.fault == Fault::CutOff), "{found:?}");
    }

    async fn times_that_are_none_stop_neither_sealing_nor_verifying(world: World) {
        world.append_many(2).await;
        world.seal().await;
        world.append_many(3).await;
        let last = world.raw().rows("SELECT id FROM audit_events ORDER BY id DESC LIMIT 1").await.remove(0);
        world.raw().execute(&format!("UPDATE audit_events SET created_at = {} WHERE id = '{last}'", i64::MAX)).await;
        world.seal().await;
        let found = world.verify(None).await.findings;
        assert!(matches!(&found[..], [finding] if finding.event.as_deref() == Some(last.as_str())), "{found:?}");
        world.raw().execute(&format!("UPDATE audit_seals SET newest_at = {} WHERE number = 1", i64::MAX)).await;
        let found = world.verify(None).await.findings;
        assert!(found.iter().any(|finding| finding.fault == Fault::SealChanged && finding.seal == Some(1)), "{found:?}");
        // It can be shown as what it is, and stops nobody from reading the others.
        let listed = world.store().audit_events().list(&AuditFilter { limit: 100, ..AuditFilter::everything() }).await.unwrap();
        assert!(listed.len() >= 4);
    }

    async fn a_row_that_cannot_be_read_hides_no_other(world: World) {
        world.append_many(3).await;
        let ids = world.raw().rows("SELECT id FROM audit_events ORDER BY id").await;
        world.raw().execute(&format!("UPDATE audit_events SET actor = '{{}}' WHERE id = '{}'", ids[1])).await;
        let listed = world.store().audit_events().list(&AuditFilter::everything()).await.unwrap();
        assert_eq!(listed.len(), ids.len());
        let spoilt: Vec<_> = listed.iter().filter(|event| event.metadata.get("unreadable").is_some()).collect();
        assert!(matches!(&spoilt[..], [event] if event.id.to_string() == ids[1]), "{spoilt:?}");
    }
}
