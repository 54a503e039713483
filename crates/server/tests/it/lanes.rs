//! Lanes of connections: leases that cannot be ended keep those of the same connection that can be waiting for moments only.

use mayfly_domain::plan::ObjectKind;
use mayfly_server::workers::start_lease_tasks;
use mayfly_testkit::{
    both_databases,
    fake_cluster::{Calls, FakeCluster, FakeClusterOptions, Fault, Gate, When},
};
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use crate::support::{ACCOUNT, NAMESPACE, TestServer, merged, owned_in};

const SECRETS: &str = "/api/v1/dynamic-secrets";
/// Leases that nothing can end.
const STUCK: usize = 50;
/// How long one that can be ended may take after its time was up, in seconds.
const SOON: u64 = 15;
/// Leases that are cleaned up at the same time in one lane.
const AT_WORK: usize = 32;
/// How long a lane is shut at most, in seconds.
const LONGEST_PAUSE: u64 = 15 * 60;

fn reads() -> Value {
    json!([{"apiGroups": [""], "resources": ["pods"], "verbs": ["get"]}])
}

async fn issue(server: &TestServer, ttl: &str) -> String {
    let issued = server.issue_with(&server.as_admin(), "ci", &json!({"ttl": ttl})).await.ok();
    issued["lease"]["id"].as_str().unwrap().to_owned()
}

async fn state(server: &TestServer, id: &str) -> Value {
    server.history(&server.as_admin(), id).await.ok()["lease"]["state"].clone()
}

/// Lets time pass second by second, with the loop at work.
async fn pass(server: &TestServer, seconds: u64) {
    for _ in 0..seconds {
        server.advance(1);
        server.reap().await;
    }
}

both_databases! {
    async fn leases_of_a_cluster_that_a_connection_led_to_before_hold_up_no_other(server: TestServer) {
        server.cluster.add_role(Some(NAMESPACE), "pod-reader", reads());
        let token = json!({"clusterToken": server.cluster.add_dynamic_issuer_everywhere()});
        let connection = server.new_connection("staging", &token).await;
        let inputs = json!({
            "credentialType": "dynamic", "clusterConnectionId": connection["id"], "namespace": NAMESPACE,
            "roleType": "role", "role": "pod-reader",
        });
        let secret = json!({"name": "ci", "defaultTTL": "1h", "provider": {"type": "kubernetes", "inputs": inputs}});
        let admin = server.as_admin();
        admin.post(SECRETS, &merged(&server.place(), &secret)).await.ok();
        for _ in 0..STUCK {
            issue(&server, "1m").await;
        }
        let there = FakeCluster::start(FakeClusterOptions::new(server.clock.ambient(9))).await.unwrap();
        there.add_role(Some(NAMESPACE), "pod-reader", reads());
        let way = json!({"url": there.url(), "ca": there.ca_pem(), "clusterToken": there.add_dynamic_issuer_everywhere()});
        let path = format!("/api/v1/cluster-connections/{}", connection["id"].as_str().unwrap());
        admin.patch(&path, &way).await.ok();
        let healthy = issue(&server, "2m").await;
        assert_eq!((server.owned().len(), owned_in(&there).len()), (2 * STUCK, 2));
        server.cluster.faults().inject(Calls::All, When::Always, Fault::Reset);
        server.advance(60);
        server.reap().await;
        pass(&server, 60 + SOON).await;
        assert_eq!((state(&server, &healthy).await, owned_in(&there)), (json!("ended"), vec![]));
        assert_eq!(server.owned().len(), 2 * STUCK, "the others cannot be ended");
        server.cluster.faults().clear();
        pass(&server, LONGEST_PAUSE).await;
        assert_eq!(server.owned(), [], "they are tried until they can be");
    }

    async fn a_server_that_is_told_to_stop_begins_with_no_more_leases(server: TestServer) {
        server.new_dynamic_secret("ci").await;
        for _ in 0..AT_WORK + 8 {
            issue(&server, "1m").await;
        }
        server.advance(60);
        let gate = Gate::default();
        server.cluster.faults().inject(Calls::DeleteBinding, When::Always, Fault::Delay(gate.clone()));
        let stopping = CancellationToken::new();
        let tasks = start_lease_tasks(server.app(), None, &stopping);
        server.cluster.requests().wait_for(Calls::DeleteBinding, AT_WORK).await;
        stopping.cancel();
        gate.open();
        tasks.wait().await;
        assert_eq!(server.owned().len(), 2 * 8, "what was begun is finished, and nothing else");
        server.cluster.faults().clear();
        server.reap().await;
        assert_eq!(server.owned(), [], "the rest is nobody's, and is found at once");
    }

    async fn leases_whose_objects_the_server_fails_to_remove_hold_up_no_other(server: TestServer) {
        server.cluster.add_role(Some(NAMESPACE), "pod-reader", reads());
        server.cluster.add_account(NAMESPACE, ACCOUNT);
        let token = json!({"clusterToken": server.cluster.add_dynamic_issuer_everywhere()});
        let connection = server.new_connection("staging", &token).await;
        let of = json!({"clusterConnectionId": connection["id"], "namespace": NAMESPACE});
        let temporary = json!({"credentialType": "dynamic", "roleType": "role", "role": "pod-reader"});
        let existing = json!({"credentialType": "static", "serviceAccountName": ACCOUNT, "revocable": true});
        let admin = server.as_admin();
        for (name, inputs) in [("ci", temporary), ("anchored", existing)] {
            let provider = json!({"type": "kubernetes", "inputs": merged(&of, &inputs)});
            let secret = json!({"name": name, "defaultTTL": "1h", "provider": provider});
            admin.post(SECRETS, &merged(&server.place(), &secret)).await.ok();
        }
        for _ in 0..STUCK {
            issue(&server, "1m").await;
        }
        let healthy = server.issue_with(&admin, "anchored", &json!({"ttl": "2m"})).await.ok();
        let fails = Fault::answer(500, "application/json", r#"{"kind": "Status", "message": "no webhook"}"#);
        server.cluster.faults().inject(Calls::DeleteBinding, When::Always, fails);
        server.advance(60);
        server.reap().await;
        pass(&server, 60 + LONGEST_PAUSE).await;
        assert_eq!(state(&server, healthy["lease"]["id"].as_str().unwrap()).await, "ended");
        let bindings = server.owned().iter().filter(|object| object.kind == ObjectKind::RoleBinding).count();
        assert_eq!(bindings, STUCK, "the others cannot be ended");
    }
}
