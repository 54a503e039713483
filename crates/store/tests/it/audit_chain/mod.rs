//! The audit log as a chain: what was done to it past the store is found, and what was undone is no fault.

mod manipulation;
mod retention;

use std::time::Duration;

use futures::future::join_all;
use mayfly_domain::ids::AuditEventId;
use mayfly_store::audit_chain::{
    seal::Head,
    verify::{Fault, Verified},
};
use mayfly_testkit::both_databases;

use crate::{
    fixture,
    support::{World, denied},
};

impl World {
    async fn append_many(&self, count: usize) {
        let events: Vec<_> = (0..count).map(|number| self.event_of(denied(&format!("event {number}")))).collect();
        let log = self.store().audit_events();
        for appended in join_all(events.iter().map(|event| log.append(event))).await {
            appended.expect("an event is appended");
        }
    }

    async fn seal(&self) {
        let now = self.tick();
        self.store().audit_chain().seal_new(now).await.expect("the log is sealed").expect("there was something new");
    }

    async fn head(&self) -> Head {
        self.store().audit_chain().head().await.expect("the head is read").expect("the log is sealed")
    }

    async fn verify(&self, head: Option<&Head>) -> Verified {
        self.store().audit_chain().verify(head).await.expect("the log is verified")
    }

    async fn count_events(&self) -> u64 {
        self.raw().rows("SELECT COUNT(*) FROM audit_events").await[0].parse().expect("a number")
    }
}

both_databases! {
    async fn an_untouched_log_verifies_whatever_was_undone_meanwhile(world: World) {
        world.append_many(20).await;
        // A transaction that is undone after its event was linked: the lease is not there.
        let secret = world.stored_secret("ci").await;
        let lease = world.lease(&secret);
        for _ in 0..5 {
            let (closing, event) = (world.store().leases(), world.event("undone"));
            let (undone, ()) = tokio::join!(closing.close(lease.id, &event), world.append_many(3));
            assert!(undone.is_err());
        }
        let taken = world.event("twice");
        world.store().audit_events().append(&taken).await.unwrap();
        assert!(world.store().audit_events().append(&taken).await.is_err());
        world.append_many(3).await;
        world.seal().await;
        world.append_many(2).await;
        let verified = world.verify(Some(&world.head().await)).await;
        assert_eq!((verified.findings, verified.intact, verified.unsealed), (vec![], world.count_events().await, 2));
    }

    async fn events_of_a_batch_are_linked_each_for_itself(world: World) {
        let secret = world.stored_secret("ci").await;
        let lease = world.active(&secret).await.lease;
        world.copy_lease(lease.id, 30).await;
        world.after(World::LIFE);
        let id = AuditEventId::generate(world.ambient());
        assert_eq!(world.store().leases().expire_due(world.now(), 100, id).await.unwrap(), 31);
        let verified = world.verify(None).await;
        assert_eq!((verified.findings, verified.intact), (vec![], world.count_events().await));
        assert_eq!(world.raw().rows("SELECT COUNT(*) FROM audit_events WHERE mac IS NULL").await, ["0"]);
    }

    async fn a_transaction_that_nobody_waits_for_leaves_no_gap(world: World) {
        for _ in 0..10 {
            let event = world.event("nobody waits");
            let store = world.store().clone();
            let writing = tokio::spawn(async move { store.audit_events().append(&event).await });
            tokio::task::yield_now().await;
            writing.abort();
            let _ = writing.await;
            world.append_many(2).await;
        }
        world.seal().await;
        assert_eq!(world.verify(None).await.findings, []);
    }

    async fn another_start_goes_on_in_another_chain(world: World) {
        world.append_many(3).await;
        world.seal().await;
        let World { fixture, .. } = world;
        let (raw, database, ambient) = (fixture.raw(), fixture.database.clone(), fixture.ambient.clone());
        let fixture = fixture.closed();
        let again = fixture::open(&database, &ambient).await.unwrap();
        let event = mayfly_domain::audit::AuditEvent {
            id: AuditEventId::generate(&ambient),
            organization: None,
            project: None,
            actor: mayfly_domain::caller::Actor::Platform,
            origin: mayfly_domain::caller::Origin::platform(),
            event: denied("again").into(),
            created_at: ambient.now(),
        };
        again.audit_events().append(&event).await.unwrap();
        again.audit_chain().seal_new(ambient.now()).await.unwrap().unwrap();
        assert_eq!(again.audit_chain().verify(None).await.unwrap().findings, []);
        let chains: u64 = raw.rows("SELECT COUNT(DISTINCT chain) FROM audit_events").await[0].parse().unwrap();
        assert!(chains >= 2, "{chains}");
        drop(fixture);
    }

    async fn what_was_there_before_is_sealed_as_it_is_found(world: World) {
        world.append_many(3).await;
        world.raw().execute("UPDATE audit_events SET chain = NULL, number = NULL, previous = NULL, mac = NULL").await;
        let before = world.count_events().await;
        assert_eq!(world.verify(None).await.findings, []);
        world.append_many(2).await;
        world.seal().await;
        let verified = world.verify(None).await;
        assert_eq!((verified.findings, verified.intact), (vec![], before + 2));
        assert!(verified.unproven.iter().any(|what| what.contains(&format!("{before} events before"))));
        world.raw().execute("UPDATE audit_events SET user_agent = 'x' WHERE chain = 0 AND number = 2").await;
        let found = world.verify(None).await.findings;
        assert_eq!((found.len(), found[0].fault, found[0].first, found[0].seal), (1, Fault::Changed, Some(2), Some(1)));
    }

    async fn nothing_new_is_no_seal(world: World) {
        world.seal().await;
        let now = world.after(Duration::from_mins(1));
        assert!(world.store().audit_chain().seal_new(now).await.unwrap().is_none());
    }

    async fn a_task_on_the_log_is_one_servers_until_it_is_due(world: World) {
        let chain = world.store().audit_chain();
        let (now, until) = (world.now(), world.now() + jiff::SignedDuration::from_secs(60));
        assert!(chain.claim("seal", now, until).await.unwrap());
        assert!(!chain.claim("seal", now, until).await.unwrap());
        assert!(chain.claim("seal", until, until).await.unwrap());
    }
}
