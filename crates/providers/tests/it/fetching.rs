//! When a provider is asked, how often, and what it may answer.

use std::sync::Arc;

use mayfly_cluster::{Deadline, HttpsError};
use mayfly_providers::{ProviderError, TokenRefused, Unbelieved};
use mayfly_testkit::{
    fake_cluster::{Calls, Fault, Gate, When},
    issuer::{SigningAlgorithm, TokenSigner},
};
use serde_json::json;

use crate::ground::{Ground, PATIENCE};

#[tokio::test]
async fn keys_are_fetched_once_for_many_and_again_when_they_are_old() {
    let ground = Arc::new(Ground::new().await);
    let mut all = tokio::task::JoinSet::new();
    for _ in 0..50 {
        let ground = Arc::clone(&ground);
        all.spawn(async move { ground.verify(&ground.token_with(&json!({}))).await.is_ok() });
    }
    assert!(all.join_all().await.into_iter().all(|believed| believed));
    assert_eq!(ground.issuer.key_requests(), 1);
    ground.clock.advance(std::time::Duration::from_secs(601));
    ground.verify(&ground.token_with(&json!({}))).await.unwrap();
    assert_eq!(ground.issuer.key_requests(), 2);
}

#[tokio::test]
async fn a_new_key_is_believed_at_once_and_a_removed_one_no_more() {
    let ground = Ground::new().await;
    let old = ground.token_with(&json!({}));
    ground.verify(&old).await.unwrap();
    let second = TokenSigner::new("second", SigningAlgorithm::EdDsa);
    ground.issuer.set_keys(&[&second]);
    ground.clock.advance(std::time::Duration::from_secs(61));
    ground.verify(&second.token(&ground.claims())).await.unwrap();
    let refused = ground.verify(&ground.token_with(&json!({}))).await.unwrap_err();
    assert!(matches!(refused, Unbelieved::Token(TokenRefused::UnknownKey)), "{refused}");
}

#[tokio::test]
async fn ten_thousand_unknown_key_ids_cost_two_fetches_at_most() {
    let ground = Ground::new().await;
    let stranger = TokenSigner::new("x", SigningAlgorithm::Es256);
    let claims = ground.claims().to_string();
    for number in 0..10_000 {
        let token = stranger.sign(&json!({"alg": "ES256", "kid": format!("unknown-{number}")}), &claims);
        let refused = ground.verify(&token).await.unwrap_err();
        assert!(matches!(refused, Unbelieved::Token(TokenRefused::UnknownKey)), "{refused}");
    }
    assert!(ground.issuer.key_requests() <= 2, "{}", ground.issuer.key_requests());
    ground.verify(&ground.token_with(&json!({}))).await.unwrap();
}

#[tokio::test]
async fn what_says_nothing_that_is_expected_causes_no_fetch() {
    let ground = Ground::new().await;
    let past = ground.ambient.now().as_second() - 1;
    for changes in
        [json!({"aud": "other"}), json!({"iss": "https://other"}), json!({"exp": past}), json!({"exp": null})]
    {
        ground.verify(&ground.token_with(&changes)).await.unwrap_err();
    }
    assert_eq!(ground.issuer.key_requests(), 0);
    ground.verify(&ground.token_with(&json!({}))).await.unwrap();
    assert_eq!(ground.issuer.key_requests(), 1);
}

#[tokio::test]
async fn a_provider_that_speaks_for_another_issuer_vouches_for_nobody() {
    let ground = Ground::new().await;
    let url = ground.issuer.url();
    for issuer in [json!(format!("{url}/")), json!(""), json!(url.to_uppercase()), json!("https://other.example.com")] {
        let trusted = ground.trusted();
        ground.providers.forget(&trusted);
        ground.issuer.set_discovery(json!({"issuer": issuer, "jwks_uri": format!("{url}/keys")}));
        let refused = ground.verify(&ground.token_with(&json!({}))).await.unwrap_err();
        assert!(matches!(refused, Unbelieved::Provider(ProviderError::Issuer)), "{refused}");
    }
    for document in [json!([]), json!({"issuer": url}), json!({"jwks_uri": url}), json!(null)] {
        ground.providers.forget(&ground.trusted());
        ground.issuer.set_discovery(document.clone());
        let refused = ground.verify(&ground.token_with(&json!({}))).await.unwrap_err();
        assert!(matches!(refused, Unbelieved::Provider(ProviderError::Document(_))), "{document}: {refused}");
    }
}

async fn refused_with(fault: Fault, number: u32) -> HttpsError {
    let ground = Ground::new().await;
    ground.issuer.faults().inject(Calls::All, When::Nth(number), fault);
    match ground.verify(&ground.token_with(&json!({}))).await.unwrap_err() {
        Unbelieved::Provider(ProviderError::Fetch { reason, .. }) => reason,
        other => panic!("{other}"),
    }
}

#[tokio::test]
async fn documents_and_keys_that_are_huge_are_not_read() {
    for number in [1, 2] {
        for fault in [Fault::HugeBody(2 * 1024 * 1024), Fault::HugeAnnouncement(2 * 1024 * 1024)] {
            let refused = refused_with(fault, number).await;
            assert!(matches!(refused, HttpsError::TooLarge), "{refused}");
        }
    }
}

#[tokio::test]
async fn redirects_are_not_followed() {
    let other = Ground::new().await;
    for status in [301, 302, 303, 307, 308] {
        let refused = refused_with(Fault::redirect(status, &other.issuer.url()), 1).await;
        assert!(matches!(refused, HttpsError::Redirected(_)), "{refused}");
    }
    assert_eq!(other.issuer.requests().connections(), 0);
}

#[tokio::test]
async fn a_provider_that_hangs_or_dribbles_is_given_up_at_the_deadline() {
    for fault in [Fault::Hang, Fault::SlowBody(Gate::default())] {
        let ground = Arc::new(Ground::new().await);
        ground.issuer.faults().inject(Calls::All, When::Nth(2), fault);
        let (asking, clock) = (Arc::clone(&ground), ground.clock.clone());
        let asked = tokio::spawn(async move { asking.verify(&asking.token_with(&json!({}))).await });
        ground.issuer.requests().wait_for(Calls::All, 2).await;
        clock.advance(PATIENCE);
        let refused = asked.await.unwrap().unwrap_err();
        let Unbelieved::Provider(ProviderError::Fetch { reason: HttpsError::TimedOut, .. }) = refused else {
            panic!("{refused}")
        };
        let resting = ground.verify(&ground.token_with(&json!({}))).await.unwrap_err();
        assert!(matches!(resting, Unbelieved::Provider(ProviderError::Resting)), "{resting}");
        clock.advance(PATIENCE * 2);
        ground.verify(&ground.token_with(&json!({}))).await.unwrap();
    }
}

#[tokio::test]
async fn keys_outlive_a_provider_that_is_away_for_an_hour_and_no_longer() {
    let ground = Ground::new().await;
    ground.verify(&ground.token_with(&json!({}))).await.unwrap();
    ground.issuer.faults().inject(Calls::All, When::Always, Fault::Close);
    ground.clock.advance(std::time::Duration::from_mins(59));
    ground.verify(&ground.token_with(&json!({}))).await.unwrap();
    ground.clock.advance(std::time::Duration::from_mins(2));
    let refused = ground.verify(&ground.token_with(&json!({}))).await.unwrap_err();
    assert!(matches!(refused, Unbelieved::Provider(ProviderError::Fetch { .. })), "{refused}");
}

#[tokio::test]
async fn nobody_is_trusted_without_the_given_ca_and_no_forbidden_address_is_asked() {
    let ground = Ground::new().await;
    let mut trusted = ground.trusted();
    trusted.ca = Some(Ground::new().await.issuer.ca_pem());
    let deadline = Deadline::after(&ground.ambient, PATIENCE);
    let refused = ground.providers.discover(&trusted, deadline).await.unwrap_err();
    assert!(refused.to_string().contains("setting up TLS"), "{refused}");
    assert!(!refused.is_blocked());

    let closed = Ground::with(SigningAlgorithm::Es256, "127.0.0.8/32").await;
    let refused = closed.providers.discover(&closed.trusted(), deadline).await.unwrap_err();
    assert!(refused.is_blocked(), "{refused}");
    assert_eq!(closed.issuer.requests().connections(), 0);
    // The document may not send us where its own address could not.
    let keys = "https://169.254.169.254/latest/meta-data";
    ground.issuer.set_discovery(json!({"issuer": ground.issuer.url(), "jwks_uri": keys}));
    let refused = ground.providers.discover(&ground.trusted(), deadline).await.unwrap_err();
    assert!(refused.is_blocked(), "{refused}");
    for keys in ["http://127.0.0.1/keys", "https://user@127.0.0.1/keys", "/keys", "file:///etc/passwd"] {
        let ground = Ground::new().await;
        ground.issuer.set_discovery(json!({"issuer": ground.issuer.url(), "jwks_uri": keys}));
        let refused = ground.providers.discover(&ground.trusted(), deadline).await.unwrap_err();
        let is_no_address =
            matches!(refused, ProviderError::Fetch { reason: HttpsError::Address, .. } | ProviderError::Document(_));
        assert!(is_no_address, "{keys}: {refused}");
    }
}

/// Keys that are old, and a provider that says nothing when it is asked for the next ones.
async fn silent() -> Arc<Ground> {
    let ground = Arc::new(Ground::new().await);
    ground.verify(&ground.token_with(&json!({}))).await.unwrap();
    ground.issuer.faults().inject(Calls::All, When::Always, Fault::Hang);
    ground.clock.advance(std::time::Duration::from_mins(11));
    ground
}

#[tokio::test]
async fn nobody_waits_for_a_silent_provider_while_its_last_keys_count() {
    let ground = silent().await;
    let (asking, seen) = (Arc::clone(&ground), ground.issuer.requests().of(Calls::All).len());
    let first = tokio::spawn(async move { asking.verify(&asking.token_with(&json!({}))).await });
    ground.issuer.requests().wait_for(Calls::All, seen + 1).await;
    // One asks, and no clock moves for the others.
    for _ in 0..10 {
        ground.verify(&ground.token_with(&json!({}))).await.unwrap();
    }
    ground.clock.advance(std::time::Duration::from_secs(2));
    first.await.unwrap().unwrap();
    ground.verify(&ground.token_with(&json!({}))).await.unwrap();
    assert_eq!(ground.issuer.requests().of(Calls::All).len(), seen + 1, "it is asked once a minute");
}

#[tokio::test]
async fn a_key_that_could_not_be_looked_for_is_nobodys_fault() {
    let ground = silent().await;
    let (asking, seen) = (Arc::clone(&ground), ground.issuer.requests().of(Calls::All).len());
    let other = TokenSigner::new("second", SigningAlgorithm::EdDsa).token(&ground.claims());
    let unknown = other.clone();
    let asked = tokio::spawn(async move { asking.verify(&unknown).await });
    ground.issuer.requests().wait_for(Calls::All, seen + 1).await;
    ground.clock.advance(std::time::Duration::from_secs(2));
    let refused = asked.await.unwrap().unwrap_err();
    assert!(matches!(refused, Unbelieved::Provider(ProviderError::Fetch { .. })), "{refused}");
    let resting = ground.verify(&other).await.unwrap_err();
    assert!(matches!(resting, Unbelieved::Provider(ProviderError::Resting)), "{resting}");
    ground.verify(&ground.token_with(&json!({}))).await.unwrap();
}
