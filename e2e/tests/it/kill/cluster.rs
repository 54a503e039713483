//! A cluster whose calls somebody looks on at: the fake one, or a real one behind a proxy.

use std::collections::HashSet;

use mayfly_domain::{
    lease::Lease,
    plan::{INSTALLATION_LABEL, ObjectKind},
};
use mayfly_e2e::{ACCOUNT, ClusterSide, RealGround};
use mayfly_testkit::{
    ambient::ambient,
    fake_cluster::{FakeCluster, FakeClusterOptions, FakeObject, FaultProxy, Faults, LiveToken},
    real_cluster::shared,
};

pub(super) enum Cluster {
    Fake(Box<FakeCluster>),
    Real(Box<BehindProxy>),
}

pub(super) struct BehindProxy {
    ground: RealGround,
    proxy: FaultProxy,
}

impl Cluster {
    pub(super) async fn fake() -> Self {
        Self::Fake(Box::new(FakeCluster::start(FakeClusterOptions::new(ambient())).await.unwrap()))
    }

    pub(super) async fn real() -> Self {
        let ground = RealGround::prepare(shared().await.unwrap(), "kill").await.unwrap();
        ground.allow_dynamic().await.unwrap();
        let proxy = FaultProxy::start(ground.cluster.server(), ground.cluster.ca_pem()).await.unwrap();
        Self::Real(Box::new(BehindProxy { ground, proxy }))
    }

    /// What a dynamic secret needs to know of it.
    pub(super) fn side(&self) -> ClusterSide {
        match self {
            Self::Fake(cluster) => ClusterSide::fake_dynamic(cluster),
            Self::Real(real) => {
                let (url, authority) = (real.proxy.url(), real.proxy.ca_pem());
                ClusterSide { url, authority, ..real.ground.side.clone() }
            }
        }
    }

    pub(super) fn faults(&self) -> &Faults {
        match self {
            Self::Fake(cluster) => cluster.faults(),
            Self::Real(real) => real.proxy.faults(),
        }
    }

    /// What bears the label of an installation.
    pub(super) async fn objects(&self, installation: &str) -> Vec<FakeObject> {
        match self {
            Self::Fake(cluster) => {
                let is_ours = |object: &FakeObject| {
                    object.labels.get(INSTALLATION_LABEL).is_some_and(|label| label == installation)
                };
                cluster.objects().into_iter().filter(is_ours).collect()
            }
            Self::Real(real) => {
                real.ground.cluster.labelled(&format!("{INSTALLATION_LABEL}={installation}")).await.unwrap()
            }
        }
    }

    /// The accepted tokens; none where the cluster keeps no list of them.
    pub(super) fn live_tokens(&self) -> Vec<LiveToken> {
        match self {
            Self::Fake(cluster) => cluster.live_tokens(),
            Self::Real(_) => Vec::new(),
        }
    }

    /// Whether it accepts `token`.
    pub(super) async fn accepts(&self, token: &str) -> bool {
        match self {
            Self::Fake(cluster) => cluster.accepts(token),
            Self::Real(real) => real.ground.who_am_i(token).await.unwrap().is_some(),
        }
    }

    /// Every token that it is known to have made, beside those that callers have.
    pub(super) fn tokens_made(&self) -> Vec<String> {
        match self {
            Self::Fake(cluster) => cluster.tokens_made(),
            Self::Real(real) => vec![real.ground.side.issuer_token.clone()],
        }
    }

    /// Those of `leases` for which a token was made that nobody may have received.
    pub(super) fn with_tokens(&self, leases: &[&Lease]) -> HashSet<String> {
        let names: HashSet<String> = match self {
            Self::Fake(cluster) => {
                cluster.live_tokens().into_iter().map(|token| token.secret.unwrap_or(token.account)).collect()
            }
            // Its audit log does not tell what a token is bound to: one of an account that is there is not known.
            Self::Real(real) => real.ground.accounts_with_tokens().unwrap(),
        };
        let own = |lease: &&&Lease| names.contains(own_name(lease));
        leases.iter().filter(own).map(|lease| lease.id.to_string()).collect()
    }
}

/// The name that is this lease's alone: of its account or of its anchor.
fn own_name(lease: &Lease) -> &str {
    let name = lease.plan.account.name().as_str();
    if name != ACCOUNT {
        return name;
    }
    lease.plan.object(ObjectKind::Secret).map_or(name, |anchor| anchor.name.as_str())
}
