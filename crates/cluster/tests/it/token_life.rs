//! What becomes of tokens and credentials as time goes by.

use std::time::Duration;

use jiff::SignedDuration;
use mayfly_cluster::{Certainty, Kind, Place, Probe, Problem, WrongToken};
use mayfly_testkit::fake_cluster::FakeClusterOptions;

use crate::ground::{DEPLOYER, Ground, NAMESPACE};

#[tokio::test]
async fn an_issued_token_works_until_a_minute_after_its_end() {
    let ground = Ground::new().await;
    let token = ground.issue().await.unwrap().token;
    let whoami = async || {
        let probe = Probe { target: ground.cluster.target(token.expose()), samples: Vec::new(), cluster_role: None };
        ground.executor.probe(probe, ground.deadline()).await
    };
    assert_eq!(whoami().await.unwrap().who, format!("system:serviceaccount:{NAMESPACE}:{DEPLOYER}"));
    ground.clock.advance(Duration::from_mins(61));
    assert!(whoami().await.is_ok());
    ground.clock.advance(Duration::from_secs(2));
    assert_eq!(whoami().await.unwrap_err().kind, Kind::CredentialRefused);
}

#[tokio::test]
async fn deleting_the_account_ends_its_tokens() {
    let ground = Ground::new().await;
    let token = ground.issue().await.unwrap().token;
    ground.cluster.delete_account(NAMESPACE, DEPLOYER);
    let probe = Probe { target: ground.cluster.target(token.expose()), samples: Vec::new(), cluster_role: None };
    let error = ground.executor.probe(probe, ground.deadline()).await.unwrap_err();
    assert_eq!(error.kind, Kind::CredentialRefused);
}

#[tokio::test]
async fn a_lifetime_that_the_cluster_shortens_is_granted_as_it_is() {
    let shortened = |options| FakeClusterOptions { longest_token_seconds: Some(900), ..options };
    let ground = Ground::with(shortened).await;
    let issued = ground.issue().await.unwrap();
    assert_eq!(issued.grant.token_expires_at.duration_since(ground.ambient.now()).as_secs(), 900);
    assert_eq!(issued.granted_seconds, 900);
}

#[tokio::test]
async fn a_lifetime_below_the_shortest_of_kubernetes_is_refused_with_its_numbers_and_its_end() {
    let shortened = |options| FakeClusterOptions { longest_token_seconds: Some(300), ..options };
    let ground = Ground::with(shortened).await;
    let error = ground.issue().await.unwrap_err();
    let expires_at = ground.ambient.now() + SignedDuration::from_secs(300);
    let expected = WrongToken::LivesTooShort { expires_at, granted_seconds: 300, asked_seconds: 3600 };
    assert_eq!((&error.kind, error.certainty), (&Kind::WrongToken(expected), Certainty::Unknown));
    assert_eq!(error.token_expires_at(), Some(expires_at), "its row can tell until when it lives");
    let text = error.public_text();
    for part in ["300 s", "3600 s", "600 s", "`--service-account-max-token-expiration`"] {
        assert!(text.contains(part), "{part}: {text}");
    }
    assert_eq!(ground.cluster.token_calls().len(), 1, "it is not asked for twice");
}

#[tokio::test]
async fn a_probe_tells_when_our_own_credential_ended() {
    let ground = Ground::new().await;
    let report = ground.probe().await.unwrap();
    let end = report.credential_expires_at.unwrap();
    assert_eq!(report.first_problem(Some(&ground.account), ground.ambient.now()), None);
    assert_eq!(report.first_problem(None, end), Some(Problem::CredentialExpired { at: end }));
    ground.clock.advance(Duration::from_secs(86_400 + 30));
    let late = ground.probe().await.unwrap();
    let problem = late.first_problem(Some(&ground.account), ground.ambient.now()).unwrap();
    assert!(problem.to_string().contains(&format!("expired at {end}")), "{problem}");
}
