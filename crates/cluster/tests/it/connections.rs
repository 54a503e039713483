//! Which connection a request goes over, and which it never goes over.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use futures::{
    FutureExt as _,
    future::{BoxFuture, join_all},
};
use mayfly_cluster::{
    Call, Certainty, ClusterError, Deadline, EgressPolicy, Executor, Issue, Issued, Kind, Place, Step, Unreachable,
    Untrusted, Verify,
    connect::{ConnectError, Dial, Direct, Stream},
};
use mayfly_domain::{
    clock::Ambient,
    connection::{ClusterIdentity, Target},
    ids::ConnectionId,
};
use mayfly_testkit::{
    certificates::TestAuthority,
    fake_cluster::{Calls, Fault, When},
};
use tokio::{
    net::{TcpListener, TcpStream},
    process::Command,
    sync::Semaphore,
};

use crate::ground::{DEADLINE, Ground, ISSUER, NAMESPACE, options};

async fn issue_at(ground: &Ground, target: &Target) -> Result<Issued, ClusterError> {
    let issue = Issue { target: target.clone(), plan: ground.plan(), verify: Verify::Skip };
    ground.executor.issue(issue, ground.deadline()).await.map_err(|failed| failed.error)
}

fn direct(ambient: &Ambient) -> Direct {
    let egress = EgressPolicy { allow: vec!["127.0.0.0/8".parse().unwrap()], ..EgressPolicy::default() };
    Direct::new(ambient.clone(), egress)
}

#[tokio::test]
async fn a_path_prefix_stays_in_front_of_every_call_and_the_host_is_the_one_given() {
    let prefix = "/k8s/clusters/c-1";
    let ground = Ground::with(|options| mayfly_testkit::fake_cluster::FakeClusterOptions {
        path_prefix: prefix.to_owned(),
        ..options
    })
    .await;
    ground.issue().await.unwrap();
    ground.probe().await.unwrap();
    let host = format!("127.0.0.1:{}", ground.cluster.port());
    for seen in ground.requests().of(Calls::All) {
        assert!(seen.path().starts_with(&format!("{prefix}/")), "{}", seen.path());
        assert_eq!(seen.headers()["host"], host);
        assert!(seen.headers()["user-agent"].to_str().unwrap().starts_with("mayfly/"));
    }
    let mut target = ground.target.clone();
    target.url = format!("https://{host}").parse().unwrap();
    let error = issue_at(&ground, &target).await.unwrap_err();
    assert_eq!(error.kind, Kind::NotKubernetes { found: "404, text/html".to_owned() });
}

#[tokio::test]
async fn many_leases_at_once_get_a_token_each_and_share_connections() {
    let ground = Ground::new().await;
    let issued = join_all((0..64).map(|_| ground.issue())).await;
    let mut jtis: Vec<String> = issued.into_iter().map(|issued| issued.unwrap().grant.jti.unwrap()).collect();
    jtis.sort();
    jtis.dedup();
    assert_eq!(jtis.len(), 64);
    let connections = ground.requests().connections();
    for _ in 0..64 {
        ground.issue().await.unwrap();
    }
    assert_eq!(ground.requests().connections(), connections, "idle connections are used again");
}

#[tokio::test]
async fn no_part_of_a_target_can_change_and_keep_its_connection() {
    let ground = Ground::new().await;
    ground.issue().await.unwrap();
    ground.clock.advance(Duration::from_secs(1));
    let second_token = ground.cluster.token_of(NAMESPACE, ISSUER, 3600);
    let with = |change: &dyn Fn(&mut Target)| {
        let mut target = ground.target.clone();
        change(&mut target);
        target
    };
    let changed = [
        with(&|target| target.connection = ConnectionId::generate(&ground.ambient)),
        with(&|target| target.version += 1),
        with(&|target| target.url = format!("{}/", target.url).parse().unwrap()),
        with(&|target| target.ca = target.ca.as_ref().map(|pem| format!("a comment\n{pem}"))),
        with(&|target| target.credential = second_token.as_str().into()),
    ];
    for target in changed {
        let connections = ground.requests().connections();
        issue_at(&ground, &target).await.unwrap();
        assert!(ground.requests().connections() > connections, "{target:?} went over an old connection");
    }
}

#[tokio::test]
async fn a_pooled_connection_is_not_used_under_another_ca() {
    let ground = Ground::new().await;
    ground.issue().await.unwrap();
    let mut target = ground.target.clone();
    target.ca = Some(TestAuthority::new("fake cluster").pem());
    let before = ground.requests().count(Calls::All);
    let error = issue_at(&ground, &target).await.unwrap_err();
    assert_eq!(error.kind, Kind::Untrusted(Untrusted::UnknownIssuer));
    assert_eq!(ground.requests().count(Calls::All), before, "an authority of the same name is another one");
}

#[tokio::test]
async fn redirects_are_not_followed_to_anywhere() {
    let (ground, other) = (Ground::new().await, Ground::new().await);
    for status in [301, 302, 303, 307, 308] {
        for location in [other.cluster.url(), "/elsewhere".to_owned(), "//example.com/x".to_owned()] {
            ground.faults().clear();
            ground.faults().inject(Calls::All, When::Always, Fault::redirect(status, &location));
            let error = ground.issue().await.unwrap_err();
            assert_eq!(error.kind, Kind::Redirected { status }, "{location}");
            assert!(!error.to_string().contains(&location), "the place is not repeated");
        }
    }
    assert_eq!(other.requests().connections(), 0);
    assert!(ground.requests().of(Calls::All).iter().all(|seen| !seen.path().contains("elsewhere")));
}

#[tokio::test]
async fn clients_that_nobody_used_are_dropped() {
    let ground = Ground::new().await;
    ground.issue().await.unwrap();
    let connections = ground.requests().connections();
    ground.clock.advance(Duration::from_secs(599));
    ground.executor.drop_idle();
    ground.issue().await.unwrap();
    assert_eq!(ground.requests().connections(), connections, "it was used in time");
    ground.clock.advance(Duration::from_secs(601));
    ground.executor.drop_idle();
    ground.issue().await.unwrap();
    assert!(ground.requests().connections() > connections, "it was dropped in between");
}

/// The proxy variables that programs read.
const PROXY_VARIABLES: [&str; 6] = ["HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"];

#[tokio::test]
async fn proxy_variables_of_the_environment_lead_nowhere() {
    let trap = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let proxy = format!("http://{}", trap.local_addr().unwrap());
    // A variable has to be there when a process starts: this program runs another test of its own in a second process.
    let other = "connections::a_pooled_connection_is_not_used_under_another_ca";
    let mut child = Command::new(std::env::current_exe().unwrap());
    child.args(["--exact", other]).envs(PROXY_VARIABLES.map(|name| (name, &proxy))).env_remove("NO_PROXY");
    let output = child.output().await.unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && text.contains("1 passed"), "{text}");
    assert!(trap.accept().now_or_never().is_none(), "somebody went to the proxy");
    let _planted = TcpStream::connect(trap.local_addr().unwrap()).await.unwrap();
    trap.accept().await.expect("the trap works");
}

/// Fails some of its dials, counted from 1, as a port does that nobody listens on.
struct Flaky {
    direct: Direct,
    failing: Vec<u32>,
    dialled: AtomicU32,
}

impl Dial for Flaky {
    fn dial<'a>(
        &'a self,
        host: &'a str,
        port: u16,
        limit: Deadline,
    ) -> BoxFuture<'a, Result<Box<dyn Stream>, ConnectError>> {
        let number = self.dialled.fetch_add(1, Ordering::SeqCst) + 1;
        if self.failing.contains(&number) {
            let kind = Kind::Unreachable(Unreachable::ConnectionRefused);
            return Box::pin(async { Err(ConnectError { step: Step::Connect, kind }) });
        }
        self.direct.dial(host, port, limit)
    }
}

/// Issues over a new connection for the identity of the cluster and another one for the token.
async fn issue_over_two_connections(ground: &Ground, failing: &[u32]) -> Result<Issued, ClusterError> {
    let closing = Fault::Rewrite(Arc::new(|mut response| {
        response.headers_mut().insert("connection", "close".parse().unwrap());
        response
    }));
    ground.faults().inject(Calls::Namespace, When::Always, closing);
    let flaky = Flaky { direct: direct(&ground.ambient), failing: failing.to_vec(), dialled: AtomicU32::new(0) };
    let executor = Executor::over(options(&ground.ambient), Arc::new(flaky));
    let mut plan = ground.plan();
    plan.cluster = Some(ClusterIdentity::KubeSystem("not readable here".to_owned()));
    let issue = Issue { target: ground.target.clone(), plan, verify: Verify::Skip };
    executor.issue(issue, ground.deadline()).await.map_err(|failed| failed.error)
}

#[tokio::test]
async fn a_token_call_that_was_never_sent_is_tried_once_more() {
    let ground = Ground::new().await;
    issue_over_two_connections(&ground, &[]).await.unwrap();
    assert_eq!((ground.requests().connections(), ground.requests().count(Calls::Token)), (2, 1));
    issue_over_two_connections(&ground, &[2]).await.unwrap();
    assert_eq!((ground.requests().connections(), ground.requests().count(Calls::Token)), (4, 2));
    let error = issue_over_two_connections(&ground, &[2, 3]).await.unwrap_err();
    assert_eq!(error.kind, Kind::Unreachable(Unreachable::ConnectionRefused));
    assert_eq!((error.call, error.certainty), (Call::CreateToken, Certainty::NeverSent));
    assert_eq!((ground.requests().connections(), ground.requests().count(Calls::Token)), (5, 2));
}

/// Opens connections only when the test lets it.
struct Held {
    direct: Direct,
    gate: Semaphore,
    dialled: Semaphore,
}

impl Dial for Held {
    fn dial<'a>(
        &'a self,
        host: &'a str,
        port: u16,
        limit: Deadline,
    ) -> BoxFuture<'a, Result<Box<dyn Stream>, ConnectError>> {
        Box::pin(async move {
            self.dialled.add_permits(1);
            self.gate.acquire().await.unwrap().forget();
            self.direct.dial(host, port, limit).await
        })
    }
}

#[tokio::test]
async fn a_request_whose_deadline_passed_never_leaves_afterwards() {
    let ground = Ground::new().await;
    let dial = Arc::new(Held { direct: direct(&ground.ambient), gate: Semaphore::new(0), dialled: Semaphore::new(0) });
    let executor = Executor::over(options(&ground.ambient), dial.clone());
    let short = Duration::from_secs(1);
    let issue = || Issue { target: ground.target.clone(), plan: ground.plan(), verify: Verify::Skip };
    let passing = async {
        dial.dialled.acquire_many(2).await.unwrap().forget();
        ground.clock.advance(short);
    };
    let late = executor.issue(issue(), Deadline::after(&ground.ambient, short));
    let (result, ()) = futures::future::join(late, passing).await;
    let error = result.unwrap_err().error;
    assert_eq!(error.kind, Kind::Unreachable(Unreachable::TimedOut));
    assert_eq!(error.certainty, Certainty::NeverSent);
    dial.gate.add_permits(100);
    executor.issue(issue(), Deadline::after(&ground.ambient, DEADLINE)).await.unwrap();
    assert_eq!(ground.requests().count(Calls::Token), 1, "only the second one was sent");
    assert_eq!(ground.cluster.token_calls().len(), 1);
}
