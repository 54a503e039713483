//! What leases rely on in Kubernetes itself, shown on the API server that all tests use.

use std::time::Duration;

use mayfly_e2e::{ACCOUNT, RealGround, waiting::until};
use mayfly_testkit::real_cluster::shared;
use serde_json::{Value, json};

/// API servers remember accepted tokens for ten seconds.
const REFUSED_WITHIN: Duration = Duration::from_secs(15);

async fn ground() -> RealGround {
    RealGround::prepare(shared().await.unwrap(), "kubernetes").await.unwrap()
}

#[tokio::test]
async fn real_token_stays_dead_when_the_secret_it_was_bound_to_is_made_anew() {
    let ground = ground().await;
    let secrets = format!("/api/v1/namespaces/{}/secrets", ground.side.namespace);
    let anchor = json!({ "metadata": { "name": "anchor" } });
    let bound = json!({ "boundObjectRef": { "kind": "Secret", "apiVersion": "v1", "name": "anchor" } });
    ground.create(&secrets, &anchor).await.unwrap();
    let old = ground.token_with(ACCOUNT, &bound).await.unwrap();
    assert!(ground.who_am_i(&old).await.unwrap().is_some());
    ground.remove(&format!("{secrets}/anchor")).await.unwrap();
    ground.create(&secrets, &anchor).await.unwrap();
    let new = ground.token_with(ACCOUNT, &bound).await.unwrap();
    let refused = until(REFUSED_WITHIN, "the old token is refused", async || {
        Ok(ground.who_am_i(&old).await?.is_none().then_some(()))
    });
    refused.await.unwrap();
    assert!(ground.who_am_i(&new).await.unwrap().is_some(), "the new one is bound to what is there");
}

#[tokio::test]
async fn real_token_for_less_than_ten_minutes_or_more_than_can_be_counted_is_refused() {
    let ground = ground().await;
    let of = |seconds: u64| json!({ "expirationSeconds": seconds });
    for seconds in [0, 599, (1 << 32) + 1] {
        let error = ground.token_with(ACCOUNT, &of(seconds)).await.unwrap_err().to_string();
        assert!(error.contains("422") && error.contains("expirationSeconds"), "{seconds}: {error}");
    }
    for seconds in [600, 1 << 32] {
        let token = ground.token_with(ACCOUNT, &of(seconds)).await.unwrap();
        let claims: Value = crate::first_token::part(&token, 1);
        let life = claims["exp"].as_u64().unwrap() - claims["iat"].as_u64().unwrap();
        assert!((600..=seconds).contains(&life), "{seconds}: {life}");
    }
}
