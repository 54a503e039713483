//! What most tests stand on: an executor, a cluster with an issuer and an account, and a hand on the clock.

use std::time::Duration;

use mayfly_cluster::{
    ClusterError, Deadline, EgressPolicy, Executor, ExecutorOptions, Issue, Issued, Place, Probe, ProbeReport,
    TrustRoots, VerificationOff, Verify,
};
use mayfly_domain::{
    clock::Ambient,
    connection::Target,
    ids::LeaseId,
    plan::{Account, LeasePlan},
};
use mayfly_testkit::{
    clock::TestClock,
    fake_cluster::{FakeCluster, FakeClusterOptions, Faults, RequestLog},
};

/// The deadline of every operation in these tests.
pub(crate) const DEADLINE: Duration = Duration::from_secs(8);

pub(crate) const NAMESPACE: &str = "team-a";
pub(crate) const ISSUER: &str = "issuer";
pub(crate) const DEPLOYER: &str = "deployer";

/// The issuer's user name in a fake cluster.
pub(crate) const ISSUER_USER: &str = "system:serviceaccount:team-a:issuer";

/// An executor that may reach loopback addresses.
pub(crate) fn executor(ambient: &Ambient) -> Executor {
    Executor::new(options(ambient))
}

/// What that executor is made from.
pub(crate) fn options(ambient: &Ambient) -> ExecutorOptions {
    ExecutorOptions {
        ambient: ambient.clone(),
        egress: EgressPolicy { allow: vec!["127.0.0.0/8".parse().unwrap()], ..EgressPolicy::default() },
        verification_off: VerificationOff::Refused,
        trust_roots: TrustRoots::Only(Vec::new()),
        token_files: Vec::new(),
    }
}

/// An account that exists already.
pub(crate) fn account(namespace: &str, name: &str) -> Account {
    Account::Existing { namespace: namespace.parse().unwrap(), name: name.parse().unwrap() }
}

/// A plan for an hour, with no audiences and no cluster pinned.
pub(crate) fn plan(ambient: &Ambient, account: &Account) -> LeasePlan {
    LeasePlan::new(LeaseId::generate(ambient), account.clone(), 3600)
}

/// A fake cluster with the smallest issuer there is: it may create tokens of one account and nothing else.
pub(crate) struct Ground {
    pub(crate) clock: TestClock,
    pub(crate) ambient: Ambient,
    pub(crate) cluster: FakeCluster,
    pub(crate) executor: Executor,
    pub(crate) target: Target,
    pub(crate) account: Account,
}

impl Ground {
    pub(crate) async fn new() -> Self {
        Self::with(|options| options).await
    }

    /// The same, in a cluster with other options.
    pub(crate) async fn with(change: impl FnOnce(FakeClusterOptions) -> FakeClusterOptions) -> Self {
        let clock = TestClock::default();
        let ambient = clock.ambient(1);
        let cluster = FakeCluster::start(change(FakeClusterOptions::new(ambient.clone()))).await.unwrap();
        let target = cluster.target(&cluster.add_issuer_for(NAMESPACE, DEPLOYER));
        let executor = executor(&ambient);
        Self { clock, ambient, cluster, executor, target, account: account(NAMESPACE, DEPLOYER) }
    }

    pub(crate) fn faults(&self) -> &Faults {
        self.cluster.faults()
    }

    pub(crate) fn requests(&self) -> &RequestLog {
        self.cluster.requests()
    }

    pub(crate) fn deadline(&self) -> Deadline {
        Deadline::after(&self.ambient, DEADLINE)
    }

    pub(crate) fn plan(&self) -> LeasePlan {
        plan(&self.ambient, &self.account)
    }

    pub(crate) async fn issue(&self) -> Result<Issued, ClusterError> {
        self.issue_plan(self.plan()).await
    }

    pub(crate) async fn issue_plan(&self, plan: LeasePlan) -> Result<Issued, ClusterError> {
        let issue = Issue { target: self.target.clone(), plan, verify: Verify::Skip };
        self.executor.issue(issue, self.deadline()).await.map_err(|failed| failed.error)
    }

    pub(crate) async fn probe(&self) -> Result<ProbeReport, ClusterError> {
        let probe = Probe { target: self.target.clone(), samples: vec![self.plan()], cluster_role: None };
        self.executor.probe(probe, self.deadline()).await
    }
}
