//! Very many leases with objects are due in the same second: none is lost, none ends early, and new ones are issued
//! meanwhile.

mod side;

use std::{
    collections::BTreeSet,
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};

use jiff::Timestamp;
use mayfly_api::{audit_logs::AuditLog, leases::LeaseBody};
use mayfly_e2e::{Crowd, Installation, Mayfly, Scene, inputs::dynamic, waiting::until};
use mayfly_testkit::{ambient::ambient, both_databases, counts};

use side::Side;

/// Far longer than it takes on a busy machine: a lease that is lost is never there.
const PATIENCE: Duration = Duration::from_mins(8);
/// What a lease has in its cluster.
const OBJECTS: usize = 2;
/// Before the second in which the others are due.
const HEAD_START: Duration = Duration::from_secs(2);

both_databases! {
    async fn leases_with_objects_due_in_one_second_all_end_and_none_early(home: Installation) {
        Stage::set(&home, Side::fake().await).await.insist().await;
    }
}

#[tokio::test]
async fn real_leases_with_objects_due_in_one_second_all_end_and_none_early() {
    Stage::set(&Installation::sqlite().await, Side::real().await).await.insist().await;
}

struct Stage {
    side: Side,
    mayfly: Mayfly,
    scene: Scene,
    crowd: Crowd,
    /// Objects that were removed before all were issued.
    removed_before: usize,
}

impl Stage {
    async fn set(home: &Installation, side: Side) -> Self {
        let mayfly = home.start().await.unwrap();
        let scene = Scene::bootstrap(&mayfly).await.unwrap();
        scene.create_secret_with(&dynamic(), side.cluster_side()).await.unwrap();
        let crowd = Crowd::issue(&scene, counts::of(counts::CROWD)).await.unwrap();
        let removed_before = side.removals().len();
        let made = OBJECTS * (crowd.leases.len() + crowd.lasting.len());
        assert_eq!(side.owned().await, made, "each lease has its objects");
        Self { side, mayfly, scene, crowd, removed_before }
    }

    async fn insist(self) {
        let is_over = AtomicBool::new(false);
        let ending = async {
            self.crowd.wait().await;
            let path = format!("/api/v1/leases/{}?projectSlug={}", self.crowd.last().unwrap(), self.scene.project_slug);
            let last = until(PATIENCE, "the last lease ends", async || {
                let LeaseBody { lease } = self.scene.client.get(&path).await?;
                Ok((lease.state == "ended").then_some(()))
            });
            last.await.unwrap();
            is_over.store(true, Ordering::Relaxed);
        };
        let (issued, ()) = tokio::join!(self.issue_meanwhile(&is_over), ending);
        let meanwhile = issued.iter().filter(|(asked, _)| *asked >= self.crowd.due).count();
        assert!(meanwhile > 0, "nothing was issued while leases ended");
        let took = self.all_ended().await.duration_since(self.crowd.due);
        println!(
            "{} leases on {} ended {took:#} after the beginning of their second; {meanwhile} were issued meanwhile",
            self.crowd.leases.len(),
            self.side.name()
        );
        self.told_once().await;
        let first = self.crowd.leases[0].0;
        let removals = self.side.removals().split_off(self.removed_before);
        assert!(removals.len() >= OBJECTS * self.crowd.leases.len());
        assert!(removals.iter().all(|removed| *removed >= first), "by the cluster's own record, some went early");
        let left = OBJECTS * (self.crowd.lasting.len() + issued.len());
        assert_eq!(self.side.owned().await, left, "what is left belongs to leases that last");
        self.mayfly.stop().await.unwrap();
    }

    /// Issues one lease after the other. Says when each was asked for, and its id.
    async fn issue_meanwhile(&self, is_over: &AtomicBool) -> Vec<(Timestamp, String)> {
        let left = Duration::try_from(self.crowd.due.duration_since(ambient().now())).unwrap_or_default();
        ambient().sleep(left.saturating_sub(HEAD_START)).await;
        let mut issued = Vec::new();
        while !is_over.load(Ordering::Relaxed) {
            let asked = ambient().now();
            issued.push((asked, self.scene.issue(None).await.unwrap().lease.id));
        }
        issued
    }

    /// Waits until each has ended, and none before its time. Says when the last one did.
    async fn all_ended(&self) -> Timestamp {
        let ended = until(PATIENCE, "every lease has ended", async || {
            let mut ended = self.scene.client.leases(&self.scene.project_slug, Some("ended"), None).await?;
            let ids: BTreeSet<&str> = self.crowd.leases.iter().map(|(_, id)| id.as_str()).collect();
            ended.retain(|lease| ids.contains(lease.id.as_str()));
            Ok((ended.len() == ids.len()).then_some(ended))
        });
        let mut last = self.crowd.due;
        for lease in ended.await.unwrap() {
            assert_eq!(lease.outcome.as_deref(), Some("expired"), "{}", lease.id);
            let at = |text: &str| text.parse::<Timestamp>().unwrap();
            let ended_at = at(lease.ended_at.as_deref().unwrap());
            assert!(ended_at >= at(&lease.expire_at), "{} ended early, at {ended_at}", lease.id);
            last = last.max(ended_at);
        }
        last
    }

    /// Each has one event of its end, not before its time, and one of its objects' end.
    async fn told_once(&self) {
        for kind in ["expire-dynamic-secret-lease", "clean-up-dynamic-secret-lease"] {
            let events = self.scene.client.audit_log_of(&self.scene.project_id, Some(kind)).await.unwrap();
            let id = |event: &AuditLog| event.event.metadata["leaseId"].as_str().unwrap().to_owned();
            let told: Vec<String> = events.iter().map(id).collect();
            let mut ours: Vec<&String> = self.crowd.leases.iter().map(|(_, id)| id).collect();
            ours.sort_unstable();
            let is_ours: BTreeSet<&String> = ours.iter().copied().collect();
            let mut told: Vec<&String> = told.iter().filter(|id| is_ours.contains(id)).collect();
            told.sort_unstable();
            assert!(told == ours, "{kind}: {} events for {} leases", told.len(), ours.len());
        }
    }
}
