//! Leases whose end is brought about in a real cluster: temporary accounts, and tokens of existing accounts that can be
//! taken back.

use std::time::Duration;

use jiff::SignedDuration;
use mayfly_api::leases::{IssueLeaseRequest, IssuedLease, LeaseBody};
use mayfly_e2e::{
    Installation, Mayfly, RIGHTS_PATIENCE, RealGround, Scene,
    inputs::{dynamic, own_rules, revocable},
    waiting::until,
};
use mayfly_testkit::{ambient::ambient, real_cluster::shared};
use reqwest::StatusCode;
use serde_json::Value;

/// After a lease's end, its objects are gone by then.
const GONE_WITHIN: Duration = Duration::from_secs(5);
/// After that its token is refused by then: API servers remember accepted tokens for ten seconds.
const REFUSED_WITHIN: Duration = Duration::from_secs(15);

/// A server whose dynamic secret issues from a namespace of its own in a real cluster.
pub(crate) struct Stage {
    pub(crate) ground: RealGround,
    pub(crate) mayfly: Mayfly,
    pub(crate) scene: Scene,
}

impl Stage {
    /// With these inputs of the dynamic secret.
    pub(crate) async fn set(inputs: &Value) -> Self {
        let stage = Self::bare().await;
        stage.scene.create_secret_with(inputs, &stage.ground.side).await.unwrap();
        stage
    }

    /// Without a dynamic secret.
    pub(crate) async fn bare() -> Self {
        let ground = RealGround::prepare(shared().await.unwrap(), "belongings").await.unwrap();
        ground.allow_dynamic().await.unwrap();
        let mayfly = Installation::sqlite().await.start().await.unwrap();
        let scene = Scene::bootstrap(&mayfly).await.unwrap();
        Self { ground, mayfly, scene }
    }

    pub(crate) async fn issue(&self, ttl: &str) -> IssuedLease {
        let request = IssueLeaseRequest { ttl: Some(ttl.to_owned()), ..self.scene.lease_request() };
        self.scene.issue_as(&request).await.unwrap()
    }

    async fn works(&self, issued: &IssuedLease) -> StatusCode {
        let path = format!("/api/v1/namespaces/{}/configmaps", self.ground.side.namespace);
        self.ground.read(Scene::token(issued).unwrap(), &path).await.unwrap()
    }

    /// Rights are learnt by a watch: a fresh account has them a moment later.
    async fn comes_to_work(&self, issued: &IssuedLease) {
        let working = until(RIGHTS_PATIENCE, "the token works", async || {
            Ok((self.works(issued).await == StatusCode::OK).then_some(()))
        });
        working.await.unwrap();
    }

    /// Waits for the objects to go and the token to be refused, each within its promise.
    pub(crate) async fn ends(&self, issued: &IssuedLease) {
        let gone = until(GONE_WITHIN, "the objects are gone", async || {
            Ok(self.ground.owned().await?.is_empty().then_some(()))
        });
        gone.await.unwrap();
        let (token, from) = (Scene::token(issued).unwrap(), ambient().now());
        let refused = until(REFUSED_WITHIN, "the token is refused", async || {
            Ok(self.ground.who_am_i(token).await?.is_none().then_some(()))
        });
        refused.await.unwrap();
        println!("its token was refused {:#} after its objects had gone", ambient().now().duration_since(from));
    }
}

async fn ended_early(inputs: Value, kinds: &[&str]) {
    let stage = Stage::set(&inputs).await;
    let issued = stage.issue("1h").await;
    assert_eq!((issued.lease.ends_when.as_str(), issued.lease.state.as_str()), ("deleted", "active"));
    let owned = stage.ground.owned().await.unwrap();
    let mut found: Vec<&str> = owned.iter().filter_map(|name| name.split('/').next()).collect();
    found.sort_unstable();
    assert_eq!(found, kinds);
    if inputs.get("rules").is_none() {
        stage.comes_to_work(&issued).await;
    }
    let LeaseBody { lease } = stage.scene.end(&issued.lease.id).await.unwrap();
    assert_eq!(
        (lease.state.as_str(), lease.outcome.as_deref()),
        ("ended", Some("revoked")),
        "{:?}",
        lease.status_details
    );
    stage.ends(&issued).await;
    stage.mayfly.stop().await.unwrap();
}

async fn ended_on_time(inputs: Value) {
    let stage = Stage::set(&inputs).await;
    let asked = ambient().now();
    let issued = stage.issue("1m").await;
    let answered = ambient().now();
    let end: jiff::Timestamp = issued.lease.expire_at.parse().unwrap();
    // It was reserved in between, and rows have whole milliseconds.
    let minute = SignedDuration::from_mins(1);
    let earliest = asked + minute - SignedDuration::from_millis(1);
    assert!((earliest..=answered + minute).contains(&end), "{asked} {end} {answered}");
    stage.comes_to_work(&issued).await;
    let left = Duration::try_from(end.duration_since(ambient().now())).unwrap_or_default();
    // Nothing ends early: it is there until its time.
    let due = until(left + GONE_WITHIN, "the lease is due", async || {
        let (owned, now) = (stage.ground.owned().await?, ambient().now());
        assert!(now >= end || !owned.is_empty(), "it was gone before its time");
        Ok((now >= end).then_some(()))
    });
    due.await.unwrap();
    stage.ends(&issued).await;
    let path = format!("/api/v1/leases/{}?projectSlug={}", issued.lease.id, stage.scene.project_slug);
    // Its row tells so a moment after the cluster does.
    let told = until(GONE_WITHIN, "its row tells that it ended", async || {
        let LeaseBody { lease } = stage.scene.client.get(&path).await?;
        Ok((lease.state == "ended").then_some(lease))
    });
    assert_eq!(told.await.unwrap().outcome.as_deref(), Some("expired"));
    stage.mayfly.stop().await.unwrap();
}

#[tokio::test]
async fn real_temporary_account_goes_with_its_lease() {
    ended_early(dynamic(), &["RoleBinding", "ServiceAccount"]).await;
}

#[tokio::test]
async fn real_role_of_ones_own_goes_with_its_lease() {
    ended_early(own_rules(), &["Role", "RoleBinding", "ServiceAccount"]).await;
}

#[tokio::test]
async fn real_token_of_an_existing_account_is_taken_back() {
    ended_early(revocable(), &["Secret"]).await;
}

#[tokio::test]
async fn real_temporary_account_of_a_minute_ends_on_time() {
    ended_on_time(dynamic()).await;
}

#[tokio::test]
async fn real_revocable_token_of_a_minute_ends_on_time() {
    ended_on_time(revocable()).await;
}
