//! The two clusters, made to look alike: an account, an issuer that may create its tokens, and the fault switches.

use std::{future::Future, time::Duration};

use futures::future::join;
use mayfly_cluster::{
    ClusterError, Deadline, Discover, Executor, Issue, Issued, ListOwned, More, Place as _, Probe, Scope, Verify,
};
use mayfly_domain::{
    clock::Ambient,
    connection::{Target, Verification},
    ids::{ConnectionId, InstallationId},
    plan::{Account, LeasePlan},
    sensitive::Sensitive,
};
use mayfly_testkit::{
    ambient::ambient as wall,
    clock::TestClock,
    fake_cluster::{Calls, FakeCluster, FakeClusterOptions, Faults, RequestLog, ShownCertificate},
};
use reqwest::{Certificate, Method};
use serde_json::Value;

use self::{
    real::RealSide,
    rights::{CORE, RBAC, Rule},
};
use crate::ground::{DEADLINE, DEPLOYER, account, executor, plan};

pub(super) mod contents;
mod real;
pub(super) mod rights;

/// What it takes to look at everything we look at.
const LOOKING: [Rule; 6] = [
    Rule::new(CORE, "serviceaccounts", &["get", "list"]),
    Rule::new(RBAC, "rolebindings", &["list"]),
    Rule::new(RBAC, "roles", &["list"]),
    Rule::new(RBAC, "clusterrolebindings", &["list"]),
    Rule::new(RBAC, "clusterroles", &["list"]),
    Rule::new(CORE, "namespaces", &["get", "list"]),
];

/// The real one is started so that it gives no token more than a day (`dev/cluster/apiserver.go`).
const LONGEST_TOKEN_SECONDS: i64 = 86_400;

/// One cluster with an issuer, an account, and a clock that only the test moves (it starts at the real time, because
/// the real cluster lives there).
pub(super) struct Side {
    pub(super) clock: TestClock,
    pub(super) ambient: Ambient,
    pub(super) executor: Executor,
    pub(super) target: Target,
    pub(super) account: Account,
    pub(super) namespace: String,
    cluster: Cluster,
}

enum Cluster {
    Fake(FakeCluster),
    Real(RealSide),
}

impl Side {
    pub(super) async fn fake() -> Self {
        let (clock, ambient, namespace) = surroundings();
        let options = FakeClusterOptions {
            longest_token_seconds: Some(LONGEST_TOKEN_SECONDS),
            ..FakeClusterOptions::new(ambient.clone())
        };
        let cluster = FakeCluster::start(options).await.unwrap();
        let target = cluster.target(&cluster.add_issuer_for(&namespace, DEPLOYER));
        Self::assemble(clock, ambient, namespace, target, Cluster::Fake(cluster))
    }

    pub(super) async fn real() -> Self {
        let (clock, ambient, namespace) = surroundings();
        let real = RealSide::prepare(&namespace).await.unwrap();
        let target = Target {
            connection: ConnectionId::generate(&ambient),
            version: 1,
            url: real.proxy.url().parse().unwrap(),
            ca: Some(real.proxy.ca_pem()),
            verification: Verification::Full,
            credential: Sensitive::from(real.issuer_token.as_str()),
            token_file: None,
            route: mayfly_domain::connection::Route::Direct,
        };
        Self::assemble(clock, ambient, namespace, target, Cluster::Real(real))
    }

    /// Another one of the same kind, with an issuer that has the first rights only.
    pub(super) async fn another(&self) -> Self {
        match &self.cluster {
            Cluster::Fake(_) => Self::fake().await,
            Cluster::Real(_) => Self::real().await,
        }
    }

    fn assemble(clock: TestClock, ambient: Ambient, namespace: String, target: Target, cluster: Cluster) -> Self {
        let account = account(&namespace, DEPLOYER);
        Self { executor: executor(&ambient), clock, ambient, target, account, namespace, cluster }
    }

    /// Lets the issuer read namespaces and service accounts everywhere, and list what we may have made.
    pub(super) async fn let_read_everything(&self) {
        self.allow_everywhere(&LOOKING).await;
    }

    /// Lets the issuer create tokens of every account of its namespace.
    pub(super) async fn let_issue_everywhere(&self) {
        self.allow(&[Rule::new(CORE, "serviceaccounts/token", &["create"])]).await;
    }

    pub(super) fn faults(&self) -> &Faults {
        match &self.cluster {
            Cluster::Fake(cluster) => cluster.faults(),
            Cluster::Real(real) => real.proxy.faults(),
        }
    }

    pub(super) fn requests(&self) -> &RequestLog {
        match &self.cluster {
            Cluster::Fake(cluster) => cluster.requests(),
            Cluster::Real(real) => real.proxy.requests(),
        }
    }

    pub(super) fn show(&self, certificate: ShownCertificate) {
        match &self.cluster {
            Cluster::Fake(cluster) => cluster.show(certificate),
            Cluster::Real(real) => real.proxy.show(certificate),
        }
    }

    /// The `jti`s of the tokens that the cluster made for our account, seen from its side: a lost answer is in it too.
    pub(super) fn tokens_made(&self) -> Vec<String> {
        match &self.cluster {
            Cluster::Fake(cluster) => {
                let calls = cluster.token_calls().into_iter();
                calls.filter(|call| call.account == DEPLOYER).map(|call| call.jti).collect()
            }
            Cluster::Real(real) => real.tokens_made(&self.namespace, DEPLOYER).unwrap(),
        }
    }

    /// Waits until the cluster made `count` tokens for our account: it may do so after we gave up.
    pub(super) async fn wait_for_tokens_made(&self, count: usize) {
        let mut ticks = tokio::time::interval(Duration::from_millis(5));
        for _ in 0..2000 {
            if self.tokens_made().len() >= count {
                return;
            }
            ticks.tick().await;
        }
        panic!("waited in vain for {count} tokens; there are {:?}", self.tokens_made());
    }

    pub(super) fn deadline(&self) -> Deadline {
        Deadline::after(&self.ambient, DEADLINE)
    }

    pub(super) fn plan(&self) -> LeasePlan {
        plan(&self.ambient, &self.account)
    }

    pub(super) fn issue(&self, plan: LeasePlan) -> Issue {
        Issue { target: self.target.clone(), plan, verify: Verify::Skip }
    }

    /// Issues, and tells the error alone of a failure.
    pub(super) async fn carry_out(&self, issue: Issue) -> Result<Issued, ClusterError> {
        self.executor.issue(issue, self.deadline()).await.map_err(|failed| failed.error)
    }

    pub(super) fn probe(&self) -> Probe {
        Probe { target: self.target.clone(), samples: vec![self.plan()], cluster_role: None }
    }

    pub(super) fn discover(&self) -> Discover {
        self.discover_more(More::Accounts)
    }

    pub(super) fn discover_more(&self, more: More) -> Discover {
        Discover { target: self.target.clone(), namespace: Some(self.account.namespace().clone()), more }
    }

    pub(super) fn list_owned(&self) -> ListOwned {
        let installation = InstallationId::generate(&self.ambient);
        ListOwned { target: self.target.clone(), installation, scope: Scope::Cluster }
    }

    /// A raw call with the issuer's token, past the executor.
    pub(super) async fn raw(&self, method: Method, path: &str, body: Option<Value>) -> (u16, Value) {
        self.raw_as(self.target.credential.expose(), method, path, body).await
    }

    /// A raw call with any token.
    pub(super) async fn raw_as(&self, token: &str, method: Method, path: &str, body: Option<Value>) -> (u16, Value) {
        let ca = self.target.ca.clone().unwrap();
        let root = Certificate::from_pem(ca.as_bytes()).unwrap();
        let client = reqwest::Client::builder().tls_certs_only([root]).no_proxy().build().unwrap();
        let request = client.request(method, format!("{}{path}", self.target.url)).bearer_auth(token);
        let request = if let Some(body) = body { request.json(&body) } else { request };
        let answer = request.send().await.unwrap();
        (answer.status().as_u16(), serde_json::from_slice(&answer.bytes().await.unwrap()).unwrap())
    }

    /// Runs `operation` until `count` requests of some kind arrived, then lets its deadline pass.
    pub(super) async fn let_time_out<T>(&self, calls: Calls, count: usize, operation: impl Future<Output = T>) -> T {
        let passing = async {
            self.requests().wait_for(calls, count).await;
            self.clock.advance(DEADLINE);
        };
        join(operation, passing).await.0
    }
}

fn surroundings() -> (TestClock, Ambient, String) {
    let wall = wall();
    let clock = TestClock::starting(wall.now());
    let suffix = u64::from_be_bytes(wall.random());
    let ambient = clock.ambient(suffix);
    (clock, ambient, format!("conformance-{suffix:016x}"))
}
