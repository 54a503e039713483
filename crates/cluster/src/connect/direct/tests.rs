use std::{
    net::{IpAddr, Ipv4Addr},
    sync::atomic::{AtomicUsize, Ordering},
};

use mayfly_domain::{
    connection::{Target, Verification},
    ids::ConnectionId,
};
use mayfly_testkit::ambient::ambient;
use tokio::net::TcpListener;

use super::*;
use crate::{
    error::{Certainty, Kind},
    executor::{Executor, ExecutorOptions, TrustRoots, VerificationOff},
    place::Place,
    probe::Probe,
};

/// A name that gives other answers each time.
struct Fickle {
    answers: Vec<io::Result<Vec<SocketAddr>>>,
    asked: AtomicUsize,
}

impl Resolve for Fickle {
    fn resolve<'a>(&'a self, _host: &'a str, _port: u16) -> BoxFuture<'a, io::Result<Vec<SocketAddr>>> {
        let number = self.asked.fetch_add(1, Ordering::SeqCst);
        let answer = match &self.answers[number % self.answers.len()] {
            Ok(addresses) => Ok(addresses.clone()),
            Err(error) => Err(error.kind().into()),
        };
        Box::pin(async move { answer })
    }
}

fn direct(egress: EgressPolicy, answers: Vec<io::Result<Vec<SocketAddr>>>) -> Direct {
    let resolver = Arc::new(Fickle { answers, asked: AtomicUsize::new(0) });
    Direct { ambient: ambient(), egress, resolver }
}

fn allowing(range: &str) -> EgressPolicy {
    EgressPolicy { allow: vec![range.parse().unwrap()], ..EgressPolicy::default() }
}

async fn open(direct: &Direct, host: &str) -> Result<(), ConnectError> {
    let limit = Deadline::after(&direct.ambient, Duration::from_secs(5));
    direct.dial(host, 6443, limit).await.map(drop)
}

fn reason(result: Result<(), ConnectError>) -> (Step, Unreachable) {
    let error = result.expect_err("it should not connect");
    let Kind::Unreachable(reason) = error.kind else { panic!("{error}") };
    (error.step, reason)
}

/// A listener that must stay alone, with a count of those who came nevertheless.
async fn trap() -> (SocketAddr, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.66:0").await.unwrap();
    let (address, count) = (listener.local_addr().unwrap(), Arc::new(AtomicUsize::new(0)));
    let caught = Arc::clone(&count);
    tokio::spawn(async move {
        while listener.accept().await.is_ok() {
            caught.fetch_add(1, Ordering::SeqCst);
        }
    });
    (address, count)
}

async fn wait_until_caught(count: &AtomicUsize, wanted: usize) {
    let mut ticks = tokio::time::interval(Duration::from_millis(5));
    for _ in 0..2000 {
        if count.load(Ordering::SeqCst) >= wanted {
            return;
        }
        ticks.tick().await;
    }
    panic!("the trap caught {} instead of {wanted}", count.load(Ordering::SeqCst));
}

#[tokio::test]
async fn a_name_that_changes_its_mind_never_leads_into_the_trap() {
    let (trap, caught) = trap().await;
    let good = TcpListener::bind("127.0.0.65:0").await.unwrap();
    let welcome = good.local_addr().unwrap();
    tokio::spawn(async move { while good.accept().await.is_ok() {} });

    let gullible = direct(allowing("127.0.0.0/8"), vec![Ok(vec![trap])]);
    open(&gullible, "rebinding.test").await.unwrap();
    wait_until_caught(&caught, 1).await;

    let answers = vec![Ok(vec![welcome]), Ok(vec![trap]), Ok(vec![welcome, trap]), Ok(vec![trap, welcome])];
    let guarded = direct(allowing("127.0.0.65/32"), answers);
    let mut connected = 0;
    for _ in 0..1000 {
        match open(&guarded, "rebinding.test").await {
            Ok(()) => connected += 1,
            Err(error) => {
                let blocked = Unreachable::Blocked { address: trap.ip(), reason: BlockReason::Loopback };
                assert_eq!(error.kind, Kind::Unreachable(blocked));
            }
        }
    }
    assert_eq!(connected, 250, "only a name whose every answer is allowed is connected to");
    // Whoever came late has been counted once one more comes who was sent on purpose.
    open(&gullible, "rebinding.test").await.unwrap();
    wait_until_caught(&caught, 2).await;
    assert_eq!(caught.load(Ordering::SeqCst), 2);
}

#[tokio::test]
async fn a_public_name_for_a_closed_address_is_refused_whatever_else_it_points_to() {
    let public = "93.184.216.34:6443".parse().unwrap();
    for closed in ["127.0.0.1:6443", "169.254.169.254:6443", "[fd00:ec2::254]:6443", "0.0.0.0:6443"] {
        let direct = direct(EgressPolicy::default(), vec![Ok(vec![public, closed.parse().unwrap()])]);
        let (step, reason) = reason(open(&direct, "looks.public.test").await);
        assert!(matches!(reason, Unreachable::Blocked { .. }), "{closed}: {reason}");
        assert_eq!(step, Step::Connect);
    }
}

#[tokio::test]
async fn a_name_without_address_does_not_resolve() {
    for answer in [Ok(Vec::new()), Err(io::ErrorKind::NotFound.into())] {
        let direct = direct(EgressPolicy::default(), vec![answer]);
        assert_eq!(reason(open(&direct, "nowhere.test").await), (Step::Resolve, Unreachable::NameDoesNotResolve));
    }
}

#[tokio::test]
async fn what_a_name_leads_to_is_told_to_whoever_asks_the_cluster() {
    let closed = "127.0.0.1:6443".parse().unwrap();
    for (answer, step, text) in [
        (Ok(vec![closed]), Step::Connect, "the address is in a range that this server never connects to"),
        (Err(io::ErrorKind::NotFound.into()), Step::Resolve, "the host name does not resolve; check `url`"),
    ] {
        let dial = Arc::new(direct(EgressPolicy::default(), vec![answer]));
        let ambient = dial.ambient.clone();
        let executor = Executor::over(options(&ambient), dial);
        let probe = Probe { target: target(&ambient), samples: Vec::new(), cluster_role: None };
        let error = executor.probe(probe, Deadline::after(&ambient, Duration::from_secs(8))).await.unwrap_err();
        assert_eq!((error.step, error.certainty), (step, Certainty::NeverSent));
        assert!(error.public_text().ends_with(text), "{}", error.public_text());
        assert!(!error.public_text().contains("127.0.0.1"), "{}", error.public_text());
    }
}

fn options(ambient: &Ambient) -> ExecutorOptions {
    ExecutorOptions {
        ambient: ambient.clone(),
        egress: EgressPolicy::default(),
        verification_off: VerificationOff::Refused,
        trust_roots: TrustRoots::Only(Vec::new()),
        token_files: Vec::new(),
    }
}

fn target(ambient: &Ambient) -> Target {
    Target {
        connection: ConnectionId::generate(ambient),
        version: 1,
        url: "https://kubernetes.test:6443".parse().unwrap(),
        ca: None,
        verification: Verification::Full,
        credential: "token".into(),
        token_file: None,
        route: mayfly_domain::connection::Route::Direct,
    }
}

#[tokio::test]
async fn an_address_is_not_looked_up() {
    let direct = direct(EgressPolicy::default(), vec![Err(io::ErrorKind::Unsupported.into())]);
    for host in ["127.0.0.1", "::1"] {
        let (_, reason) = reason(open(&direct, host).await);
        assert!(matches!(reason, Unreachable::Blocked { .. }), "{host}: {reason}");
    }
}

#[tokio::test]
async fn a_dead_address_does_not_keep_a_living_one_from_being_used() {
    let living = TcpListener::bind("127.0.0.67:0").await.unwrap();
    let port = living.local_addr().unwrap().port();
    let dead = SocketAddr::new(IpAddr::V4(Ipv4Addr::new(127, 0, 0, 68)), port);
    let direct = direct(allowing("127.0.0.0/8"), vec![Ok(vec![dead, living.local_addr().unwrap()])]);
    open(&direct, "two.addresses.test").await.unwrap();
}

#[tokio::test]
async fn an_address_of_this_machine_is_ours_when_we_listen_everywhere() {
    let mut egress = allowing("127.0.0.0/8");
    egress.own = vec!["0.0.0.0:6443".parse().unwrap()];
    let direct = direct(egress, vec![Err(io::ErrorKind::Unsupported.into())]);
    let blocked = |host: &str| Unreachable::Blocked { address: host.parse().unwrap(), reason: BlockReason::Own };
    assert_eq!(reason(open(&direct, "127.0.0.1").await).1, blocked("127.0.0.1"));
    assert!(is_this_machine("127.0.0.1:6443".parse().unwrap()));
    assert!(!is_this_machine("93.184.216.34:6443".parse().unwrap()));
}
