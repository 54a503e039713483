//! What is told of an errand whose process dies.

use std::sync::Arc;

use futures::future;
use jiff::{SignedDuration, Timestamp};
use mayfly_cluster::{EgressPolicy, TrustRoots, VerificationOff};
use mayfly_domain::{
    gateway_policy::GatewayPolicy,
    ids::{GatewayId, InstallationId, ReplicaId},
};
use mayfly_testkit::ambient::ambient;
use mayfly_tunnel::{
    answering::{Answers, Asked, Session},
    asking::Tunnel,
    carrier::Carrier,
    failure::Refusal,
    record::{Epoch, Hello, Welcome},
};
use serde_json::{Value, json};
use tokio::{
    io::duplex,
    sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel},
};

use super::*;

/// One process of a gateway.
struct Answering {
    /// What it answers; it never does without.
    answer: Option<&'static str>,
    asked: UnboundedSender<u32>,
}

impl Answers for Answering {
    fn operation(&self, asked: Asked) -> BoxFuture<'_, Result<Bytes, Refusal>> {
        Box::pin(async move {
            self.asked.send(asked.attempt).expect("the test listens");
            match self.answer {
                Some(answer) => Ok(Bytes::from_static(answer.as_bytes())),
                None => future::pending().await,
            }
        })
    }

    fn connect<'a>(&'a self, _: &'a str, _: u16, _: Duration) -> BoxFuture<'a, Result<Box<dyn Carrier>, Refusal>> {
        Box::pin(future::pending())
    }
}

struct Ground {
    ambient: Ambient,
    ways: Ways,
    gateway: GatewayId,
    began: Timestamp,
}

impl Ground {
    fn new() -> Self {
        let ambient = ambient();
        let gateway = GatewayId::generate(&ambient);
        let began = ambient.now();
        Self { ambient, ways: Ways::default(), gateway, began }
    }

    /// A process of the gateway comes, always of the same name.
    async fn come(&self, epoch: Epoch, answer: Option<&'static str>) -> (Session, UnboundedReceiver<u32>) {
        let (near, far) = duplex(64 * 1024);
        let (asked, listening) = unbounded_channel();
        let ambient = &self.ambient;
        let hello = Hello {
            installation: InstallationId::generate(ambient),
            replica: ReplicaId::generate(ambient),
            replicas: 1,
            version: "1.2.3".to_owned(),
            features: Vec::new(),
            clock: ambient.now(),
            seal_keys: Vec::new(),
        };
        let welcome = Welcome {
            gateway: self.gateway,
            instance: "pod-1".parse().unwrap(),
            epoch,
            version: "1.2.3".to_owned(),
            features: Vec::new(),
            policy: GatewayPolicy::default(),
            policy_digest: String::new(),
            api_server: None,
            clock: ambient.now(),
        };
        let answers = Arc::new(Answering { answer, asked });
        let (opened, session) =
            tokio::join!(Tunnel::open(ambient, near, hello), Session::serve(ambient, far, welcome, answers));
        assert!(self.ways.registry().add(&opened.unwrap().tunnel));
        (session.unwrap(), listening)
    }

    /// The `connection`th tunnel of the `process`th process.
    fn epoch(&self, process: i64, connection: u64) -> Epoch {
        Epoch { started: self.began + SignedDuration::from_secs(process), connection }
    }

    async fn issue(&self, repeat: Repeat) -> Ran<Value> {
        let options = ExecutorOptions {
            ambient: self.ambient.clone(),
            egress: EgressPolicy::default(),
            verification_off: VerificationOff::Refused,
            trust_roots: TrustRoots::default(),
            token_files: Vec::new(),
        };
        let errand = Errand {
            via: Via::Gateway(self.gateway),
            name: GatewayOperation::Issue,
            lease: None,
            deadline: Deadline::after(&self.ambient, Duration::from_secs(20)),
            repeat,
        };
        Errands::new(self.ways.clone(), options).run_and_tell(&errand, &json!({})).await
    }
}

/// The first try is asked and not answered; then whoever has `next` for an epoch comes, with `answer`.
async fn asked_twice(repeat: Repeat, next: (i64, u64), answer: &'static str) -> (Ran<Value>, UnboundedReceiver<u32>) {
    let ground = Ground::new();
    let (dying, mut asked) = ground.come(ground.epoch(1, 1), None).await;
    let meanwhile = async {
        assert_eq!(asked.recv().await, Some(1));
        dying.close();
        ground.come(ground.epoch(next.0, next.1), Some(answer)).await
    };
    let (ran, (_next, asked)) = tokio::join!(ground.issue(repeat), meanwhile);
    (ran, asked)
}

#[tokio::test]
async fn a_failure_of_the_next_process_says_nothing_of_what_the_last_one_did() {
    let (ran, mut asked) = asked_twice(Repeat::AtItsName, (2, 1), r#"{"Err":"its name is taken"}"#).await;
    assert_eq!(asked.recv().await, Some(2));
    assert_eq!(ran.outcome.unwrap()["Err"], "its name is taken");
    assert_eq!(ran.earlier, Earlier::Unclear);
}

#[tokio::test]
async fn what_may_be_done_once_only_is_not_asked_of_the_next_process() {
    let begun = ambient().now();
    let (ran, mut asked) = asked_twice(Repeat::AtTheProcess, (2, 1), r#"{"Ok":"a second token"}"#).await;
    assert!(ambient().now().duration_since(begun).unsigned_abs() < AWAY_LIMIT, "nobody is waited for who has ended");
    assert!(asked.try_recv().is_err(), "it was not asked");
    assert_eq!(ran.outcome.unwrap_err().certainty, Certainty::Unknown);
}

#[tokio::test]
async fn the_same_process_tells_what_it_did_over_its_next_tunnel() {
    for repeat in [Repeat::AtTheProcess, Repeat::AtItsName] {
        let (ran, mut asked) = asked_twice(repeat, (1, 2), r#"{"Ok":"the token"}"#).await;
        assert_eq!(asked.recv().await, Some(2));
        assert_eq!((ran.outcome.unwrap()["Ok"].as_str(), ran.earlier), (Some("the token"), Earlier::Nothing));
    }
}

#[tokio::test]
async fn the_first_answer_tells_all() {
    let ground = Ground::new();
    let (_answering, _asked) = ground.come(ground.epoch(1, 1), Some(r#"{"Err":"its name is taken"}"#)).await;
    let ran = ground.issue(Repeat::AtItsName).await;
    assert_eq!((ran.outcome.unwrap()["Err"].as_str(), ran.earlier), (Some("its name is taken"), Earlier::Nothing));
}
