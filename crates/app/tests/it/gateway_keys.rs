//! Whose keys a gateway's processes are believed by: those that were pasted, those that it told since, and those that its cluster
//! publishes.

mod published;

use std::time::Duration;

use mayfly_app::{
    AppError,
    gateways::{
        self, Claim, ClaimProof, EnrolmentRefused, GatewayChanges, KeysRefused, LONGEST_TOLD, NewGateway, Present,
    },
    leases::IssuedLease,
};
use mayfly_domain::{
    gateway::{ClusterKeys, EnrolmentMethod, Gateway, GatewayName, KeyChanges, ServiceAccountTrust},
    sensitive::Sensitive,
};
use mayfly_store::{Execution, audit_events::AuditFilter};
use mayfly_testkit::issuer::{SigningAlgorithm, TokenSigner};
use serde_json::{Value, json};

use crate::{scene::Scene, scripted_place::Returned};

const ISSUER: &str = "https://kubernetes.default.svc";
const ACCOUNT: &str = "system:serviceaccount:mayfly:mayfly-gateway";

struct Ground {
    scene: Scene,
    gateway: Gateway,
    /// Of its cluster's tokens.
    issuer: String,
    old: TokenSigner,
    new: TokenSigner,
}

impl Ground {
    async fn new(key_changes: KeyChanges) -> Self {
        let [old, new] = ["old", "new"].map(|id| TokenSigner::new(id, SigningAlgorithm::Es256));
        let trust = ServiceAccountTrust {
            issuer: ISSUER.to_owned(),
            keys: ClusterKeys::Pasted(jwks(&[old.jwk()])),
            namespace: "mayfly".parse().unwrap(),
            name: "mayfly-gateway".parse().unwrap(),
            key_changes,
        };
        Self::by(EnrolmentMethod::ServiceAccount(trust), old, new).await
    }

    async fn by(enrolment: EnrolmentMethod, old: TokenSigner, new: TokenSigner) -> Self {
        Self::on(Scene::new(1, Execution::Inline).await, enrolment, [old, new]).await
    }

    async fn on(scene: Scene, enrolment: EnrolmentMethod, [old, new]: [TokenSigner; 2]) -> Self {
        let issuer = match &enrolment {
            EnrolmentMethod::ServiceAccount(trust) => trust.issuer.clone(),
            EnrolmentMethod::Token => ISSUER.to_owned(),
        };
        let made = NewGateway { name: "gw-lab".parse().unwrap(), enrolment };
        let gateway = gateways::create(&scene.app, &scene.caller, made).await.unwrap();
        Self { scene, gateway, issuer, old, new }
    }

    /// Tells keys, as a process that is connected.
    async fn tell(&self, jwks: &str) -> Result<(), KeysRefused> {
        let name = GatewayName {
            installation: self.scene.app.installation(),
            gateway: self.gateway.id,
            instance: "pod-1".parse().unwrap(),
            generation: 1,
        };
        let present = Present {
            gateway: self.gateway.clone(),
            name,
            certificate_expires_at: self.scene.app.ambient().now() + Duration::from_hours(24),
            caller: self.scene.caller.clone(),
        };
        gateways::tell_keys(&self.scene.app, &present, jwks).await.unwrap()
    }

    /// Enrols by a token that `signer` signed; the clock of its cluster is off by `seconds`.
    async fn enrol_at(&self, signer: &TokenSigner, seconds: i64) -> Result<GatewayName, EnrolmentRefused> {
        let now = self.scene.app.ambient().now();
        let (begins, number) = (now.as_second() + seconds, self.scene.events().await.len());
        let claims = json!({
            "iss": self.issuer, "sub": ACCOUNT, "aud": [self.gateway.id.to_string()], "jti": number.to_string(),
            "iat": begins, "nbf": begins, "exp": begins + 600,
        });
        let claim = Claim {
            gateway: self.gateway.id,
            instance: format!("pod-{number}").parse().unwrap(),
            proof: ClaimProof::ServiceAccount(Sensitive::new(signer.token(&claims))),
            key_digest: vec![1],
            certificate_expires_at: now + Duration::from_hours(24),
        };
        gateways::enrol(&self.scene.app, &self.scene.caller, &claim).await.unwrap()
    }

    async fn enrol(&self, signer: &TokenSigner) -> Result<GatewayName, EnrolmentRefused> {
        self.enrol_at(signer, 0).await
    }

    async fn change(&self, changes: GatewayChanges) -> Gateway {
        gateways::update(&self.scene.app, &self.scene.caller, self.gateway.id, changes).await.unwrap()
    }

    async fn shown(&self) -> Gateway {
        gateways::get(&self.scene.app, &self.scene.caller, self.gateway.id).await.unwrap().gateway
    }

    /// The events of a kind, oldest first.
    async fn told(&self, kind: &str) -> Vec<Value> {
        let mut events = self.scene.store.audit_events().list(&AuditFilter::everything()).await.unwrap();
        events.reverse();
        events.into_iter().filter(|event| event.kind == kind).map(|event| event.metadata).collect()
    }
}

fn jwks(keys: &[Value]) -> String {
    json!({ "keys": keys }).to_string()
}

#[tokio::test]
async fn keys_that_a_gateway_told_let_the_next_process_in_for_as_long_as_they_are_published() {
    let ground = Ground::new(KeyChanges::Told).await;
    assert!(ground.enrol(&ground.old).await.is_ok());
    assert_eq!(ground.enrol(&ground.new).await, Err(EnrolmentRefused::UnknownKey));
    let mut strange = ground.new.jwk();
    (strange["kid"], strange["alg"]) = (json!("p521"), json!("ES512"));
    ground.tell(&jwks(&[ground.old.jwk(), ground.new.jwk(), strange])).await.unwrap();
    let told = ground.told("change-gateway-keys").await;
    assert_eq!(told[0]["keyIds"], json!(["old", "new"]));
    assert_eq!(told[0]["ignored"], json!(["`p521` is for an algorithm that is not accepted"]));
    for signer in [&ground.old, &ground.new] {
        assert!(ground.enrol(signer).await.is_ok());
    }
    // The same once more, in another order, is no change.
    ground.scene.wait(Duration::from_mins(1));
    let first = ground.shown().await.told_keys.unwrap();
    ground.tell(&jwks(&[ground.new.jwk(), ground.old.jwk()])).await.unwrap();
    let again = ground.shown().await.told_keys.unwrap();
    assert!(again.at > first.at && again.keys == first.keys);
    assert_eq!(ground.told("change-gateway-keys").await.len(), 1);

    ground.tell(&jwks(&[ground.new.jwk()])).await.unwrap();
    assert!(ground.enrol(&ground.new).await.is_ok());
    assert_eq!(ground.enrol(&ground.old).await, Err(EnrolmentRefused::UnknownKey));
    assert_eq!(gateways::key_ids(&ground.shown().await).unwrap(), ["new"]);
    let everything = format!("{:?}", ground.scene.events().await);
    assert!(!everything.contains(ground.new.jwk()["x"].as_str().unwrap()), "an event holds a key");
}

#[tokio::test]
async fn keys_do_not_count_that_nobody_asked_for_or_that_are_odd() {
    let ground = Ground::new(KeyChanges::Told).await;
    let (old, new) = (ground.old.jwk(), ground.new.jwk());
    let called = |id: String| {
        let mut key = new.clone();
        key["kid"] = json!(id);
        key
    };
    let mut private = new.clone();
    private["d"] = json!("AAAA");
    let many: Vec<Value> = (0..21).map(|number| called(number.to_string())).chain([old.clone()]).collect();
    let long = jwks(&[old.clone(), json!({"kty": "oct", "k": "x".repeat(LONGEST_TOLD)})]);
    assert_eq!(ground.tell(&jwks(std::slice::from_ref(&new))).await, Err(KeysRefused::Strange));
    assert_eq!(ground.tell(&jwks(&many)).await, Err(KeysRefused::TooMany));
    assert_eq!(ground.tell(&long).await, Err(KeysRefused::TooLong));
    for odd in ["x".repeat(129), "a b".to_owned(), "é".to_owned()] {
        assert_eq!(ground.tell(&jwks(&[old.clone(), called(odd)])).await, Err(KeysRefused::OddId));
    }
    for invalid in ["", "[]", "{}", &jwks(&[]), &jwks(&[old.clone(), private])] {
        assert!(matches!(ground.tell(invalid).await, Err(KeysRefused::Invalid(_))), "{invalid}");
    }
    assert_eq!(ground.told("refuse-gateway-keys").await.len(), 11);
    assert_eq!(ground.shown().await.told_keys, None);
    assert_eq!(ground.enrol(&ground.new).await, Err(EnrolmentRefused::UnknownKey));

    gateways::revoke(&ground.scene.app, &ground.scene.caller, ground.gateway.id).await.unwrap();
    assert_eq!(ground.tell(&jwks(&[old.clone(), new.clone()])).await, Err(KeysRefused::NotOpen));
    let by_token = Ground::by(EnrolmentMethod::Token, ground.old, ground.new).await;
    assert_eq!(by_token.tell(&jwks(&[old, new])).await, Err(KeysRefused::OtherMethod));
}

#[tokio::test]
async fn who_pastes_keys_has_the_last_word_and_may_keep_the_gateway_from_telling() {
    let ground = Ground::new(KeyChanges::Pasted).await;
    let both = jwks(&[ground.old.jwk(), ground.new.jwk()]);
    assert_eq!(ground.tell(&both).await, Err(KeysRefused::Pasted));
    assert_eq!(ground.enrol(&ground.new).await, Err(EnrolmentRefused::UnknownKey));
    let follow = |key_changes| GatewayChanges { key_changes: Some(key_changes), ..GatewayChanges::default() };
    ground.change(follow(KeyChanges::Told)).await;
    ground.tell(&both).await.unwrap();
    // What it told stays where it may tell no more.
    let closed = ground.change(follow(KeyChanges::Pasted)).await;
    assert!(closed.told_keys.is_some() && ground.enrol(&ground.new).await.is_ok());
    assert_eq!(ground.tell(&jwks(&[ground.new.jwk()])).await, Err(KeysRefused::Pasted));
    let EnrolmentMethod::ServiceAccount(trust) = closed.enrolment else { unreachable!("it is that") };
    let keys = ClusterKeys::Pasted(ground.new.public_pem());
    let pasted = ServiceAccountTrust { keys, key_changes: KeyChanges::Told, ..trust };
    let enrolment = Some(EnrolmentMethod::ServiceAccount(pasted));
    let changed = ground.change(GatewayChanges { enrolment, ..GatewayChanges::default() }).await;
    assert_eq!((changed.told_keys.as_ref(), changed.follows_keys()), (None, false), "it stays as it was said");
    assert!(ground.enrol(&ground.new).await.is_ok(), "a key in PEM has no id, so it may be this one");
    assert!(ground.enrol(&ground.old).await.is_err());
}

#[tokio::test]
async fn keys_that_are_pasted_again_count_instead_of_those_that_were_told() {
    let ground = Ground::new(KeyChanges::Told).await;
    let thief = TokenSigner::new("thief", SigningAlgorithm::Es256);
    ground.tell(&jwks(&[ground.old.jwk(), thief.jwk()])).await.unwrap();
    assert!(ground.enrol(&thief).await.is_ok());
    let pasted = || GatewayChanges { enrolment: Some(ground.gateway.enrolment.clone()), ..GatewayChanges::default() };
    assert_eq!(ground.change(pasted()).await.told_keys, None);
    assert_eq!(ground.shown().await.told_keys, None);
    assert_eq!(ground.enrol(&thief).await, Err(EnrolmentRefused::UnknownKey));
    assert!(ground.enrol(&ground.old).await.is_ok());
    // Nothing is there any more that it could change.
    ground.change(pasted()).await;
    ground.tell(&jwks(&[ground.old.jwk(), ground.new.jwk()])).await.unwrap();
    ground.scene.wait(Duration::from_secs(1));
    ground.change(GatewayChanges { key_changes: Some(KeyChanges::Pasted), ..pasted() }).await;
    ground.scene.wait(Duration::from_secs(1));
    ground.change(GatewayChanges { key_changes: Some(KeyChanges::Told), ..GatewayChanges::default() }).await;
    let fields: Vec<Value> =
        ground.told("update-gateway").await.into_iter().map(|event| event["updatedFields"].clone()).collect();
    assert_eq!(fields, [json!(["keys"]), json!(["followsKeys", "keys"]), json!(["followsKeys"])]);
}

#[tokio::test]
async fn a_token_of_a_clock_that_is_off_by_ten_minutes_is_refused_and_the_clock_named() {
    let ground = Ground::new(KeyChanges::Told).await;
    for seconds in [600, -600] {
        let refused = ground.enrol_at(&ground.old, seconds).await.unwrap_err();
        assert!(
            matches!(refused, EnrolmentRefused::NotBelieved(_)) && refused.to_string().contains("clock"),
            "{refused}"
        );
    }
    let told = ground.told("refuse-gateway-enrolment").await;
    assert!(told.iter().all(|event| event["why"].as_str().unwrap().contains("clock")), "{told:?}");
    for seconds in [20, -300] {
        assert!(ground.enrol_at(&ground.old, seconds).await.is_ok(), "{seconds}");
    }
}

impl Ground {
    /// The gateway returns tokens that `signer` signed, from now on.
    fn returns(&self, signer: &TokenSigner) {
        let token = signer.token(&json!({"iss": self.issuer}));
        self.scene.place.return_by_a_gateway(Returned { by: self.gateway.id, token });
    }

    /// Asks for a token while time passes, and `meanwhile` happens after a moment of it.
    async fn issue_while(&self, meanwhile: impl Future<Output = ()>) -> Result<IssuedLease, AppError> {
        let passing = async {
            for _ in 0..200 {
                tokio::task::yield_now().await;
            }
            meanwhile.await;
            loop {
                self.scene.wait(Duration::from_millis(250));
                tokio::task::yield_now().await;
            }
        };
        tokio::select! {
            issued = self.scene.issue() => issued,
            () = passing => unreachable!("time passes for ever"),
        }
    }

    /// The key that the newest lease's signature was not checked by, where it was not.
    async fn unchecked(&self) -> Value {
        self.told("create-dynamic-secret-lease").await.last().unwrap()["uncheckedKeyId"].clone()
    }

    /// Nothing is handed out that somebody signed who calls their key as the cluster calls its own.
    async fn hands_out_only_what_the_cluster_signed(&self) {
        self.returns(&self.old);
        self.scene.issue().await.unwrap();
        assert_eq!(self.unchecked().await, Value::Null);
        self.returns(&TokenSigner::new("old", SigningAlgorithm::Es256));
        let refused = why(self.scene.issue().await);
        assert!(refused.contains("signature"), "{refused}");
    }
}

/// What was said of a token that is not believed.
fn why(refused: Result<IssuedLease, AppError>) -> String {
    refused.expect_err("it is refused").to_string()
}

#[tokio::test]
async fn a_token_that_its_cluster_did_not_sign_is_not_handed_out() {
    let ground = Ground::new(KeyChanges::Told).await;
    ground.hands_out_only_what_the_cluster_signed().await;
    let told = ground.told("fail-dynamic-secret-lease").await;
    assert!(
        told[0]["why"].as_str().unwrap().contains("signature") && told[0]["possiblyIssuedUntil"].is_string(),
        "{told:?}"
    );
    ground.returns(&ground.old);
    ground.scene.issue().await.unwrap();
}

#[tokio::test]
async fn a_key_that_is_not_known_is_waited_for_where_keys_are_told_and_noted_where_not() {
    let ground = Ground::new(KeyChanges::Told).await;
    // Nobody has told any as yet, as where agents are older.
    ground.returns(&ground.new);
    ground.scene.issue().await.unwrap();
    assert_eq!(ground.unchecked().await, json!("new"));

    let (old, both) = (jwks(&[ground.old.jwk()]), jwks(&[ground.old.jwk(), ground.new.jwk()]));
    ground.tell(&old).await.unwrap();
    let refused = why(ground.issue_while(async {}).await);
    assert!(refused.contains("key id") && refused.contains("paste the cluster's keys"), "{refused}");
    ground.issue_while(async { ground.tell(&both).await.unwrap() }).await.unwrap();
    assert_eq!(ground.unchecked().await, Value::Null);

    // Where a person said that nobody tells keys, a change of them keeps nobody from tokens.
    let other = TokenSigner::new("other", SigningAlgorithm::Es256);
    ground.change(GatewayChanges { key_changes: Some(KeyChanges::Pasted), ..GatewayChanges::default() }).await;
    ground.returns(&other);
    ground.scene.issue().await.unwrap();
    assert_eq!(ground.unchecked().await, json!("other"));
}

#[tokio::test]
async fn no_signature_is_checked_where_no_keys_are_known() {
    let [old, new] = ["old", "new"].map(|id| TokenSigner::new(id, SigningAlgorithm::Es256));
    let ground = Ground::by(EnrolmentMethod::Token, old, new).await;
    ground.returns(&ground.new);
    ground.scene.issue().await.unwrap();
    assert_eq!(ground.unchecked().await, Value::Null);
}
