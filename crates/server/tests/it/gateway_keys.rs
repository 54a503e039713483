//! The keys of a gateway's cluster: shown, and taken over the tunnel from a gateway that may tell them.

use mayfly_domain::sensitive::Sensitive;
use mayfly_testkit::issuer::{SigningAlgorithm, TestIssuer, TokenSigner};
use mayfly_tunnel::{
    answering::Session,
    enrolment::{EnrolmentText, Proof},
    record::{GatewayRecord, JWKS_CHANGED, ServerRecord},
};
use serde_json::{Value, json};

use crate::{
    gateway_authorities::agent::Agent,
    support::{DEFAULT_DATABASES, Database, Gateways, TestServer, TestServerOptions, merged},
};

const ISSUER: &str = "https://kubernetes.default.svc";
const PATH: &str = "/api/v1/gateways";

struct Ground {
    server: TestServer,
    gateway: String,
    /// Of its cluster's tokens.
    issuer: String,
}

impl Ground {
    async fn new(database: Database, new: &Value) -> Self {
        let options = TestServerOptions { gateways: Gateways::AtWork, ..TestServerOptions::new(database) };
        let server = TestServer::start(options).await;
        let made = server.as_admin().post(PATH, new).await.ok();
        let gateway = made["gateway"]["id"].as_str().unwrap().to_owned();
        let issuer = new["issuer"].as_str().unwrap_or(ISSUER).to_owned();
        Self { server, gateway, issuer }
    }

    fn path(&self) -> String {
        format!("{PATH}/{}", self.gateway)
    }

    async fn shown(&self) -> Value {
        self.server.as_admin().get(&self.path()).await.ok()
    }

    /// By a token of the gateway's account that `signer` signed, or the code of the refusal.
    async fn enrol(&self, signer: &TokenSigner, instance: &str) -> Result<Agent, String> {
        let now = self.server.ambient.now().as_second();
        let claims = json!({
            "iss": self.issuer, "sub": "system:serviceaccount:mayfly:mayfly-gateway", "aud": [self.gateway],
            "jti": instance, "iat": now, "exp": now + 600,
        });
        let text: EnrolmentText = self.shown().await["enrolmentText"].as_str().unwrap().parse().unwrap();
        let proof = Proof::ServiceAccount { jwt: Sensitive::new(signer.token(&claims)) };
        Agent::enrol_by(&self.server, text, proof, instance).await.unwrap()
    }
}

/// A gateway that is proven by its service account, whose cluster signs by `key`.
fn made_by(key: &TokenSigner) -> Value {
    json!({
        "name": "gw-lab", "method": "service-account", "issuer": ISSUER, "namespace": "mayfly",
        "serviceAccountName": "mayfly-gateway", "keys": json!({"keys": [key.jwk()]}).to_string(),
    })
}

async fn tell(session: &Session, keys: &[&TokenSigner]) {
    let jwks = json!({ "keys": keys.iter().map(|key| key.jwk()).collect::<Vec<_>>() });
    session.tell(GatewayRecord::JwksChanged { jwks }).await;
}

/// Why what was told does not count.
async fn refused(session: &mut Session) -> String {
    loop {
        if let ServerRecord::JwksRefused { reason, passes: false } =
            session.records.recv().await.expect("the tunnel is open")
        {
            return reason;
        }
    }
}

async fn are_told(database: Database) {
    let [old, new] = ["old", "new"].map(|id| TokenSigner::new(id, SigningAlgorithm::Es256));
    let ground = Ground::new(database, &made_by(&old)).await;
    let mut agent = ground.enrol(&old, "pod-1").await.unwrap();
    let mut session = agent.come().await.unwrap();
    assert_eq!(session.hello.features, [JWKS_CHANGED]);
    let before = ground.shown().await["gateway"].clone();
    assert_eq!((&before["keyIds"], &before["keysToldAt"]), (&json!(["old"]), &Value::Null));
    assert_eq!(before["enrolment"]["followsKeys"], json!(true));
    assert_eq!(ground.enrol(&new, "pod-2").await.err().unwrap(), "unknown_key");

    tell(&session, &[&old, &new]).await;
    // What is told after it is heard after it.
    tell(&session, &[]).await;
    refused(&mut session).await;
    let after = ground.shown().await["gateway"].clone();
    assert!(after["keyIds"] == json!(["old", "new"]) && after["keysToldAt"].is_string(), "{after}");
    assert!(ground.enrol(&new, "pod-3").await.is_ok());

    // Whoever turned it off is not overruled, over the tunnel that is there as little as over the next.
    let changed = ground.server.as_admin().patch(&ground.path(), &json!({"followsKeys": false})).await.ok();
    assert_eq!(changed["gateway"]["enrolment"]["followsKeys"], json!(false));
    assert_eq!(changed["gateway"]["keyIds"], json!(["old", "new"]));
    tell(&session, &[&new]).await;
    assert!(refused(&mut session).await.contains("followsKeys"));
    assert!(agent.come().await.unwrap().hello.features.is_empty());
    assert!(ground.enrol(&old, "pod-4").await.is_ok());
}

#[tokio::test]
async fn keys_that_a_gateway_tells_let_the_next_process_in_until_somebody_turns_that_off() {
    for database in DEFAULT_DATABASES {
        Box::pin(are_told(database)).await;
    }
}

/// Whether the refusal of what was told passes.
async fn passes(session: &mut Session) -> bool {
    loop {
        if let ServerRecord::JwksRefused { passes, .. } = session.records.recv().await.expect("the tunnel is open") {
            return passes;
        }
    }
}

#[tokio::test]
async fn keys_that_are_told_again_and_again_are_looked_at_a_few_times_only() {
    let old = TokenSigner::new("old", SigningAlgorithm::Es256);
    let ground = Ground::new(Database::Sqlite, &made_by(&old)).await;
    let mut agent = ground.enrol(&old, "pod-1").await.unwrap();
    let mut session = agent.come().await.unwrap();
    let mut passing = Vec::new();
    for _ in 0..6 {
        tell(&session, &[]).await;
        passing.push(passes(&mut session).await);
    }
    assert_eq!(passing, [false, false, false, false, true, true]);
}

#[tokio::test]
async fn a_gateway_that_enrols_by_tokens_has_no_keys_to_tell() {
    let ground = Ground::new(Database::Sqlite, &json!({"name": "gw-lab"})).await;
    let admin = ground.server.as_admin();
    let made = admin.post(&format!("{}/enrolments", ground.path()), &json!({})).await.ok();
    let mut agent = Agent::enrol(&ground.server, made["enrolmentText"].as_str().unwrap(), "pod-1").await.unwrap();
    let mut session = agent.come().await.unwrap();
    assert!(session.hello.features.is_empty());
    tell(&session, &[&TokenSigner::new("any", SigningAlgorithm::Es256)]).await;
    assert!(refused(&mut session).await.contains("by tokens"));
    assert_eq!(ground.shown().await["gateway"]["keyIds"], Value::Null);
    admin.patch(&ground.path(), &json!({"followsKeys": true})).await.refused(409, "no_gateway_enrolment");
    let odd = json!({"name": "gw-odd", "followsKeys": true});
    assert_eq!(admin.post(PATH, &odd).await.faults()[0].0, "body.followsKeys");
}

/// A gateway whose cluster publishes its keys.
fn published_by(issuer: &TestIssuer) -> Value {
    json!({
        "name": "gw-lab", "method": "service-account", "issuer": issuer.url(), "namespace": "mayfly",
        "serviceAccountName": "mayfly-gateway", "discoveryUrl": issuer.url(), "discoveryCaCert": issuer.ca_pem(),
    })
}

#[tokio::test]
async fn a_cluster_that_publishes_its_keys_is_asked_for_them_and_its_gateway_is_not() {
    let (issuer, key) = (TestIssuer::start().await.unwrap(), TokenSigner::new("first", SigningAlgorithm::Rs256));
    issuer.set_keys(&[&key]);
    let ground = Ground::new(Database::Sqlite, &published_by(&issuer)).await;
    let shown = ground.shown().await["gateway"].clone();
    let expected = json!({
        "method": "service-account", "issuer": issuer.url(), "namespace": "mayfly", "serviceAccountName": "mayfly-gateway",
        "discoveryUrl": issuer.url(), "discoveryCaCert": issuer.ca_pem(),
    });
    assert_eq!((&shown["enrolment"], &shown["keyIds"]), (&expected, &Value::Null));
    let mut agent = ground.enrol(&key, "pod-1").await.unwrap();
    let mut session = agent.come().await.unwrap();
    assert!(session.hello.features.is_empty(), "nobody asks it for keys");
    tell(&session, &[&key]).await;
    assert!(refused(&mut session).await.contains("publishes its keys"));
    let other = TokenSigner::new("other", SigningAlgorithm::Rs256);
    assert_eq!(ground.enrol(&other, "pod-2").await.err().unwrap(), "unknown_key");
}

#[tokio::test]
async fn keys_are_pasted_or_published_and_what_does_not_go_together_is_told_at_its_field() {
    let (issuer, key) = (TestIssuer::start().await.unwrap(), TokenSigner::new("first", SigningAlgorithm::Es256));
    issuer.set_keys(&[&key]);
    let server = TestServer::sqlite().await;
    let admin = server.as_admin();
    let cases = [
        (json!({"keys": "{}"}), "keys", "beside `discoveryUrl`"),
        (json!({"followsKeys": true}), "followsKeys", "beside `discoveryUrl`"),
        (json!({"discoveryUrl": "http://id.example.com"}), "discoveryUrl", "https://"),
        (json!({"discoveryUrl": "https://user:pass@id.example.com"}), "discoveryUrl", "credentials"),
        (json!({"discoveryUrl": "https://169.254.169.254"}), "discoveryUrl", "may connect to"),
        (json!({"discoveryUrl": format!("{}/nothing", issuer.url())}), "discoveryUrl", "could be read there"),
        (json!({"discoveryUrl": null}), "discoveryCaCert", "goes with `discoveryUrl`"),
        (json!({"discoveryUrl": null, "discoveryCaCert": null}), "keys", "is required"),
        (json!({"discoveryCaCert": "no certificate"}), "discoveryCaCert", "PEM"),
        (json!({"issuer": "https://id.example.com"}), "issuer", "exactly"),
        (json!({"method": "token"}), "discoveryUrl", "must be left out"),
    ];
    for (change, field, text) in cases {
        let faults = admin.post(PATH, &merged(&published_by(&issuer), &change)).await.faults();
        let path = format!("body.{field}");
        assert!(faults.iter().any(|fault| fault.0 == path && fault.2.contains(text)), "{change}: {faults:?}");
    }
    // What is null is not said.
    let nulls = json!({"keys": null, "followsKeys": null});
    let made = admin.post(PATH, &merged(&published_by(&issuer), &nulls)).await.ok()["gateway"].clone();
    let path = format!("{PATH}/{}", made["id"].as_str().unwrap());
    admin.patch(&path, &json!({"followsKeys": true})).await.refused(409, "no_gateway_enrolment");
    let pasted = merged(&made_by(&key), &json!({"name": null, "discoveryUrl": null, "discoveryCaCert": null}));
    let changed = admin.patch(&path, &pasted).await.ok()["gateway"].clone();
    assert_eq!((&changed["keyIds"], &changed["enrolment"]["discoveryUrl"]), (&json!(["first"]), &Value::Null));
    let again =
        admin.patch(&path, &merged(&published_by(&issuer), &json!({"name": null}))).await.ok()["gateway"].clone();
    assert_eq!((&again["keyIds"], &again["enrolment"]), (&Value::Null, &made["enrolment"]));
}
