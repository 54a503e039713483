//! The authority for gateways changes while they are at work: nobody notices but whoever holds on to the old one.

pub(crate) mod agent;

use std::time::Duration;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use mayfly_testkit::ambient::ambient;
use mayfly_tunnel::{
    answering::Session, authority::Authority, enrolment::EnrolmentText, tls::HandshakeFailed, trust::AuthorityPin,
};
use serde_json::{Value, json};

use self::agent::Agent;
use crate::support::{Database, Gateways, LogWatch, TestServer, TestServerOptions};

const PATH: &str = "/api/v1/gateway-authorities";

/// A server with a gateway, and a connection that leads through it.
struct Ground {
    server: TestServer,
    gateway: String,
    connection: String,
    agent: Agent,
    session: Session,
}

impl Ground {
    async fn new(database: Database) -> Self {
        let options = TestServerOptions { gateways: Gateways::AtWork, ..TestServerOptions::new(database) };
        let server = TestServer::start(options).await;
        let made = server.as_admin().post("/api/v1/gateways", &json!({"name": "gw-lab"})).await.ok();
        let gateway = text(&made["gateway"]["id"]);
        let mut agent = Agent::enrol(&server, &enrolment(&server, &gateway).await, "pod-1").await.unwrap();
        let session = agent.come().await.unwrap();
        let way = json!({"name": "lab", "authMethod": "gateway", "gatewayId": gateway, "sharedWith": "all"});
        let made = server.as_admin().post("/api/v1/cluster-connections", &way).await.ok();
        let connection = text(&made["clusterConnection"]["id"]);
        Self { server, gateway, connection, agent, session }
    }

    /// Somebody uses the gateway.
    async fn call(&self) {
        let path = format!("/api/v1/cluster-connections/{}/test", self.connection);
        self.server.as_admin().post(&path, &json!({})).await.ok();
    }

    /// Time passes, and the gateway comes again as gateways do.
    async fn later(&mut self, hours: u64) {
        self.server.clock.advance(Duration::from_hours(hours));
        self.session = self.agent.come().await.unwrap();
        self.call().await;
    }

    /// Another process of the gateway enrols by a new enrolment that pins `pin`.
    async fn enrols_by(&self, pin: AuthorityPin, instance: &str) -> Result<Agent, HandshakeFailed> {
        let text: EnrolmentText = enrolment(&self.server, &self.gateway).await.parse().unwrap();
        let text = EnrolmentText { authority: pin, ..text }.expose();
        Agent::enrol(&self.server, text.expose(), instance).await
    }

    async fn rotate(&self) -> Value {
        self.server.as_admin().post(PATH, &json!({})).await.ok()["gatewayAuthorities"].clone()
    }

    async fn states(&self) -> Vec<String> {
        let there = self.server.as_admin().get(PATH).await.ok();
        there["gatewayAuthorities"].as_array().unwrap().iter().map(|of| text(&of["state"])).collect()
    }

    /// As whoever reads the database and its master key has them, newest first.
    async fn authorities(&self) -> Vec<Authority> {
        let make = || unreachable!("there is one");
        let loaded = mayfly_app::gateway_authorities::load(self.server.app(), make).await.unwrap();
        loaded.iter().map(|of| Authority::from_parts(&of.certificate, &of.key).unwrap()).collect()
    }
}

fn text(value: &Value) -> String {
    value.as_str().expect("a text").to_owned()
}

fn pin(authority: &Authority) -> AuthorityPin {
    AuthorityPin::of(authority.certificate())
}

async fn enrolment(server: &TestServer, gateway: &str) -> String {
    let made = server.as_admin().post(&format!("/api/v1/gateways/{gateway}/enrolments"), &json!({})).await.ok();
    text(&made["enrolmentText"])
}

/// A few seconds pass, in which the session ends.
async fn is_cut(server: &TestServer, session: &Session) {
    for _ in 0..5 {
        if ambient().within(Duration::from_secs(1), session.gone()).await.is_some() {
            return;
        }
        server.advance(1);
    }
    unreachable!("the tunnel is still open");
}

async fn changes_and_nobody_notices(database: Database) {
    let mut ground = Ground::new(database).await;
    let old = ground.authorities().await.remove(0);
    assert_eq!((ground.agent.believes(), ground.states().await), (vec![pin(&old)], vec!["signing".to_owned()]));

    // Both are believed and handed out, and the older one signs.
    ground.server.advance(1);
    let there = ground.rotate().await;
    assert_eq!(there[1]["digest"], json!(pin(&old).to_string()));
    let gone = format!("{PATH}/{}", text(&there[1]["id"]));
    let new = ground.authorities().await.remove(0);
    ground.server.as_admin().post(PATH, &json!({})).await.refused(409, "authority_changes");
    ground.server.as_admin().delete(&gone, &json!({})).await.refused(409, "authority_counts");
    ground.call().await;
    ground.later(13).await;
    ground.agent.renew(&mut ground.session).await;
    assert_eq!(ground.agent.believes(), [pin(&new), pin(&old)]);
    let later = enrolment(&ground.server, &ground.gateway).await.parse::<EnrolmentText>().unwrap();
    assert_eq!(later.authority, pin(&new), "what is copied now outlives the older one");
    for (number, pinned) in [&old, &new].into_iter().enumerate() {
        let mut other = ground.enrols_by(pin(pinned), &format!("pod-{}", number + 2)).await.unwrap();
        assert_eq!(other.believes(), [pin(&new), pin(&old)]);
        other.come().await.unwrap();
    }

    // A day and an hour after, the newer one signs and is shown. Whoever has the older one's certificate comes all the same.
    ground.later(12).await;
    assert_eq!(ground.states().await, ["signing", "former"]);
    ground.later(1).await;
    ground.agent.renew(&mut ground.session).await;
    ground.server.as_admin().delete(&gone, &json!({})).await.refused(409, "authority_counts");
    ground.call().await;

    // A day later nobody needs the older one. The tunnel that was opened by its word stays: its gateway has the newer one's since.
    ground.server.clock.advance(Duration::from_hours(23));
    assert!(ground.enrols_by(pin(&old), "pod-2").await.is_ok(), "it is shown as long as it is kept");
    let came = "SELECT COUNT(*) FROM audit_events WHERE kind = 'connect-gateway'";
    let before = ground.server.home.number(came).await;
    let left = ground.server.as_admin().delete(&gone, &json!({})).await.ok();
    assert_eq!(left["gatewayAuthorities"].as_array().unwrap().len(), 1);
    ground.call().await;
    assert_eq!(ground.server.home.number(came).await, before);
    ground.agent.renew(&mut ground.session).await;
    assert_eq!(ground.agent.believes(), [pin(&new)]);
    ground.later(1).await;

    // Who pins the older one is told so, and whoever stole it comes no more.
    let refused = ground.enrols_by(pin(&old), "pod-2").await.err().expect("it is gone");
    assert!(matches!(refused, HandshakeFailed::NotPinned(named) if named == pin(&old)), "{refused:?}");
    assert!(ground.agent.forged_by(&old).come().await.is_err());
    assert!(
        ground.agent.forged_by(&new).come().await.is_ok(),
        "the newer one would be let in, so it was the authority"
    );
}

#[tokio::test]
async fn the_authority_changes_and_nobody_notices() {
    changes_and_nobody_notices(Database::Sqlite).await;
}

#[tokio::test]
async fn a_stolen_authority_is_removed_at_once_and_what_came_by_it_is_cut_at_every_server() {
    let mut ground = Ground::new(Database::Postgres).await;
    let second = ground.server.second().await;
    let stolen = ground.authorities().await.remove(0);
    let thief = ground.agent.forged_by(&stolen).come().await.unwrap();
    let there =
        Agent::enrol(&second, &enrolment(&second, &ground.gateway).await, "pod-2").await.unwrap().come().await.unwrap();
    let old = text(&ground.rotate().await[1]["id"]);
    let path = format!("{PATH}/{old}");
    let forced = |reason: &str| json!({"isForced": true, "reason": reason});
    let admin = ground.server.as_admin();
    assert_eq!(admin.delete(&path, &forced(" ")).await.faults()[0].0, "body.reason");
    assert_eq!(admin.delete(&path, &json!({"reason": "no force"})).await.faults()[0].0, "body.reason");
    let left = admin.delete(&path, &forced("a backup was stolen")).await.ok();
    assert_eq!(left["gatewayAuthorities"][0]["state"], json!("signing"));
    for session in [&thief, &there] {
        is_cut(&ground.server, session).await;
    }
    assert!(ground.agent.come().await.is_err(), "whatever came by it enrols anew");
    assert!(ground.agent.forged_by(&stolen).come().await.is_err());
    let only = format!("{PATH}/{}", text(&left["gatewayAuthorities"][0]["id"]));
    admin.delete(&only, &forced("the last")).await.refused(409, "only_authority");

    let new = pin(&ground.authorities().await[0]);
    ground.agent = ground.enrols_by(new, "pod-1").await.unwrap();
    ground.later(0).await;
    let mut elsewhere = Agent::enrol(&second, &enrolment(&second, &ground.gateway).await, "pod-2").await.unwrap();
    elsewhere.come().await.unwrap();
}

#[tokio::test]
async fn the_key_of_an_authority_is_in_no_answer_and_no_line_of_the_log() {
    let watch = LogWatch::start();
    let ground = Ground::new(Database::Sqlite).await;
    let key = ground.authorities().await[0].key();
    let (whole, middle) = (STANDARD.encode(key.expose()), format!("{:?}", &key.expose()[60..80]));
    let words = [whole, middle.trim_matches(['[', ']']).to_owned()];
    for word in &words {
        watch.look_for(word);
    }
    let rotated = ground.server.as_admin().post(PATH, &json!({})).await;
    let path = format!("{PATH}/{}", text(&rotated.ok()["gatewayAuthorities"][1]["id"]));
    let listed = ground.server.as_admin().get(PATH).await;
    let removed = ground.server.as_admin().delete(&path, &json!({"isForced": true, "reason": "a test"})).await;
    for answer in [&rotated, &listed, &removed] {
        answer.ok();
        assert!(words.iter().all(|word| !answer.text.contains(word)), "{}", answer.text);
    }
    assert!(watch.lines() > 0 && watch.found().is_empty(), "{:?}", watch.found());
}
