//! Nobody waits longer than the deadline, whatever the other side does.

use std::{future::Future, sync::Arc, time::Duration};

use futures::future::join;
use mayfly_cluster::{Certainty, ClusterError, Deadline, Issue, Kind, Place, Step, Unreachable, Untrusted, Verify};
use mayfly_domain::connection::{ClusterIdentity, Target};
use mayfly_testkit::{
    certificates::TestAuthority,
    fake_cluster::{Calls, FakeCluster, FakeClusterOptions, Fault, Gate, When},
};
use rustls::{ServerConfig, crypto::aws_lc_rs, sign::SingleCertAndKey};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
};
use tokio_rustls::TlsAcceptor;

use crate::ground::{DEADLINE, DEPLOYER, Ground, NAMESPACE, account, executor, plan};

/// A target at a listener of the test's own.
async fn listening(ground: &Ground) -> (TcpListener, Target) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let mut target = ground.target.clone();
    target.url = format!("https://{}", listener.local_addr().unwrap()).parse().unwrap();
    (listener, target)
}

/// A pinned plan makes one call at a time, so that there is one connection to look at.
async fn issue_at(ground: &Ground, target: Target) -> ClusterError {
    let mut plan = ground.plan();
    plan.cluster = Some(ClusterIdentity::KubeSystem("uid".to_owned()));
    let issue = Issue { target, plan, verify: Verify::Skip };
    ground.executor.issue(issue, ground.deadline()).await.unwrap_err().error
}

/// Runs a whole operation against a server that does `serve` with its connections.
async fn against<F: Future<Output = ()>>(serve: impl Fn(TcpStream) -> F) -> ClusterError {
    let ground = Ground::new().await;
    let (listener, target) = listening(&ground).await;
    let serving = async {
        loop {
            serve(listener.accept().await.unwrap().0).await;
        }
    };
    tokio::select! {
        error = issue_at(&ground, target) => error,
        () = serving => unreachable!("it serves for ever"),
    }
}

#[tokio::test]
async fn a_server_that_accepts_and_stays_silent_is_given_five_seconds() {
    let ground = Ground::new().await;
    let (listener, target) = listening(&ground).await;
    let passing = async {
        let (mut stream, _) = listener.accept().await.unwrap();
        // The first byte of TLS is there, so the client waits for the answer.
        stream.read_u8().await.unwrap();
        ground.clock.advance(Duration::from_secs(5));
        stream
    };
    let (error, _stream) = join(issue_at(&ground, target), passing).await;
    assert_eq!(error.kind, Kind::Unreachable(Unreachable::TimedOut));
    assert_eq!((error.step, error.certainty), (Step::Handshake, Certainty::NeverSent));
    assert!(ground.deadline().left(&ground.ambient) == DEADLINE);
}

#[tokio::test]
async fn a_port_that_nobody_listens_on_is_refused_at_once() {
    let ground = Ground::new().await;
    let (listener, target) = listening(&ground).await;
    drop(listener);
    let error = issue_at(&ground, target).await;
    assert_eq!(error.kind, Kind::Unreachable(Unreachable::ConnectionRefused));
    assert_eq!((error.step, error.certainty), (Step::Connect, Certainty::NeverSent));
    assert!(!error.public_text().contains("refused"), "{}", error.public_text());
}

#[tokio::test]
async fn a_closed_door_during_the_handshake_is_told() {
    let error = against(|stream| async { drop(stream) }).await;
    assert_eq!(error.kind, Kind::Unreachable(Unreachable::ConnectionLost));
    assert_eq!((error.step, error.certainty), (Step::Handshake, Certainty::NeverSent));
}

#[tokio::test]
async fn a_server_without_tls_is_told() {
    let error = against(|mut stream| async move {
        stream.write_all(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n").await.unwrap();
        let _ = stream.read(&mut [0; 1024]).await;
    })
    .await;
    assert!(matches!(error.kind, Kind::Untrusted(Untrusted::Handshake { .. })), "{error:?}");
    assert_eq!((error.step, error.certainty), (Step::Handshake, Certainty::NeverSent));
}

#[tokio::test]
async fn a_server_with_old_tls_is_told() {
    // A fatal alert, protocol_version (RFC 8446 section 6): what a server says that has nothing newer than TLS 1.1.
    let alert = [0x15, 0x03, 0x01, 0x00, 0x02, 0x02, 0x46];
    let error = against(|mut stream| async move {
        stream.write_all(&alert).await.unwrap();
        let _ = stream.read(&mut [0; 1024]).await;
    })
    .await;
    assert!(matches!(error.kind, Kind::Untrusted(Untrusted::Handshake { .. })), "{error:?}");
}

#[tokio::test]
async fn a_server_that_speaks_tls_and_no_http_is_told() {
    let authority = TestAuthority::new("odd");
    let config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_cert_resolver(Arc::new(SingleCertAndKey::from(authority.sign_for(&["127.0.0.1"]))));
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let ground = Ground::new().await;
    let (listener, mut target) = listening(&ground).await;
    target.ca = Some(authority.pem());
    let serving = async {
        let mut stream = acceptor.accept(listener.accept().await.unwrap().0).await.unwrap();
        stream.write_all(b"220 mail.example.com ESMTP\r\n").await.unwrap();
        stream
    };
    let (error, _stream) = join(issue_at(&ground, target), serving).await;
    assert_eq!(error.kind, Kind::NotKubernetes { found: "not HTTP".to_owned() });
}

#[tokio::test]
async fn an_identity_that_hangs_costs_half_a_second_and_no_token() {
    let ambient = mayfly_testkit::ambient::ambient();
    let cluster = FakeCluster::start(FakeClusterOptions::new(ambient.clone())).await.unwrap();
    let target = cluster.target(&cluster.add_issuer_for(NAMESPACE, DEPLOYER));
    cluster.faults().inject(Calls::Namespace, When::Always, Fault::Hang);
    let issue = Issue { target, plan: plan(&ambient, &account(NAMESPACE, DEPLOYER)), verify: Verify::Skip };
    let deadline = Deadline::after(&ambient, DEADLINE);
    let issued = executor(&ambient).issue(issue, deadline).await.unwrap();
    assert!(matches!(issued.grant.cluster, ClusterIdentity::Issuer { .. }));
    assert!(!deadline.left(&ambient).is_zero());
}

#[tokio::test]
async fn one_byte_a_second_does_not_extend_the_deadline() {
    let ground = Ground::new().await;
    ground.issue().await.unwrap();
    let gate = Gate::default();
    ground.faults().inject(Calls::Token, When::Always, Fault::SlowBody(gate.clone()));
    let dripping = async {
        ground.requests().wait_for(Calls::Token, 2).await;
        for _ in 0..DEADLINE.as_secs() {
            gate.let_through(1);
            ground.clock.advance(Duration::from_secs(1));
        }
    };
    let (result, ()) = join(ground.issue(), dripping).await;
    let error = result.unwrap_err();
    assert_eq!(error.kind, Kind::Unreachable(Unreachable::TimedOut));
    assert_eq!((error.step, error.certainty), (Step::Send, Certainty::Unknown));
}

#[tokio::test]
async fn a_deadline_that_has_passed_sends_nothing() {
    let ground = Ground::new().await;
    let issue = Issue { target: ground.target.clone(), plan: ground.plan(), verify: Verify::Skip };
    let error = ground.executor.issue(issue, Deadline::at(ground.ambient.now())).await.unwrap_err().error;
    assert_eq!(error.kind, Kind::Unreachable(Unreachable::TimedOut));
    assert_eq!(error.certainty, Certainty::NeverSent);
    assert_eq!(ground.requests().connections(), 0);
}

#[tokio::test]
async fn an_answer_delayed_within_the_deadline_is_taken() {
    let ground = Ground::new().await;
    let gate = Gate::default();
    ground.faults().inject(Calls::Token, When::Always, Fault::Delay(gate.clone()));
    let releasing = async {
        ground.requests().wait_for(Calls::Token, 1).await;
        ground.clock.advance(Duration::from_secs(DEADLINE.as_secs() - 1));
        gate.open();
    };
    let (result, ()) = join(ground.issue(), releasing).await;
    result.unwrap();
}
