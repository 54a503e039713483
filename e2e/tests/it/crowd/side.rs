//! The cluster that a crowd's objects are in, and its own record of when they went.

use std::sync::{Arc, Mutex, PoisonError};

use jiff::Timestamp;
use mayfly_domain::plan::INSTALLATION_LABEL;
use mayfly_e2e::{ClusterSide, RealGround};
use mayfly_testkit::{
    ambient::ambient,
    fake_cluster::{Calls, FakeCluster, FakeClusterOptions, Fault, Next, Onlooker},
    real_cluster::shared,
};
use serde_json::{Value, json};

pub(super) enum Side {
    Fake { cluster: Box<FakeCluster>, side: ClusterSide, record: Arc<Record> },
    Real(Box<RealGround>),
}

/// When each removal arrived.
#[derive(Default)]
pub(super) struct Record(Mutex<Vec<Timestamp>>);

impl Onlooker for Record {
    fn arrived(&self, call: Option<Calls>) -> Option<Fault> {
        if matches!(call, Some(Calls::DeleteAccount | Calls::DeleteBinding)) {
            self.0.lock().unwrap_or_else(PoisonError::into_inner).push(ambient().now());
        }
        None
    }

    fn carried_out(&self, _: Option<Calls>) -> Next {
        Next::Answer
    }
}

impl Side {
    pub(super) async fn fake() -> Self {
        let cluster = FakeCluster::start(FakeClusterOptions::new(ambient())).await.unwrap();
        let (side, record) = (ClusterSide::fake_dynamic(&cluster), Arc::new(Record::default()));
        cluster.look_on(Some(record.clone()));
        Self::Fake { cluster: Box::new(cluster), side, record }
    }

    pub(super) async fn real() -> Self {
        let ground = RealGround::prepare(shared().await.unwrap(), "crowd").await.unwrap();
        ground.allow_dynamic().await.unwrap();
        Self::Real(Box::new(ground))
    }

    pub(super) const fn name(&self) -> &'static str {
        match self {
            Self::Fake { .. } => "a fake cluster",
            Self::Real(_) => "a real API server",
        }
    }

    pub(super) fn cluster_side(&self) -> &ClusterSide {
        match self {
            Self::Fake { side, .. } => side,
            Self::Real(ground) => &ground.side,
        }
    }

    /// How many objects carry our label.
    pub(super) async fn owned(&self) -> usize {
        match self {
            Self::Fake { cluster, .. } => {
                let objects = cluster.objects();
                objects.iter().filter(|object| object.labels.contains_key(INSTALLATION_LABEL)).count()
            }
            Self::Real(ground) => ground.owned().await.unwrap().len(),
        }
    }

    /// When the removals so far arrived, in their order.
    pub(super) fn removals(&self) -> Vec<Timestamp> {
        match self {
            Self::Fake { record, .. } => record.0.lock().unwrap_or_else(PoisonError::into_inner).clone(),
            Self::Real(ground) => {
                let events = ground.cluster.audit_log_about(&ground.side.namespace).unwrap();
                let removals = events.iter().filter(|event| event["verb"] == json!("delete"));
                let time = |event: &Value| event["requestReceivedTimestamp"].as_str().unwrap().parse().unwrap();
                let mut times: Vec<Timestamp> = removals.map(time).collect();
                times.sort_unstable();
                times
            }
        }
    }
}
