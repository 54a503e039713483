//! Keys that a cluster publishes: read where it does, when they are needed.

use std::time::Duration;

use mayfly_app::{
    AppError,
    gateways::{self, EnrolmentRefused, GatewayChanges, KeysRefused, NewGateway},
};
use mayfly_domain::gateway::{ClusterKeys, EnrolmentMethod, KeyChanges, PublishedKeys, ServiceAccountTrust};
use mayfly_store::Execution;
use mayfly_testkit::{
    fake_cluster::{Calls, Fault, When},
    issuer::{SigningAlgorithm, TestIssuer, TokenSigner},
};

use super::{Ground, jwks, why};
use crate::{scene::Scene, world::local_issuers};

/// From when on keys are read again for a key that is not among them.
const READ_AGAIN: Duration = Duration::from_secs(61);

fn trust(issuer: &TestIssuer) -> ServiceAccountTrust {
    let keys = PublishedKeys { discovery_url: issuer.url().parse().unwrap(), ca: Some(issuer.ca_pem()) };
    ServiceAccountTrust {
        issuer: issuer.url(),
        keys: ClusterKeys::Published(keys),
        namespace: "mayfly".parse().unwrap(),
        name: "mayfly-gateway".parse().unwrap(),
        key_changes: KeyChanges::default(),
    }
}

/// A gateway whose cluster publishes the old key.
async fn ground() -> (TestIssuer, Ground) {
    let signers = ["old", "new"].map(|id| TokenSigner::new(id, SigningAlgorithm::Es256));
    let issuer = TestIssuer::start().await.unwrap();
    issuer.set_keys(&[&signers[0]]);
    let scene = Scene::beside(local_issuers, 1, Execution::Inline).await;
    let enrolment = EnrolmentMethod::ServiceAccount(trust(&issuer));
    (issuer, Ground::on(scene, enrolment, signers).await)
}

/// The field that is wrong, and the code of what is.
fn fault(refused: &AppError) -> (String, &str) {
    let AppError::Fields(faults) = refused else { panic!("{refused:?}") };
    (faults[0].path.join("."), faults[0].code.as_str())
}

#[tokio::test]
async fn processes_are_let_in_by_the_keys_that_are_published_now() {
    let (issuer, ground) = ground().await;
    assert!(ground.enrol(&ground.old).await.is_ok());
    ground.scene.wait(READ_AGAIN);
    assert_eq!(ground.enrol(&ground.new).await, Err(EnrolmentRefused::UnpublishedKey));
    issuer.set_keys(&[&ground.new]);
    // Made-up key ids cost the cluster a question a minute.
    let asked = issuer.key_requests();
    assert_eq!(ground.enrol(&ground.new).await, Err(EnrolmentRefused::UnpublishedKey));
    assert_eq!(issuer.key_requests(), asked);
    ground.scene.wait(READ_AGAIN);
    assert!(ground.enrol(&ground.new).await.is_ok());
    assert_eq!(ground.enrol(&ground.old).await, Err(EnrolmentRefused::UnpublishedKey), "it is not published any more");
    let told = ground.told("refuse-gateway-enrolment").await;
    assert!(told[0]["why"].as_str().unwrap().contains("does not publish"), "{told:?}");
    assert_eq!(EnrolmentRefused::UnpublishedKey.code(), "unknown_key");
}

#[tokio::test]
async fn keys_count_for_an_hour_without_their_cluster_and_then_nobody_is_let_in_until_they_are_read() {
    let (issuer, ground) = ground().await;
    issuer.faults().inject(Calls::All, When::Always, Fault::Reset);
    ground.scene.wait(Duration::from_mins(59));
    assert!(ground.enrol(&ground.old).await.is_ok());
    ground.scene.wait(Duration::from_mins(2));
    assert_eq!(ground.enrol(&ground.old).await, Err(EnrolmentRefused::KeysNotRead));
    ground.returns(&ground.old);
    ground.scene.wait(READ_AGAIN);
    let refused = why(ground.scene.issue().await);
    assert!(refused.contains("could not be looked at"), "{refused}");
    let where_it_is = issuer.url();
    for told in [where_it_is.trim_start_matches("https://"), "fetched", "reset", "connect"] {
        assert!(!refused.contains(told), "{refused}");
    }
    issuer.faults().clear();
    ground.scene.wait(READ_AGAIN);
    assert!(ground.enrol(&ground.old).await.is_ok());
    ground.scene.issue().await.unwrap();
    assert_eq!(EnrolmentRefused::KeysNotRead.code(), "unavailable");
}

#[tokio::test]
async fn a_token_that_no_published_key_signed_is_not_handed_out() {
    let (issuer, ground) = ground().await;
    ground.hands_out_only_what_the_cluster_signed().await;
    // A key that is not published is nobody's, where another's may be the next.
    ground.returns(&ground.new);
    let refused = why(ground.scene.issue().await);
    assert!(refused.contains("that the cluster publishes"), "{refused}");
    issuer.set_keys(&[&ground.old, &ground.new]);
    ground.scene.wait(READ_AGAIN);
    ground.scene.issue().await.unwrap();
}

#[tokio::test]
async fn nobody_tells_keys_that_are_published() {
    let (issuer, ground) = ground().await;
    assert_eq!(ground.tell(&jwks(&[ground.old.jwk()])).await, Err(KeysRefused::Published));
    let gateway = ground.shown().await;
    assert_eq!((gateway.follows_keys(), gateways::key_ids(&gateway)), (false, None));
    let follow = GatewayChanges { key_changes: Some(KeyChanges::Told), ..GatewayChanges::default() };
    let refused = gateways::update(&ground.scene.app, &ground.scene.caller, gateway.id, follow).await.unwrap_err();
    assert!(refused.to_string().contains("publishes its keys"), "{refused}");

    let pasted = ServiceAccountTrust { keys: ClusterKeys::Pasted(jwks(&[ground.new.jwk()])), ..trust(&issuer) };
    let by = |trust| GatewayChanges { enrolment: Some(EnrolmentMethod::ServiceAccount(trust)), ..Default::default() };
    assert!(ground.change(by(pasted.clone())).await.follows_keys());
    assert!(ground.enrol(&ground.new).await.is_ok());
    ground.tell(&jwks(&[ground.new.jwk(), ground.old.jwk()])).await.unwrap();
    let again = ground.change(by(trust(&issuer))).await;
    assert_eq!((again.follows_keys(), again.told_keys), (false, None), "what was told is forgotten");
    assert!(ground.enrol(&ground.old).await.is_ok());

    // Who may tell pasted keys is as it was said, whatever counted meanwhile.
    let closed = GatewayChanges { key_changes: Some(KeyChanges::Pasted), ..by(pasted.clone()) };
    assert!(!ground.change(closed).await.follows_keys());
    ground.change(by(trust(&issuer))).await;
    assert!(!ground.change(by(pasted)).await.follows_keys());
}

#[tokio::test]
async fn a_process_is_not_let_in_by_what_somebody_has_just_replaced() {
    let (issuer, ground) = ground().await;
    issuer.faults().inject(Calls::All, When::Always, Fault::Hang);
    ground.scene.wait(Duration::from_mins(11));
    let seen = issuer.requests().of(Calls::All).len();
    let pasted = ServiceAccountTrust { keys: ClusterKeys::Pasted(jwks(&[ground.new.jwk()])), ..trust(&issuer) };
    let changes =
        GatewayChanges { enrolment: Some(EnrolmentMethod::ServiceAccount(pasted)), ..GatewayChanges::default() };
    let meanwhile = async {
        issuer.requests().wait_for(Calls::All, seen + 1).await;
        ground.change(changes).await;
        ground.scene.wait(Duration::from_secs(2));
    };
    let (refused, ()) = tokio::join!(ground.enrol(&ground.old), meanwhile);
    assert_eq!(refused, Err(EnrolmentRefused::Changed));
    assert_eq!(EnrolmentRefused::Changed.code(), "at_once");
}

#[tokio::test]
async fn another_account_is_given_while_the_issuer_is_away() {
    let (issuer, ground) = ground().await;
    issuer.faults().inject(Calls::All, When::Always, Fault::Reset);
    let other = ServiceAccountTrust { name: "other".parse().unwrap(), ..trust(&issuer) };
    let changes =
        GatewayChanges { enrolment: Some(EnrolmentMethod::ServiceAccount(other)), ..GatewayChanges::default() };
    ground.change(changes).await;
    assert_eq!(ground.enrol(&ground.old).await, Err(EnrolmentRefused::OtherAccount));
}

#[tokio::test]
async fn keys_that_are_not_where_somebody_says_are_told_at_once() {
    let (issuer, ground) = ground().await;
    let elsewhere = PublishedKeys { discovery_url: format!("{}/nowhere", issuer.url()).parse().unwrap(), ca: None };
    let cases = [
        (ServiceAccountTrust { issuer: format!("{}/", issuer.url()), ..trust(&issuer) }, ("issuer", "issuer_mismatch")),
        (
            ServiceAccountTrust { keys: ClusterKeys::Published(elsewhere), ..trust(&issuer) },
            ("discoveryUrl", "no_discovery_document"),
        ),
    ];
    let (app, caller) = (&ground.scene.app, &ground.scene.caller);
    for (trust, (field, code)) in cases {
        let enrolment = EnrolmentMethod::ServiceAccount(trust);
        let new = NewGateway { name: "gw-odd".parse().unwrap(), enrolment: enrolment.clone() };
        let refused = gateways::create(app, caller, new).await.unwrap_err();
        assert_eq!(fault(&refused), (format!("body.{field}"), code));
        let changes = GatewayChanges { enrolment: Some(enrolment), ..GatewayChanges::default() };
        let refused = gateways::update(app, caller, ground.gateway.id, changes).await.unwrap_err();
        assert_eq!(fault(&refused), (format!("body.{field}"), code));
    }
    assert_eq!(ground.shown().await, ground.gateway, "nothing was changed");
}
