//! The same stops before a real API server, whose calls a proxy shows and holds.

use std::sync::Arc;

use mayfly_domain::{
    ids::InstallationId,
    plan::{INSTALLATION_LABEL, ObjectKind},
};
use mayfly_testkit::{
    ambient::ambient,
    counts,
    fake_cluster::{FakeObject, FaultProxy},
    real_cluster::{RealCluster, own_name, shared},
};
use reqwest::Client;
use serde_json::{Value, json};

use super::{AFTER_ANY_RESERVATION, Issuing, Operation, ReapingDue, Revoking, Stops, Undoing, changing::Replacing};
use crate::world::{
    Database, Far, World,
    explained::Picture,
    shape::{ACCOUNT, ROLE, Shape},
    strangers::Strangers,
};

const RBAC: &str = "/apis/rbac.authorization.k8s.io/v1";
/// Those whose objects have names of their own in a cluster that others use too.
const SHAPES: [Shape; 4] = [Shape::Role, Shape::Rules, Shape::RulesEverywhere, Shape::Anchor];
/// Most points that an operation has here; a number beyond its end lets it come to its end.
const POINTS: usize = 24;

/// A real cluster with a namespace of this test's own.
struct RealSide {
    proxy: FaultProxy,
    cluster: Arc<RealCluster>,
    admin: Client,
    namespace: String,
}

impl RealSide {
    async fn prepare() -> Self {
        let cluster = shared().await.expect("a real cluster");
        let admin = cluster.admin_client().expect("its admin");
        let proxy = FaultProxy::start(cluster.server(), cluster.ca_pem()).await.expect("a port is free");
        let namespace = own_name("stops");
        let side = Self { proxy, cluster, admin, namespace };
        let named = |name: &str| json!({ "metadata": { "name": name } });
        side.create("/api/v1/namespaces", named(&side.namespace)).await;
        side.create(&format!("/api/v1/namespaces/{}/serviceaccounts", side.namespace), named(ACCOUNT)).await;
        let rules = json!([{ "apiGroups": [""], "resources": ["pods"], "verbs": ["get"] }]);
        let role = json!({ "metadata": { "name": ROLE }, "rules": rules });
        side.create(&format!("{RBAC}/namespaces/{}/roles", side.namespace), role).await;
        side
    }

    fn far(&self) -> Far {
        Far {
            url: self.proxy.url(),
            ca_pem: self.proxy.ca_pem(),
            token: self.cluster.admin_token().to_owned(),
            namespace: self.namespace.clone(),
        }
    }

    async fn create(&self, path: &str, body: Value) {
        let sent = self.admin.post(format!("{}{path}", self.cluster.server())).json(&body).send().await;
        let status = sent.expect("the cluster answers").status();
        assert!(status.is_success(), "POST {path}: {status}");
    }

    /// What bears the label of an installation, of all kinds and in all namespaces.
    async fn objects(&self, installation: InstallationId) -> Vec<FakeObject> {
        let mut objects = Vec::new();
        for kind in ObjectKind::ALL {
            let root = match kind {
                ObjectKind::Secret | ObjectKind::ServiceAccount => "/api/v1",
                _ => RBAC,
            };
            let plural = format!("{}s", kind.name().to_lowercase());
            let selector = format!("{INSTALLATION_LABEL}={installation}");
            let url = format!("{}{root}/{plural}?labelSelector={selector}", self.cluster.server());
            let answer = self.admin.get(url).send().await.expect("the cluster answers");
            let list: Value = serde_json::from_slice(&answer.bytes().await.expect("an answer")).expect("a list");
            let items = list["items"].as_array().expect("items").iter();
            objects.extend(items.map(|item| seen(kind, &item["metadata"])));
        }
        objects
    }
}

fn seen(kind: ObjectKind, metadata: &Value) -> FakeObject {
    let text = |field: &str| metadata[field].as_str().map(str::to_owned);
    let labels = serde_json::from_value(metadata["labels"].clone()).expect("labels");
    FakeObject {
        kind,
        namespace: text("namespace"),
        name: text("name").expect("a name"),
        uid: text("uid").expect("a UID"),
        labels,
        annotations: serde_json::from_value(metadata["annotations"].clone()).unwrap_or_default(),
    }
}

/// Stops an operation at one of its points, and compares what is there with the rows. Gives the point.
async fn stop_at<O: Operation>(side: &RealSide, shape: Shape, number: usize) -> Option<String> {
    // Others use the cluster too: names that follow from a seed have to be nobody else's.
    let seed = u64::from_be_bytes(ambient().random());
    let world = World::before(side.far(), seed, Database::folder(), &[shape]).await;
    let server = world.server().await;
    let installation = server.store.installation();
    let prepared = O::prepare(&world, &server, shape).await;
    let stops = Stops::at(number, O::REFUSED);
    side.proxy.look_on(Some(stops.clone()));
    let point = stops.stop(O::carry_out(&world, &server, &prepared)).await;
    side.proxy.look_on(None);
    drop((prepared, server));
    let server = world.server().await;
    world.clock.advance(AFTER_ANY_RESERVATION);
    server.reap_until_quiet(&world).await.expect("the loop runs");
    let picture = Picture { objects: side.objects(installation).await, ..Picture::take(&world, &server).await };
    let faults = picture.faults(&world.cluster, &Strangers::none());
    assert_eq!(faults, Vec::<String>::new(), "{shape:?}, stopped {point:?} (point {number})");
    point
}

/// Stops it in each shape, at points that are spread over its length.
async fn stop_in_each_shape<O: Operation>(operation: &str) {
    let side = RealSide::prepare().await;
    let each = counts::of(counts::REAL_STOPS);
    let mut stopped = 0;
    for (position, shape) in SHAPES.into_iter().enumerate() {
        for turn in 0..each {
            // Another place in each shape, and in the long run all of them.
            let number = (position * 5 + 2 + turn * 7) % POINTS;
            if let Some(point) = stop_at::<O>(&side, shape, number).await {
                println!("{operation}, {shape:?}, real cluster: stopped {point}");
                stopped += 1;
            }
        }
    }
    assert!(stopped * 2 >= each * SHAPES.len(), "it came to its end before most stops");
}

#[tokio::test]
async fn an_issue_that_is_stopped_before_a_real_cluster_leaves_nothing_unexplained() {
    stop_in_each_shape::<Issuing>("issue").await;
}

#[tokio::test]
async fn an_undo_that_is_stopped_before_a_real_cluster_leaves_nothing_unexplained() {
    stop_in_each_shape::<Undoing>("undo").await;
}

#[tokio::test]
async fn a_revocation_that_is_stopped_before_a_real_cluster_leaves_nothing_unexplained() {
    stop_in_each_shape::<Revoking>("revoke").await;
}

#[tokio::test]
async fn a_reap_that_is_stopped_before_a_real_cluster_leaves_nothing_unexplained() {
    stop_in_each_shape::<ReapingDue>("reap of a due lease").await;
}

#[tokio::test]
async fn a_replacement_that_is_stopped_before_a_real_cluster_leaves_nothing_unexplained() {
    stop_in_each_shape::<Replacing>("replacement").await;
}
