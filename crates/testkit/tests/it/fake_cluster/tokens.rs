//! When the fake cluster stops accepting tokens.

use std::time::Duration;

use mayfly_domain::plan::ObjectKind;
use mayfly_testkit::{
    clock::TestClock,
    fake_cluster::{FakeCluster, FakeClusterOptions, FakeRight},
};
use serde_json::json;

use super::{caller::Caller, pair::path_of};

/// A cluster with an account and an anchor, and a clock that only the test moves.
struct Scene {
    clock: TestClock,
    cluster: FakeCluster,
    admin: Caller,
}

impl Scene {
    async fn with_cache(token_cache: Duration) -> Self {
        let clock = TestClock::default();
        let options = FakeClusterOptions { token_cache, ..FakeClusterOptions::new(clock.ambient(1)) };
        let cluster = FakeCluster::start(options).await.unwrap();
        cluster.add_account("team", "deployer");
        cluster.add_object(ObjectKind::Secret, Some("team"), "anchor", json!({}));
        cluster.grant("admin", FakeRight::everywhere("*", "*"));
        let admin = Caller::of_fake(&cluster, &cluster.add_user("admin"));
        Self { clock, cluster, admin }
    }

    async fn bound_token(&self) -> Caller {
        let path = format!("{}/deployer/token", path_of(ObjectKind::ServiceAccount, "team"));
        let reference = json!({ "kind": "Secret", "apiVersion": "v1", "name": "anchor" });
        let (status, answer) = self.admin.post(&path, json!({ "spec": { "boundObjectRef": reference } })).await;
        assert_eq!(status, 201, "{answer}");
        self.admin.with_token(answer["status"]["token"].as_str().unwrap())
    }
}

#[tokio::test]
async fn a_token_ends_with_its_secret_or_its_account_even_if_another_takes_the_name() {
    for kind in [ObjectKind::Secret, ObjectKind::ServiceAccount] {
        let scene = Scene::with_cache(Duration::ZERO).await;
        let holder = scene.bound_token().await;
        assert!(holder.is_known().await);
        let name = if kind == ObjectKind::Secret { "anchor" } else { "deployer" };
        scene.cluster.delete_object(kind, Some("team"), name);
        assert!(!holder.is_known().await);
        scene.cluster.add_object(kind, Some("team"), name, json!({}));
        assert!(!holder.is_known().await, "another {} has its name", kind.name());
        assert!(scene.bound_token().await.is_known().await);
    }
}

#[tokio::test]
async fn a_token_that_was_accepted_is_accepted_until_the_cache_forgets_it() {
    let scene = Scene::with_cache(Duration::from_secs(10)).await;
    let (used, unused) = (scene.bound_token().await, scene.bound_token().await);
    assert!(used.is_known().await);
    scene.clock.advance(Duration::from_secs(4));
    scene.cluster.delete_object(ObjectKind::Secret, Some("team"), "anchor");
    assert!(!unused.is_known().await, "it was never seen");
    scene.clock.advance(Duration::from_millis(5_999));
    assert!(used.is_known().await, "use does not lengthen it");
    scene.clock.advance(Duration::from_millis(1));
    assert!(!used.is_known().await);
}

#[tokio::test]
async fn a_token_of_what_is_held_while_it_goes_is_accepted_for_a_minute() {
    for (kind, name) in [(ObjectKind::Secret, "anchor"), (ObjectKind::ServiceAccount, "deployer")] {
        let scene = Scene::with_cache(Duration::ZERO).await;
        let holder = scene.bound_token().await;
        scene.cluster.hold(kind, Some("team"), name);
        let (status, _) = scene.admin.delete(&format!("{}/{name}", path_of(kind, "team")), None).await;
        assert_eq!(status, 200);
        scene.clock.advance(Duration::from_mins(1));
        assert!(holder.is_known().await);
        scene.clock.advance(Duration::from_millis(1));
        assert!(!holder.is_known().await);
    }
}
