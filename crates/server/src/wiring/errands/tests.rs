//! What is told of an errand whose process dies.

use std::sync::Arc;

use futures::future;
use jiff::{SignedDuration, Timestamp};
use mayfly_cluster::{EgressPolicy, Issue, Place as _, TrustRoots, VerificationOff, Verify};
use mayfly_domain::{
    connection::{Route, Target, Verification},
    ids::{ConnectionId, GatewayId, InstallationId},
    plan::{Account, LeasePlan},
    sensitive::Sensitive,
};
use mayfly_testkit::ambient::ambient;
use mayfly_tunnel::{
    answering::{Answers, Asked, Session},
    asking::Tunnel,
    carrier::Carrier,
    failure::Refusal,
    record::Epoch,
};
use serde_json::{Value, json};
use tokio::{
    io::{DuplexStream, copy_bidirectional, duplex},
    sync::{
        mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel},
        watch,
    },
};

use super::{super::places::Places, instead::less_certain, *};
use crate::gateways::said;

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
        self.come_over((near, far), ("pod-1", epoch), answer).await
    }

    async fn come_over(
        &self,
        (near, far): (DuplexStream, DuplexStream),
        (instance, epoch): (&str, Epoch),
        answer: Option<&'static str>,
    ) -> (Session, UnboundedReceiver<u32>) {
        let (asked, listening) = unbounded_channel();
        let ambient = &self.ambient;
        let hello = said::hello(ambient, InstallationId::generate(ambient), 1);
        let welcome = said::welcome(ambient, self.gateway, instance, epoch);
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

    fn options(&self) -> ExecutorOptions {
        ExecutorOptions {
            ambient: self.ambient.clone(),
            egress: EgressPolicy::default(),
            verification_off: VerificationOff::Refused,
            trust_roots: TrustRoots::default(),
            token_files: Vec::new(),
        }
    }

    async fn issue(&self, repeat: Repeat) -> Ran<Value> {
        self.run(GatewayOperation::Issue, repeat, Duration::from_secs(20)).await
    }

    async fn run(&self, name: GatewayOperation, repeat: Repeat, limit: Duration) -> Ran<Value> {
        let errand = Errand {
            via: Via::Gateway(self.gateway),
            name,
            lease: None,
            deadline: Deadline::after(&self.ambient, limit),
            repeat,
        };
        Errands::new(self.ways.clone(), self.options()).run_and_tell(&errand, &json!({})).await
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

#[tokio::test]
async fn a_token_that_was_not_planned_is_not_handed_out() {
    let ground = Ground::new();
    let lie = r#"{"Ok":{"token":"e30.e30.c2ln","granted_seconds":600,"verified":null,"grant":{"token_expires_at":
        "2030-01-01T00:00:00Z","jti":null,"account_uid":"u","cluster":{"kube_system":"k"},"objects":[],"rules_sha256":null}}}"#;
    let (_lying, _asked) = ground.come(ground.epoch(1, 1), Some(lie)).await;
    let errands = Errands::new(ground.ways.clone(), ground.options());
    let places = Places::new(Arc::new(Executor::new(ground.options())), errands);
    let account = Account::Existing { namespace: "a".parse().unwrap(), name: "b".parse().unwrap() };
    let target = Target {
        connection: ConnectionId::generate(&ground.ambient),
        version: 1,
        url: "https://10.0.0.1:6443".parse().unwrap(),
        ca: None,
        verification: Verification::Full,
        credential: Sensitive::from(""),
        token_file: None,
        route: Route::Gateway { via: Via::Gateway(ground.gateway) },
    };
    let plan = LeasePlan::new(LeaseId::generate(&ground.ambient), account, 600);
    let wish = Issue { target, plan, verify: Verify::Skip };
    let failed = places.issue(wish, Deadline::after(&ground.ambient, Duration::from_secs(5))).await.unwrap_err();
    assert!(matches!(failed.error.kind, Kind::WrongToken(_)), "{failed:?}");
    assert_eq!(failed.error.certainty, Certainty::Unknown, "a token may be there all the same");
}

/// What a caller's whole request may take.
const LIMIT: Duration = Duration::from_secs(8);

/// A wire that is dark as long as `is_dark` says so: both ends stay open, and nothing passes until it is light again.
fn wire(mut is_dark: watch::Receiver<bool>) -> (DuplexStream, DuplexStream) {
    let ((near, mut near_end), (far, mut far_end)) = (duplex(64 * 1024), duplex(64 * 1024));
    tokio::spawn(async move {
        loop {
            tokio::select! {
                passed = copy_bidirectional(&mut near_end, &mut far_end) => return drop(passed),
                _ = is_dark.wait_for(|is_dark| *is_dark) => {}
            }
            if is_dark.wait_for(|is_dark| !is_dark).await.is_err() {
                return future::pending().await;
            }
        }
    });
    (near, far)
}

#[tokio::test]
async fn what_only_looks_is_asked_elsewhere_when_its_tunnel_goes_dark_and_what_acts_is_not() {
    for (name, repeat) in [(GatewayOperation::Probe, Repeat::Anywhere), (GatewayOperation::Issue, Repeat::AtItsName)] {
        let ground = Ground::new();
        let (darken, is_dark) = watch::channel(false);
        let epoch = ground.epoch(1, 1);
        let (_dark, mut asked) = ground.come_over(wire(is_dark), ("pod-1", epoch), None).await;
        let meanwhile = async {
            assert_eq!(asked.recv().await, Some(1));
            darken.send_replace(true);
            ground.come_over(duplex(64 * 1024), ("pod-2", epoch), Some(r#"{"Ok":"seen"}"#)).await
        };
        let begun = ground.ambient.now();
        let (ran, (_other, mut asked_second)) = tokio::join!(ground.run(name, repeat, LIMIT), meanwhile);
        let took = ground.ambient.now().duration_since(begun).unsigned_abs();
        if repeat == Repeat::Anywhere {
            assert_eq!((ran.outcome.unwrap()["Ok"].as_str(), asked_second.recv().await), (Some("seen"), Some(2)));
            assert!(took < Duration::from_secs(6), "{took:?}");
        } else {
            assert_eq!(ran.outcome.unwrap_err().certainty, Certainty::Unknown);
            assert!(asked_second.try_recv().is_err(), "another process would do it twice");
        }
    }
}

#[tokio::test]
async fn whoever_comes_while_the_only_tunnel_is_suspect_is_answered_once_it_is_good_again() {
    let ground = Ground::new();
    let (darken, is_dark) = watch::channel(false);
    let who = ("pod-1", ground.epoch(1, 1));
    let (_session, _asked) = ground.come_over(wire(is_dark), who, Some(r#"{"Ok":"seen"}"#)).await;
    let tunnel = ground.ways.registry().all().remove(0);
    darken.send_replace(true);
    let first = ground.run(GatewayOperation::Probe, Repeat::Anywhere, LIMIT);
    let meanwhile = async {
        tunnel.suspected().await;
        let begun = ground.ambient.now();
        let second = ground.run(GatewayOperation::Probe, Repeat::Anywhere, LIMIT);
        let (second, _) = tokio::join!(second, async { darken.send_replace(false) });
        (second, ground.ambient.now().duration_since(begun).unsigned_abs())
    };
    let (first, (second, took)) = tokio::join!(first, meanwhile);
    assert_eq!((first.outcome.unwrap(), second.outcome.unwrap()), (json!({"Ok": "seen"}), json!({"Ok": "seen"})));
    assert!(took < Duration::from_secs(2), "{took:?}");
}

#[tokio::test]
async fn what_may_have_been_done_by_either_of_two_tries_may_have_been_done() {
    // The first tunnel goes dark and breaks, the second one takes nothing new: or the other way round.
    for breaks_first in [true, false] {
        let ground = Ground::new();
        let (darken, is_dark) = watch::channel(false);
        let epoch = ground.epoch(1, 1);
        let (dark, mut asked) = ground.come_over(wire(is_dark), ("pod-1", epoch), None).await;
        let tunnel = ground.ways.registry().all().remove(0);
        let meanwhile = async {
            assert_eq!(asked.recv().await, Some(1));
            darken.send_replace(true);
            let (other, mut asked) = ground.come_over(duplex(64 * 1024), ("pod-2", epoch), None).await;
            assert_eq!(asked.recv().await, Some(2));
            if breaks_first {
                dark.close();
                tunnel.close();
                other.close();
            } else {
                other.close();
                tunnel.close();
            }
        };
        let (ran, ()) = tokio::join!(ground.run(GatewayOperation::Probe, Repeat::Anywhere, LIMIT), meanwhile);
        assert_eq!(ran.earlier, Earlier::Unclear);
        assert_eq!(ran.outcome.unwrap_err().certainty, Certainty::Unknown);
    }
}

#[test]
fn of_two_failures_the_one_counts_that_leaves_more_open() {
    let failed = |reached, pause: Option<u64>| CallFailed {
        reached,
        retry_after: pause.map(Duration::from_secs),
        ..CallFailed::not_sent(Leg::Tunnel, "code", "why")
    };
    for (one, two, more_open) in [
        (Reached::Unknown, Reached::Refused, Reached::Unknown),
        (Reached::NotSent, Reached::Unknown, Reached::Unknown),
        (Reached::Refused, Reached::NotSent, Reached::Refused),
    ] {
        assert_eq!(less_certain(failed(one, None), failed(two, None)).reached, more_open);
        assert_eq!(less_certain(failed(two, None), failed(one, None)).reached, more_open);
    }
    assert_eq!(less_certain(failed(Reached::Unknown, Some(1)), failed(Reached::Refused, Some(1))).retry_after, None);
    let full = less_certain(failed(Reached::NotSent, None), failed(Reached::Refused, Some(1)));
    assert_eq!(full.retry_after, Some(Duration::from_secs(1)));
}

#[tokio::test]
async fn byte_streams_lead_over_new_connections_once_their_tunnel_takes_nothing_new() {
    let ground = Ground::new();
    let (_session, _asked) = ground.come(ground.epoch(1, 1), None).await;
    let errands = Errands::new(ground.ways.clone(), ground.options());
    let via = Via::Gateway(ground.gateway);
    let first = errands.forwarding(via);
    assert!(Arc::ptr_eq(&first, &errands.forwarding(via)), "the same, as long as it is good");
    let tunnel = ground.ways.registry().all().remove(0);
    let is_old = errands.forwarding.lock().unwrap()[&via].is_old.clone();
    let watching = tokio::spawn(watch_age(tunnel.clone(), is_old));
    tunnel.spare();
    watching.await.unwrap();
    assert!(!Arc::ptr_eq(&first, &errands.forwarding(via)));
}
