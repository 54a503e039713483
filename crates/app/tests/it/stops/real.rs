//! The same stops before a real API server, whose calls a proxy shows and holds.

use std::sync::Arc;

use mayfly_domain::plan::INSTALLATION_LABEL;
use mayfly_testkit::{
    ambient::ambient,
    both_databases, counts,
    explained::Picture,
    fake_cluster::FaultProxy,
    real_cluster::{RealCluster, own_name, shared},
};
use reqwest::Client;
use serde_json::{Value, json};

use super::{
    AFTER_ANY_RESERVATION, Issuing, Kind, Operation, ReapingAbandoned, ReapingDue, Revoking, Stops, Undoing,
    changing::Replacing,
};
use crate::world::{
    Far, World,
    shape::{ACCOUNT, ROLE, Shape},
    strangers::Strangers,
};

const RBAC: &str = "/apis/rbac.authorization.k8s.io/v1";

/// A real cluster with a namespace of this test's own.
struct RealSide {
    proxy: FaultProxy,
    cluster: Arc<RealCluster>,
    admin: Client,
    namespace: String,
    /// Others use the cluster too: the name is nobody else's.
    cluster_role: String,
}

impl RealSide {
    async fn prepare() -> Self {
        let cluster = shared().await.expect("a real cluster");
        let admin = cluster.admin_client().expect("its admin");
        let proxy = FaultProxy::start(cluster.server(), cluster.ca_pem()).await.expect("a port is free");
        let (namespace, cluster_role) = (own_name("stops"), own_name("stops"));
        let side = Self { proxy, cluster, admin, namespace, cluster_role };
        let named = |name: &str| json!({ "metadata": { "name": name } });
        side.create("/api/v1/namespaces", named(&side.namespace)).await;
        side.create(&format!("/api/v1/namespaces/{}/serviceaccounts", side.namespace), named(ACCOUNT)).await;
        let rules = json!([{ "apiGroups": [""], "resources": ["pods"], "verbs": ["get"] }]);
        let role = |name: &str| json!({ "metadata": { "name": name }, "rules": rules });
        side.create(&format!("{RBAC}/namespaces/{}/roles", side.namespace), role(ROLE)).await;
        side.create(&format!("{RBAC}/clusterroles"), role(&side.cluster_role)).await;
        side
    }

    fn far(&self) -> Far {
        Far {
            url: self.proxy.url(),
            ca_pem: self.proxy.ca_pem(),
            token: self.cluster.admin_token().to_owned(),
            namespace: self.namespace.clone(),
            cluster_role: self.cluster_role.clone(),
            faults: self.proxy.faults().clone(),
            requests: self.proxy.requests().clone(),
        }
    }

    async fn create(&self, path: &str, body: Value) {
        let sent = self.admin.post(format!("{}{path}", self.cluster.server())).json(&body).send().await;
        let status = sent.expect("the cluster answers").status();
        assert!(status.is_success(), "POST {path}: {status}");
    }
}

/// Stops an operation at one of its points, or lets it come to its end, and compares what is there with the rows. Gives
/// the point, and how many it passed.
async fn stop_at<O: Operation>(side: &RealSide, kind: Kind, shape: Shape, number: usize) -> (Option<String>, usize) {
    // Others use the cluster too: names that follow from a seed have to be nobody else's.
    let seed = u64::from_be_bytes(ambient().random());
    let world = World::before(side.far(), seed, kind.database().await, &[shape]).await;
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
    let labelled = side.cluster.labelled(&format!("{INSTALLATION_LABEL}={installation}")).await;
    let objects = labelled.expect("the cluster answers");
    let picture = Picture { objects, ..server.picture(&world, &Strangers::none()).await };
    assert_eq!(picture.faults(), Vec::<String>::new(), "{shape:?}, stopped {point:?} (point {number})");
    (point, stops.passed())
}

/// Stops it in as many shapes as there is time for, at points that are spread over its length; in the long run at all of them.
async fn stop_in_some_shapes<O: Operation>(kind: Kind, operation: &str) {
    let side = RealSide::prepare().await;
    let most = counts::of(counts::REAL_STOPS);
    for (position, shape) in Shape::some_with_objects().iter().copied().enumerate() {
        let (_, length) = Box::pin(stop_at::<O>(&side, kind, shape, usize::MAX)).await;
        let stops = most.min(length);
        // Elsewhere in each shape and on each database.
        let first = position * 5 + kind.turn() * 3;
        let mut stopped = 0;
        for turn in 0..stops {
            let number = (first + turn * length / stops) % length;
            if let (Some(point), _) = Box::pin(stop_at::<O>(&side, kind, shape, number)).await {
                println!("{operation}, {shape:?}, real cluster: stopped {point}");
                stopped += 1;
            }
        }
        // What a server remembers of a cluster may spare it a call or two.
        assert!(stopped * 2 >= stops, "{operation}, {shape:?}: {stopped} of {stops} stops at {length} points");
    }
}

both_databases! {
    async fn an_issue_that_is_stopped_before_a_real_cluster_leaves_nothing_unexplained(kind: Kind) {
        stop_in_some_shapes::<Issuing>(kind, "issue").await;
    }

    async fn an_undo_that_is_stopped_before_a_real_cluster_leaves_nothing_unexplained(kind: Kind) {
        stop_in_some_shapes::<Undoing>(kind, "undo").await;
    }

    async fn a_revocation_that_is_stopped_before_a_real_cluster_leaves_nothing_unexplained(kind: Kind) {
        stop_in_some_shapes::<Revoking>(kind, "revoke").await;
    }

    async fn a_reap_that_is_stopped_before_a_real_cluster_leaves_nothing_unexplained(kind: Kind) {
        stop_in_some_shapes::<ReapingDue>(kind, "reap of a due lease").await;
    }

    async fn a_reap_of_an_abandoned_reservation_before_a_real_cluster_leaves_nothing_unexplained(kind: Kind) {
        stop_in_some_shapes::<ReapingAbandoned>(kind, "reap of an abandoned reservation").await;
    }

    async fn a_replacement_that_is_stopped_before_a_real_cluster_leaves_nothing_unexplained(kind: Kind) {
        stop_in_some_shapes::<Replacing>(kind, "replacement").await;
    }
}
