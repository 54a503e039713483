//! An outpost in front of a fake cluster, asked as a server asks.

use std::{path::PathBuf, sync::Arc, time::Duration};

use bytes::Bytes;
use mayfly_cluster::{EgressPolicy, ExecutorOptions, TrustRoots, VerificationOff};
use mayfly_domain::{
    clock::Ambient,
    gateway_policy::GatewayPolicy,
    ids::{GatewayOperationId, LeaseId},
};
use mayfly_gateway::{
    answering::Answering,
    audit::{Audit, Line},
    outpost::{Outpost, OwnCluster},
};
use mayfly_testkit::{
    clock::TestClock,
    fake_cluster::{FakeCluster, FakeClusterOptions, FakeRight},
};
use mayfly_tunnel::{
    answering::{Answers as _, Asked},
    failure::Refusal,
};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio_util::sync::CancellationToken;

/// The namespace where everything is.
pub(crate) const NAMESPACE: &str = "leases";

/// As whom it speaks to the cluster.
const USER: &str = "system:serviceaccount:leases:gateway";

pub(crate) struct Post {
    pub(crate) clock: TestClock,
    pub(crate) ambient: Ambient,
    pub(crate) cluster: FakeCluster,
    pub(crate) outpost: Arc<Outpost>,
    pub(crate) folder: TempDir,
}

impl Post {
    /// One whose policy is `policy`, in a cluster with one namespace and the account `deployer` in it.
    pub(crate) async fn with(policy: Value) -> Self {
        let clock = TestClock::default();
        let ambient = clock.ambient(1);
        let cluster = FakeCluster::start(FakeClusterOptions::new(ambient.clone())).await.unwrap();
        cluster.add_namespace(NAMESPACE);
        cluster.add_account(NAMESPACE, "deployer");
        let folder = tempfile::tempdir().unwrap();
        let token_file = folder.path().join("token");
        std::fs::write(&token_file, cluster.add_user(USER)).unwrap();
        cluster.grant(USER, FakeRight::everywhere("*", "*"));
        let own = OwnCluster { url: cluster.url().parse().unwrap(), ca: Some(cluster.ca_pem()), token_file };
        let options = ExecutorOptions {
            ambient: ambient.clone(),
            egress: EgressPolicy { allow: vec!["127.0.0.0/8".parse().unwrap()], ..EgressPolicy::default() },
            verification_off: VerificationOff::Refused,
            trust_roots: TrustRoots::System,
            token_files: Vec::new(),
        };
        let policy: GatewayPolicy = serde_json::from_value(policy).unwrap();
        let audit = Audit::file(&ambient, &folder.path().join("audit")).unwrap();
        let outpost = Outpost::new(options, own, Arc::new(policy), audit);
        Self { clock, ambient, cluster, outpost, folder }
    }

    /// Asks for an operation under a new id.
    pub(crate) async fn ask(&self, name: &str, body: &Value) -> (GatewayOperationId, Result<Bytes, Refusal>) {
        let id = GatewayOperationId::generate(&self.ambient);
        (id, self.ask_again(id, name, body).await)
    }

    /// Asks under a known one.
    pub(crate) async fn ask_again(&self, id: GatewayOperationId, name: &str, body: &Value) -> Result<Bytes, Refusal> {
        let asked = Asked {
            id,
            name: name.to_owned(),
            attempt: 1,
            lease: Some(LeaseId::generate(&self.ambient)),
            actor: Some("user ada".to_owned()),
            limit: Duration::from_secs(15),
            body: Bytes::from(body.to_string()),
            cancelled: CancellationToken::new(),
        };
        Answering(Arc::clone(&self.outpost)).operation(asked).await
    }

    pub(crate) fn record(&self) -> PathBuf {
        self.folder.path().join("audit")
    }

    /// What was written down, from the second line on: the first says that the process began.
    pub(crate) fn lines(&self) -> Vec<Line> {
        let text = std::fs::read_to_string(self.record()).unwrap();
        text.lines().skip(1).map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    /// A plan for a token of an account that is there.
    pub(crate) fn issue(&self, account: &str) -> Value {
        let lease = LeaseId::generate(&self.ambient);
        json!({
            "target": null, "verify": "skip",
            "plan": {
                "lease": lease, "account": { "kind": "existing", "namespace": NAMESPACE, "name": account },
                "audiences": [], "token_seconds": 600, "cluster": null,
            },
        })
    }
}
