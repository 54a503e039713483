//! Who may come as a gateway: once by each proof, with one key for each number, and nobody once two hold one.

use std::time::Duration;

use jiff::Timestamp;
use mayfly_app::gateways::{
    self, Claim, ClaimProof, EnrolmentRefused, GatewayChanges, NewGateway, NewToken, USUAL_TOKEN_LIFE, servers,
};
use mayfly_domain::{
    gateway::{ClusterKeys, EnrolmentMethod, Gateway, GatewayName, KeyChanges, ServiceAccountTrust, Standing},
    ids::GatewayTunnelId,
    sensitive::Sensitive,
};
use mayfly_store::Execution;
use mayfly_testkit::issuer::{SigningAlgorithm, TokenSigner};
use serde_json::json;

use crate::scene::Scene;

const DAY: Duration = Duration::from_hours(24);

struct Ground {
    scene: Scene,
    gateway: Gateway,
}

impl Ground {
    async fn new(enrolment: EnrolmentMethod) -> Self {
        let scene = Scene::new(1, Execution::Inline).await;
        let new = NewGateway { name: "gw-lab".parse().unwrap(), enrolment };
        let gateway = gateways::create(&scene.app, &scene.caller, new).await.unwrap();
        Self { scene, gateway }
    }

    fn ends(&self) -> Timestamp {
        self.scene.app.ambient().now() + DAY
    }

    async fn token(&self, uses: i64) -> Sensitive<String> {
        let new = NewToken { life: USUAL_TOKEN_LIFE, uses };
        gateways::create_token(&self.scene.app, &self.scene.caller, self.gateway.id, new).await.unwrap().secret
    }

    async fn enrol(&self, proof: ClaimProof, instance: &str, key: &[u8]) -> Result<GatewayName, EnrolmentRefused> {
        let claim = Claim {
            gateway: self.gateway.id,
            instance: instance.parse().unwrap(),
            proof,
            key_digest: key.to_vec(),
            certificate_expires_at: self.ends(),
        };
        gateways::enrol(&self.scene.app, &self.scene.caller, &claim).await.unwrap()
    }

    async fn renew(&self, holder: &GatewayName, key: &[u8]) -> Result<GatewayName, EnrolmentRefused> {
        gateways::renew(&self.scene.app, &self.scene.caller, holder, key, self.ends()).await.unwrap()
    }

    async fn is_open(&self, name: &GatewayName) -> bool {
        gateways::find_open(&self.scene.app, name).await.unwrap().is_some()
    }

    /// How many events of a kind there are.
    async fn told(&self, kind: &str) -> usize {
        self.scene.events().await.iter().filter(|(found, _)| found == kind).count()
    }
}

fn by(token: &Sensitive<String>) -> ClaimProof {
    ClaimProof::Token(token.clone())
}

#[tokio::test]
async fn a_token_lets_one_process_in_and_says_why_it_lets_no_other() {
    let ground = Ground::new(EnrolmentMethod::Token).await;
    let token = ground.token(1).await;
    let first = ground.enrol(by(&token), "pod-1", b"key-1").await.unwrap();
    assert_eq!((first.generation, first.installation), (1, ground.scene.app.installation()));
    assert!(ground.is_open(&first).await);
    // The answer was lost: the same key of the same process gets the same number.
    assert_eq!(ground.enrol(by(&token), "pod-1", b"key-1").await, Ok(first.clone()));
    assert_eq!(ground.enrol(by(&token), "pod-2", b"key-1").await, Err(EnrolmentRefused::TokenWasUsed));
    assert_eq!(ground.enrol(by(&token), "pod-1", b"key-2").await, Err(EnrolmentRefused::TokenWasUsed));
    let unknown = Sensitive::from("nobody made this");
    assert_eq!(ground.enrol(by(&unknown), "pod-1", b"key-2").await, Err(EnrolmentRefused::UnknownToken));
    let other = NewGateway { name: "gw-other".parse().unwrap(), enrolment: EnrolmentMethod::Token };
    let other = gateways::create(&ground.scene.app, &ground.scene.caller, other).await.unwrap();
    let new = NewToken { life: USUAL_TOKEN_LIFE, uses: 1 };
    let others = gateways::create_token(&ground.scene.app, &ground.scene.caller, other.id, new).await.unwrap().secret;
    assert_eq!(ground.enrol(by(&others), "pod-1", b"key-2").await, Err(EnrolmentRefused::UnknownToken));
    let late = ground.token(1).await;
    ground.scene.wait(USUAL_TOKEN_LIFE);
    assert_eq!(ground.enrol(by(&late), "pod-2", b"key-2").await, Err(EnrolmentRefused::TokenIsOver));
    let jwt = ClaimProof::ServiceAccount(Sensitive::from("a.b.c"));
    assert_eq!(ground.enrol(jwt, "pod-2", b"key-2").await, Err(EnrolmentRefused::OtherMethod));
    assert_eq!((ground.told("enrol-gateway").await, ground.told("refuse-gateway-enrolment").await), (2, 6));
    let everything = format!("{:?}", ground.scene.events().await);
    assert!(!everything.contains(token.expose().as_str()), "an event holds the token");
}

#[tokio::test]
async fn a_copied_key_shows_when_both_holders_have_renewed_and_nobody_comes_until_somebody_looked() {
    let ground = Ground::new(EnrolmentMethod::Token).await;
    let token = ground.token(1).await;
    let first = ground.enrol(by(&token), "pod-1", b"key-1").await.unwrap();
    let second = ground.renew(&first, b"key-2").await.unwrap();
    assert_eq!(second.generation, 2);
    // An answer that was lost, or is asked for twice, is the same answer.
    assert_eq!(ground.renew(&first, b"key-2").await, Ok(second.clone()));
    assert_eq!(ground.renew(&second, b"key-2").await, Ok(second.clone()));
    assert!(ground.is_open(&first).await, "until its certificate ends");
    let never_given = GatewayName { generation: 3, ..second.clone() };
    assert!(!ground.is_open(&never_given).await);
    assert_eq!(ground.told("lock-gateway").await, 0);

    assert_eq!(ground.renew(&first, b"key of the thief").await, Err(EnrolmentRefused::NotOpen));
    assert_eq!(ground.told("lock-gateway").await, 1);
    assert!(!ground.is_open(&second).await);
    assert_eq!(ground.renew(&second, b"key-3").await, Err(EnrolmentRefused::NotOpen));
    assert_eq!(gateways::closed(&ground.scene.app, &[ground.gateway.id]).await.unwrap(), [ground.gateway.id]);
    let app = &ground.scene.app;
    let unlock = GatewayChanges { unlock: true, ..GatewayChanges::default() };
    let open = gateways::update(app, &ground.scene.caller, ground.gateway.id, unlock).await.unwrap();
    assert_eq!(open.standing, Standing::Open);
    assert!(ground.is_open(&second).await);
    assert!(gateways::closed(app, &[ground.gateway.id]).await.unwrap().is_empty());
}

#[tokio::test]
async fn every_pod_of_a_day_of_rollouts_enrols_and_a_flood_of_them_does_not() {
    let ground = Ground::new(EnrolmentMethod::Token).await;
    for pod in 0..100 {
        let token = ground.token(1).await;
        ground.enrol(by(&token), &format!("pod-{pod}"), b"key").await.unwrap();
    }
    let token = ground.token(2).await;
    assert_eq!(ground.enrol(by(&token), "pod-100", b"key").await, Err(EnrolmentRefused::TooMany));
    ground.enrol(by(&token), "pod-7", b"key-2").await.unwrap();
    ground.scene.clock.advance(DAY);
    ground.enrol(by(&ground.token(1).await), "pod-100", b"key").await.unwrap();
}

#[tokio::test]
async fn who_was_revoked_enrols_and_comes_no_more() {
    let ground = Ground::new(EnrolmentMethod::Token).await;
    let (token, other) = (ground.token(2).await, ground.token(1).await);
    let first = ground.enrol(by(&token), "pod-1", b"key-1").await.unwrap();
    gateways::revoke(&ground.scene.app, &ground.scene.caller, ground.gateway.id).await.unwrap();
    assert!(!ground.is_open(&first).await);
    for token in [&token, &other] {
        assert_eq!(ground.enrol(by(token), "pod-2", b"key-2").await, Err(EnrolmentRefused::NotOpen));
    }
    assert_eq!(ground.renew(&first, b"key-2").await, Err(EnrolmentRefused::NotOpen));
    let absent = gateways::delete(&ground.scene.app, &ground.scene.caller, ground.gateway.id).await.unwrap();
    assert_eq!(absent.id, ground.gateway.id);
    assert_eq!(ground.enrol(by(&token), "pod-2", b"key-2").await, Err(EnrolmentRefused::NoGateway));
}

#[tokio::test]
async fn a_projected_token_of_the_one_account_proves_one_key() {
    let signer = TokenSigner::new("cluster", SigningAlgorithm::Es256);
    let issuer = "https://kubernetes.default.svc";
    let trust = ServiceAccountTrust {
        issuer: issuer.to_owned(),
        keys: ClusterKeys::Pasted(signer.public_pem()),
        namespace: "mayfly".parse().unwrap(),
        name: "mayfly-gateway".parse().unwrap(),
        key_changes: KeyChanges::Told,
    };
    let ground = Ground::new(EnrolmentMethod::ServiceAccount(trust)).await;
    let now = ground.scene.app.ambient().now().as_second();
    let (id, account) = (ground.gateway.id.to_string(), "system:serviceaccount:mayfly:mayfly-gateway");
    let jwt = |account: &str, audience: &str, jti: &str| {
        let claims =
            json!({"iss": issuer, "sub": account, "aud": [audience], "iat": now, "exp": now + 600, "jti": jti});
        ClaimProof::ServiceAccount(Sensitive::new(signer.token(&claims)))
    };
    let other = "system:serviceaccount:mayfly:default";
    assert_eq!(ground.enrol(jwt(other, &id, "1"), "pod-1", b"key-1").await, Err(EnrolmentRefused::OtherAccount));
    let elsewhere = ground.enrol(jwt(account, "vault", "2"), "pod-1", b"key-1").await;
    assert!(matches!(elsewhere, Err(EnrolmentRefused::NotBelieved(_))), "{elsewhere:?}");
    let first = ground.enrol(jwt(account, &id, "3"), "pod-1", b"key-1").await.unwrap();
    assert_eq!(ground.enrol(jwt(account, &id, "3"), "pod-1", b"key-1").await, Ok(first));
    assert_eq!(ground.enrol(jwt(account, &id, "3"), "pod-2", b"key-2").await, Err(EnrolmentRefused::ProofWasUsed));
    ground.scene.wait(Duration::from_secs(601));
    let over = ground.enrol(jwt(account, &id, "4"), "pod-2", b"key-2").await;
    assert!(matches!(over, Err(EnrolmentRefused::NotBelieved(_))), "{over:?}");
}

#[tokio::test]
async fn what_a_server_holds_is_noted_again_where_it_was_missed() {
    let ground = Ground::new(EnrolmentMethod::Token).await;
    let app = &ground.scene.app;
    let held = || servers::HeldTunnel {
        id: GatewayTunnelId::generate(app.ambient()),
        gateway: ground.gateway.id,
        instance: "pod-1".parse().unwrap(),
        version: "1.2.3".to_owned(),
        replica: app.replica(),
    };
    let noted = async || ground.scene.store.gateway_tunnels().of(app.replica()).await.unwrap();
    let (over, missed) = (held(), held());
    servers::say_here(app, "10.0.0.1:8421").await.unwrap();
    servers::hold(app, &over).await.unwrap();
    servers::hold_exactly(app, || vec![missed.clone()]).await.unwrap();
    assert_eq!(noted().await, [missed.id]);

    // Another server took this one for gone, and it has said since that it is there.
    servers::say_gone(app).await.unwrap();
    assert_eq!(servers::say_here(app, "10.0.0.1:8421").await.unwrap(), 1);
    assert!(noted().await.is_empty());
    servers::hold_exactly(app, || vec![missed.clone()]).await.unwrap();
    assert_eq!(noted().await, [missed.id]);
}
