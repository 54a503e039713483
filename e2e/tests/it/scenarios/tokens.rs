//! What a token is, and what it may.

use jiff::Timestamp;
use mayfly_api::leases::IssuedLease;
use mayfly_e2e::{ACCOUNT, Scene, inputs::revocable};
use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::{belongings::Stage, first_token::part};

fn claims(issued: &IssuedLease) -> Value {
    part(Scene::token(issued).unwrap(), 1)
}

#[tokio::test]
async fn real_token_is_for_the_audiences_of_its_secret_and_for_nobody_else() {
    let stage = Stage::set(&json!({ "audiences": ["foo", "bar"] })).await;
    let issued = stage.issue("1h").await;
    assert_eq!(claims(&issued)["aud"], json!(["foo", "bar"]));
    let who = stage.ground.who_am_i(Scene::token(&issued).unwrap()).await.unwrap();
    assert_eq!(who, None, "the API server is none of them");
    stage.mayfly.stop().await.unwrap();
}

#[tokio::test]
async fn real_token_without_audiences_is_for_the_cluster_itself() {
    let stage = Stage::set(&json!({})).await;
    let own = stage.ground.token_of(ACCOUNT, 600).await.unwrap();
    assert_eq!(claims(&stage.issue("1h").await)["aud"], part(&own, 1)["aud"]);
    stage.mayfly.stop().await.unwrap();
}

#[tokio::test]
async fn real_lease_and_token_live_exactly_as_long_as_was_asked() {
    let stage = Stage::set(&revocable()).await;
    for (ttl, seconds) in [(Some("2h"), 7200), (None, 3600)] {
        let issued = match ttl {
            Some(ttl) => stage.issue(ttl).await,
            None => stage.scene.issue(None).await.unwrap(),
        };
        let claims = claims(&issued);
        let (from, until) = (claims["iat"].as_i64().unwrap(), claims["exp"].as_i64().unwrap());
        assert_eq!(until - from, seconds, "{ttl:?}");
        let time = |text: &str| text.parse::<Timestamp>().unwrap();
        let (made, end) = (time(&issued.lease.created_at), time(&issued.lease.expire_at));
        assert!(end.as_second() <= until, "the lease outlives its token");
        // Tokens know whole seconds only.
        let life = end.duration_since(made).as_millis();
        assert!((seconds * 1000 - 1000..=seconds * 1000).contains(&i64::try_from(life).unwrap()), "{ttl:?}: {life} ms");
    }
    stage.mayfly.stop().await.unwrap();
}

#[tokio::test]
async fn real_token_of_an_existing_account_may_nothing_in_another_namespace() {
    let stage = Stage::set(&revocable()).await;
    let issued = stage.issue("1h").await;
    let token = Scene::token(&issued).unwrap();
    let read = async |namespace: &str| {
        stage.ground.read(token, &format!("/api/v1/namespaces/{namespace}/configmaps")).await.unwrap()
    };
    assert_eq!(read(&stage.ground.side.namespace).await, StatusCode::OK);
    assert_eq!(read("default").await, StatusCode::FORBIDDEN);
    stage.mayfly.stop().await.unwrap();
}
