//! What is told of an errand whose process dies.

use std::sync::Arc;

use futures::future;
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
}

impl Ground {
    fn new() -> Self {
        let ambient = ambient();
        let gateway = GatewayId::generate(&ambient);
        Self { ambient, ways: Ways::default(), gateway }
    }

    /// A process of the gateway comes, always of the same name.
    async fn come(&self, connection: u64, answer: Option<&'static str>) -> (Session, UnboundedReceiver<u32>) {
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
            epoch: Epoch { started: ambient.now(), connection },
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

    async fn issue(&self) -> Ran<Value> {
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
            repeat: Repeat::AtTheSame,
        };
        Errands::new(self.ways.clone(), options).run_and_tell(&errand, &json!({})).await
    }
}

#[tokio::test]
async fn a_failure_of_the_next_process_says_nothing_of_what_the_last_one_did() {
    let ground = Ground::new();
    let (dying, mut asked) = ground.come(1, None).await;
    let meanwhile = async {
        assert_eq!(asked.recv().await, Some(1));
        dying.close();
        ground.come(2, Some(r#"{"Err":"its name is taken"}"#)).await
    };
    let (ran, (_next, mut asked)) = tokio::join!(ground.issue(), meanwhile);
    assert_eq!(asked.recv().await, Some(2));
    assert_eq!(ran.outcome.unwrap()["Err"], "its name is taken");
    assert_eq!(ran.earlier, Earlier::Unclear);
}

#[tokio::test]
async fn the_first_answer_tells_all() {
    let ground = Ground::new();
    let (_answering, _asked) = ground.come(1, Some(r#"{"Err":"its name is taken"}"#)).await;
    let ran = ground.issue().await;
    assert_eq!((ran.outcome.unwrap()["Err"].as_str(), ran.earlier), (Some("its name is taken"), Earlier::Nothing));
}
