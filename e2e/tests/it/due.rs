//! Leases end on time, however many are due at once, and also when the server was away.

mod seed;

use std::{collections::BTreeSet, time::Duration};

use jiff::{SignedDuration, Timestamp};
use mayfly_api::{audit_logs::AuditLog, leases::LeaseBody};
use mayfly_e2e::{ClusterSide, Installation, Mayfly, Scene, waiting::until};
use mayfly_testkit::{
    ambient::ambient,
    both_databases, counts,
    fake_cluster::{FakeCluster, FakeClusterOptions},
};

use seed::Seeding;

/// The promise: how long after its `expireAt` a lease may still be there, or after the start of a server.
const PROMISE: SignedDuration = SignedDuration::from_secs(2);
/// Far beyond the promise, so that a broken one is told in numbers.
const PATIENCE: Duration = Duration::from_mins(2);
/// For the server to start once the leases are written.
const MARGIN: SignedDuration = SignedDuration::from_secs(8);

both_databases! {
    async fn leases_due_at_one_moment_end_in_time(home: Installation) {
        let stage = Stage::set(&home, |seeding| seeding.over_at() + MARGIN).await;
        let due = stage.due;
        assert!(ambient().now() < due, "the machine was too slow: the leases were due before the server was there");
        ambient().sleep(Duration::try_from(due.duration_since(ambient().now())).unwrap()).await;
        stage.insist(&home, due).await;
    }

    async fn leases_due_while_no_server_ran_end_after_the_start(home: Installation) {
        let stage = Stage::set(&home, |_| ambient().now()).await;
        let ready = stage.ready;
        stage.insist(&home, ready).await;
    }
}

/// A server on many leases that are due at the same moment.
struct Stage {
    mayfly: Mayfly,
    scene: Scene,
    ids: BTreeSet<String>,
    due: Timestamp,
    /// When the server said that it serves.
    ready: Timestamp,
}

impl Stage {
    async fn set(home: &Installation, due: impl FnOnce(&Seeding) -> Timestamp) -> Self {
        let cluster = FakeCluster::start(FakeClusterOptions::new(ambient())).await.unwrap();
        let mayfly = home.start().await.unwrap();
        let scene = Scene::with_secret(&mayfly, &ClusterSide::fake(&cluster)).await.unwrap();
        let pattern = scene.issue(None).await.unwrap().lease.id;
        mayfly.stop().await.unwrap();
        let seeding = Seeding::reserve(home, &scene.project_id, &pattern, counts::of(counts::LEASES_DUE)).await;
        let due = due(&seeding);
        let ids = seeding.activate(due).await;
        let mayfly = home.start().await.unwrap();
        Self { scene: scene.at(&mayfly), mayfly, ids, due, ready: ambient().now() }
    }

    /// Waits for the end of the last lease, measures it from `from`, and then looks at them all.
    async fn insist(self, home: &Installation, from: Timestamp) {
        let last = self.ids.last().unwrap();
        let path = format!("/api/v1/leases/{last}?projectSlug={}", self.scene.project_slug);
        let end = until(PATIENCE, "the last lease ends", async || {
            let LeaseBody { lease } = self.scene.client.get(&path).await?;
            Ok((lease.state == "ended").then(|| ambient().now()))
        });
        let took = end.await.unwrap().duration_since(from);
        println!("{} leases on {} ended in {took:#}", self.ids.len(), home.database_name());
        self.check_all().await;
        assert!(took <= PROMISE, "{} leases took {took:#}", self.ids.len());
        self.mayfly.stop().await.unwrap();
    }

    /// Each lease is ended, with one event.
    async fn check_all(&self) {
        let ended = self.scene.client.leases(&self.scene.project_slug, Some("ended"), None).await.unwrap();
        assert!(ended.iter().all(|lease| lease.outcome.as_deref() == Some("expired")));
        let ended: BTreeSet<String> = ended.into_iter().map(|lease| lease.id).collect();
        assert!(ended == self.ids, "{} leases ended, {} were due", ended.len(), self.ids.len());
        let events = self.expiries().await;
        let told: BTreeSet<&str> =
            events.iter().map(|event| event.event.metadata["leaseId"].as_str().unwrap()).collect();
        assert_eq!(events.len(), self.ids.len(), "one event for each lease");
        assert!(told.into_iter().eq(self.ids.iter().map(String::as_str)));
    }

    async fn expiries(&self) -> Vec<AuditLog> {
        const KIND: &str = "expire-dynamic-secret-lease";
        self.scene.client.audit_log_of(&self.scene.project_id, Some(KIND)).await.unwrap()
    }
}
