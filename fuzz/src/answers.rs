//! What API servers answer: any statuses, types and bodies, through a real connection to a server of this process.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use futures::future::BoxFuture;
use http::{Response, StatusCode, header};
use http_body_util::Full;
use hyper::{body::Bytes, service::service_fn};
use hyper_util::rt::TokioIo;
use mayfly_cluster::{
    ClusterError, Deadline, Discover, EgressPolicy, Executor, ExecutorOptions, Issue, ListOwned, More, Place as _,
    Probe, Scope, TrustRoots, VerificationOff, Verify,
    connect::{ConnectError, Dial, Stream},
    token_account, token_expiry,
};
use mayfly_domain::{
    clock::Ambient,
    connection::{Target, Verification},
    ids::{ConnectionId, InstallationId, LeaseId},
    plan::{Account, LeasePlan},
    sensitive::Sensitive,
};
use mayfly_testkit::{certificates::TestAuthority, clock::TestClock};
use tokio_rustls::TlsAcceptor;

/// What the cluster is asked with; no text may repeat it.
const CREDENTIAL: &str = "planted-hunter2-credential";
const HOST: &str = "cluster.test";
/// Wider than anything that a person reads at once.
const LONGEST_TEXT: usize = 4096;
/// So often everything else gets its turn before time moves to whatever is waited for.
const TURNS: usize = 400;

/// No answer makes an operation panic or wait for ever; an error is one line that can be shown and stored and does not
/// repeat the credential; a token that is handed on is the one that was asked for. The first byte says which operation,
/// and blank lines part the answers: `STATUS TYPE`, a line end, the body. The last one is repeated.
pub fn cluster_answers(data: &[u8]) {
    let Some((operation, replies)) = data.split_first() else { return };
    let ground = Ground::get();
    ground.runtime.block_on(async {
        *ground.replies.lock().unwrap_or_else(PoisonError::into_inner) = read(replies);
        let clock = TestClock::default();
        tokio::select! {
            () = ground.ask(*operation, &clock) => {}
            () = keep_time(&clock) => {}
        }
    });
}

#[derive(Clone, Debug)]
struct Reply {
    status: StatusCode,
    content_type: String,
    body: Bytes,
}

type Replies = Arc<Mutex<VecDeque<Reply>>>;

fn read(data: &[u8]) -> VecDeque<Reply> {
    let text = String::from_utf8_lossy(data);
    let parts = text.split("\n\n").map(|part| {
        let (head, body) = part.split_once('\n').unwrap_or((part, ""));
        let (status, content_type) = head.split_once(' ').unwrap_or((head, ""));
        let status = status.parse().ok().filter(|code| (200..600).contains(code)).unwrap_or(200);
        Reply {
            status: StatusCode::from_u16(status).unwrap_or_default(),
            content_type: content_type.to_owned(),
            body: Bytes::copy_from_slice(body.as_bytes()),
        }
    });
    parts.collect()
}

/// Moves time to whatever is waited for, once nothing else has anything to do.
async fn keep_time(clock: &TestClock) {
    loop {
        for _ in 0..TURNS {
            tokio::task::yield_now().await;
        }
        clock.advance_to_next();
    }
}

/// What every answer is judged on: a runtime, and a server behind TLS.
struct Ground {
    runtime: tokio::runtime::Runtime,
    replies: Replies,
    acceptor: TlsAcceptor,
    ca: String,
}

impl Ground {
    fn get() -> &'static Self {
        thread_local! {
            // One of each thread, which lives as long as the process.
            static GROUND: &'static Ground = Box::leak(Box::new(Ground::new()));
        }
        GROUND.with(|ground| *ground)
    }

    fn new() -> Self {
        let authority = TestAuthority::new("fuzz");
        let certificate = authority.sign_for(&[HOST]);
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let config = rustls::ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .expect("the provider has these versions")
            .with_no_client_auth()
            .with_cert_resolver(Arc::new(rustls::sign::SingleCertAndKey::from(certificate)));
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        Self {
            runtime: runtime.expect("a runtime without threads needs nothing"),
            replies: Replies::default(),
            acceptor: TlsAcceptor::from(Arc::new(config)),
            ca: authority.pem(),
        }
    }

    fn target(&self, ambient: &Ambient) -> Target {
        Target {
            connection: ConnectionId::generate(ambient),
            version: 1,
            url: format!("https://{HOST}").parse().expect("an address"),
            ca: Some(self.ca.clone()),
            verification: Verification::Full,
            credential: Sensitive::from(CREDENTIAL),
            token_file: None,
            route: mayfly_domain::connection::Route::Direct,
        }
    }

    async fn ask(&'static self, operation: u8, clock: &TestClock) {
        let ambient = clock.ambient(1);
        let options = ExecutorOptions {
            ambient: ambient.clone(),
            egress: EgressPolicy::default(),
            verification_off: VerificationOff::Refused,
            trust_roots: TrustRoots::Only(Vec::new()),
            token_files: Vec::new(),
        };
        let executor = Executor::over(options, Arc::new(Line(self)));
        let target = self.target(&ambient);
        let plan = LeasePlan::new(LeaseId::generate(&ambient), account(), 3600);
        let deadline = Deadline::after(&ambient, Duration::from_secs(8));
        let discover = |namespace: bool, more| {
            let namespace = namespace.then(|| "team-a".parse().expect("a namespace"));
            Discover { target: target.clone(), namespace, more }
        };
        match operation % 6 {
            0 => issue(&executor, Issue { target, plan, verify: Verify::Skip }, deadline).await,
            1 => {
                let probe = Probe { target, samples: vec![plan], cluster_role: "view".parse().ok() };
                seen(executor.probe(probe, deadline).await);
            }
            2 => seen(executor.discover(discover(false, More::Accounts), deadline).await),
            3 => seen(executor.discover(discover(true, More::Accounts), deadline).await),
            4 => seen(executor.discover(discover(true, More::Roles), deadline).await),
            _ => {
                let installation = InstallationId::generate(&ambient);
                seen(executor.list_owned(ListOwned { target, installation, scope: Scope::Cluster }, deadline).await);
            }
        }
    }
}

fn account() -> Account {
    Account::Existing { namespace: "team-a".parse().expect("a namespace"), name: "deployer".parse().expect("a name") }
}

async fn issue(executor: &Executor, issue: Issue, deadline: Deadline) {
    let asked = issue.plan.clone();
    match executor.issue(issue, deadline).await {
        Ok(issued) => {
            let token = issued.token.expose();
            assert_eq!(token_account(token), Some(asked.account));
            assert_eq!(token_expiry(token), Some(issued.grant.token_expires_at));
            assert!(!issued.grant.account_uid.is_empty());
        }
        Err(failed) => told(&failed.error),
    }
}

/// An outcome can be handed on by whoever carried it out.
fn seen<T>(outcome: Result<T, ClusterError>)
where
    T: serde::Serialize + serde::de::DeserializeOwned + PartialEq + std::fmt::Debug,
{
    match outcome {
        Ok(found) => crate::reads_back(&found),
        Err(error) => told(&error),
    }
}

fn told(error: &ClusterError) {
    crate::reads_back(error);
    let text = mayfly_domain::error::chain(error);
    assert!(text.len() <= LONGEST_TEXT && !text.contains(char::is_control), "not one line to be shown: {text:?}");
    assert!(!format!("{error:?}{text}").contains(CREDENTIAL), "repeats the credential: {text}");
}

/// A line to the server of this process, past every network.
struct Line(&'static Ground);

impl Dial for Line {
    fn dial<'a>(
        &'a self,
        _host: &'a str,
        _port: u16,
        _limit: Deadline,
    ) -> BoxFuture<'a, Result<Box<dyn Stream>, ConnectError>> {
        const BUFFER: usize = 64 * 1024;
        let (near, far) = tokio::io::duplex(BUFFER);
        let (acceptor, replies) = (self.0.acceptor.clone(), Arc::clone(&self.0.replies));
        tokio::spawn(async move {
            let Ok(stream) = acceptor.accept(far).await else { return };
            let service = service_fn(move |_request| {
                let reply = next(&replies);
                async move { Ok::<_, std::convert::Infallible>(answer(reply)) }
            });
            // A client that goes away ends the connection with an error.
            let _ = hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
        });
        Box::pin(async move { Ok(Box::new(near) as Box<dyn Stream>) })
    }
}

fn next(replies: &Replies) -> Option<Reply> {
    let mut replies = replies.lock().unwrap_or_else(PoisonError::into_inner);
    if replies.len() > 1 { replies.pop_front() } else { replies.front().cloned() }
}

fn answer(reply: Option<Reply>) -> Response<Full<Bytes>> {
    let Some(reply) = reply else { return Response::default() };
    let mut response = Response::new(Full::new(reply.body));
    *response.status_mut() = reply.status;
    if let Ok(content_type) = reply.content_type.parse() {
        response.headers_mut().insert(header::CONTENT_TYPE, content_type);
    }
    response
}
