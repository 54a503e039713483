//! One of twenty clusters never answers. Nothing that is asked of the others waits for it, whoever asks: the clock stands
//! still while they are issued from, revoked in, cleaned up after and swept.

use std::sync::Arc;

use jiff::Timestamp;
use mayfly_server::workers::start_lease_tasks;
use mayfly_testkit::{
    both_databases,
    fake_cluster::{Calls, FakeCluster, FakeClusterOptions, Fault, When},
};
use serde_json::{Value, json};
use tokio::task::{JoinHandle, JoinSet};
use tokio_util::sync::CancellationToken;

use crate::support::{Answer, TestServer, owned_in, wait_until};

const LEASES: &str = "/api/v1/dynamic-secrets/leases";
const CLUSTERS: usize = 20;
/// Neither the first nor the last in any order.
const HANGING: usize = 9;
/// What a lease has in its cluster.
const OBJECTS: usize = 2;

both_databases! {
    async fn nothing_of_the_others_waits_for_a_cluster_that_never_answers(server: TestServer) {
        let places = places(&server).await;
        server.advance(60);
        let (hanging, began) = (&places[HANGING], server.ambient.now());
        hanging.cluster.faults().inject(Calls::All, When::Always, Fault::Hang);
        let before = hanging.cluster.requests().count(Calls::All);
        let (issuing, revoking) = (hanging.issue(&server), hanging.revoke(&server));
        hanging.cluster.requests().wait_for(Calls::All, before + 2).await;

        let stopping = CancellationToken::new();
        let _tasks = start_lease_tasks(server.app(), None, &stopping);
        let others = || places.iter().filter(|place| place.number != HANGING);
        let mut asked = JoinSet::new();
        for place in others() {
            asked.spawn(place.issue(&server));
            asked.spawn(place.revoke(&server));
        }
        for answer in asked.join_all().await {
            let lease = answer.expect("no request panics").ok()["lease"].clone();
            assert!(["active", "ended"].contains(&lease["state"].as_str().unwrap()), "{lease}");
        }
        for place in others() {
            wait_until("what was due is gone", async || owned_in(&place.cluster).len() == OBJECTS).await;
            wait_until("its lease has ended", async || place.due(&server).await["state"] == "ended").await;
            place.cluster.requests().wait_for(Calls::ListObjects, 1).await;
        }
        assert_eq!(server.ambient.now(), began, "the clock stands still");

        assert!(!issuing.is_finished() && !revoking.is_finished(), "who asks the one that hangs does wait");
        assert_eq!(owned_in(&hanging.cluster).len(), 2 * OBJECTS);
        assert_eq!(hanging.due(&server).await["state"], "ending");
        server.advance(8);
        let refusal = issuing.await.unwrap();
        assert!(refusal.status >= 400 && refusal.text.contains("in time"), "{}", refusal.text);
        waits_and_says_so(&revoking.await.unwrap().ok()["lease"], began);
        server.advance(7);
        let told = async || hanging.due(&server).await["status"] == "Failed to delete";
        wait_until("the loop has given its first attempt up", told).await;
        waits_and_says_so(&hanging.due(&server).await, began);

        // What hangs now is left to hang.
        stopping.cancel();
    }
}

/// It says why it waits, and since when.
fn waits_and_says_so(lease: &Value, since: Timestamp) {
    assert_eq!((&lease["state"], &lease["status"]), (&json!("ending"), &json!("Failed to delete")));
    assert!(lease["statusDetails"].as_str().unwrap().contains("in time"), "{lease}");
    assert_eq!(lease["updatedAt"].as_str().unwrap().parse::<Timestamp>().unwrap(), since, "{lease}");
}

/// A cluster with a dynamic secret of its own, and two of its leases.
struct Place {
    number: usize,
    cluster: Arc<FakeCluster>,
    name: String,
    /// Over in a minute.
    due: String,
    /// Over in an hour.
    lasting: String,
}

async fn places(server: &TestServer) -> Vec<Place> {
    let mut places = Vec::new();
    for number in 0..CLUSTERS {
        let cluster = FakeCluster::start(FakeClusterOptions::new(server.ambient.clone())).await.expect("a free port");
        let name = format!("cluster-{number}");
        server.new_dynamic_secret_in(&cluster, &name).await;
        let issue = async |ttl: &str| {
            let issued = server.issue_with(&server.as_admin(), &name, &json!({ "ttl": ttl })).await.ok();
            issued["lease"]["id"].as_str().unwrap().to_owned()
        };
        let (due, lasting) = (issue("1m").await, issue("1h").await);
        places.push(Place { number, cluster: Arc::new(cluster), name, due, lasting });
    }
    places
}

impl Place {
    /// Asks for another lease.
    fn issue(&self, server: &TestServer) -> JoinHandle<Answer> {
        let (caller, request) = (server.as_admin(), server.lease_request(&self.name, &json!({})));
        tokio::spawn(async move { caller.post(LEASES, &request).await })
    }

    /// Ends the lasting lease.
    fn revoke(&self, server: &TestServer) -> JoinHandle<Answer> {
        let (caller, path, place) = (server.as_admin(), format!("{LEASES}/{}", self.lasting), server.place());
        tokio::spawn(async move { caller.delete(&path, &place).await })
    }

    /// The lease of a minute, as it is now.
    async fn due(&self, server: &TestServer) -> Value {
        server.history(&server.as_admin(), &self.due).await.ok()["lease"].clone()
    }
}
