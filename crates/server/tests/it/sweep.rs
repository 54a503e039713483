//! The sweep: objects of ours that no lease explains are removed, and no others.

use mayfly_domain::plan::ObjectKind;
use mayfly_testkit::{
    both_databases,
    fake_cluster::{Calls, FakeObject, Fault, Gate, When},
};
use serde_json::{Value, json};

use crate::support::{Answer, NAMESPACE, TestServer, TestServerOptions};

/// Older than anything whose row may be on its way.
const OLD: u64 = 8 + 5 + 120;

async fn connection(server: &TestServer, secret: &Value) -> String {
    let all = server.as_admin().get("/api/v1/cluster-connections").await.ok();
    let all = all["clusterConnections"].as_array().unwrap();
    let ours = all.iter().find(|connection| connection["dynamicSecretId"] == secret["id"]).unwrap();
    ours["id"].as_str().unwrap().to_owned()
}

async fn sweep(server: &TestServer, connection: &str, body: &Value) -> Answer {
    server.as_admin().post(&format!("/api/v1/cluster-connections/{connection}/sweep"), body).await
}

/// Forgets leases, as a backup from before them does.
async fn forget(server: &TestServer, leases: &[Value]) {
    for lease in leases {
        let id = lease["lease"]["id"].as_str().unwrap();
        server.home.execute(&format!("DELETE FROM lease_states WHERE lease_id = '{id}'")).await;
        server.home.execute(&format!("DELETE FROM leases WHERE id = '{id}'")).await;
    }
}

async fn issued(server: &TestServer, count: usize) -> Vec<Value> {
    let mut leases = Vec::new();
    for _ in 0..count {
        leases.push(server.issue(&server.as_admin(), "ci").await);
    }
    leases
}

async fn sweep_all(server: &TestServer) {
    mayfly_app::sweep::sweep_all(server.app()).await.unwrap();
}

/// Three objects that only look like `real`: with our label and no seal, with the seal of another object, and with one
/// changed. Their names end with `suffix`.
fn plant_forgeries(server: &TestServer, real: &FakeObject, suffix: &str) {
    let seal = &real.annotations["mayfly.dev/seal"];
    let forged = seal.chars().rev().collect::<String>();
    for (name, seal) in [("no-seal", ""), ("stolen-seal", seal.as_str()), ("changed-seal", forged.as_str())] {
        let annotations = if seal.is_empty() { json!({}) } else { json!({ "mayfly.dev/seal": seal }) };
        let body = json!({"metadata": {"labels": real.labels, "annotations": annotations}});
        let name = format!("{name}{suffix}");
        server.cluster.add_object(ObjectKind::ServiceAccount, Some(NAMESPACE), &name, body);
    }
}

both_databases! {
    async fn what_no_lease_explains_is_removed_and_nothing_else(server: TestServer) {
        let secret = server.new_dynamic_secret("ci").await;
        let leases = issued(&server, 12).await;
        plant_forgeries(&server, &server.owned()[0], "");
        let strangers = server.cluster.objects().len() - server.owned().len();
        forget(&server, &leases[..1]).await;
        sweep_all(&server).await;
        assert_eq!(server.owned().len(), 24 + 3, "what is young may have its row on the way");
        server.advance(OLD);
        sweep_all(&server).await;
        assert_eq!(server.owned().len(), 22 + 3, "one lease's objects are gone");
        assert_eq!(server.cluster.objects().len() - server.owned().len(), strangers);
        let lost = leases[0]["lease"]["id"].as_str().unwrap();
        assert!(server.owned().iter().filter(|object| !object.name.ends_with("-seal"))
            .all(|object| object.labels["mayfly.dev/lease"] != lost));

        let report = sweep(&server, &connection(&server, &secret).await, &json!({})).await.ok()["sweep"].clone();
        let numbers = [&report["found"], &report["explained"], &report["young"]];
        assert_eq!(numbers, [&json!(25), &json!(22), &json!(0)]);
        assert_eq!(report["orphans"], json!([]));
        let unsealed = ["changed-seal", "no-seal", "stolen-seal"].map(|name| format!("ServiceAccount {NAMESPACE}/{name}"));
        assert_eq!(report["unsealed"], json!(unsealed));
        sweep_all(&server).await;
        assert_eq!(server.count_events("sweep-cluster").await, 1);
        assert_eq!(server.count_events("report-unsealed-objects").await, 1, "told once");
    }

    async fn of_a_hundred_forgeries_among_as_many_objects_none_is_removed(server: TestServer) {
        server.new_dynamic_secret("ci").await;
        let leases = issued(&server, 50).await;
        let real = server.owned();
        for (number, object) in real.iter().enumerate().take(34) {
            plant_forgeries(&server, object, &format!("-{number}"));
        }
        forget(&server, &leases[..1]).await;
        server.advance(OLD);
        sweep_all(&server).await;
        let left = server.owned();
        assert_eq!((real.len(), left.len()), (100, 98 + 102), "the objects of one lease are gone");
        assert_eq!(left.iter().filter(|object| object.name.contains("-seal-")).count(), 102);
    }

    async fn objects_of_a_lease_that_is_over_are_orphans(server: TestServer) {
        server.new_dynamic_secret("ci").await;
        let lease = issued(&server, 1).await.remove(0);
        let copies: Vec<FakeObject> = server.owned();
        let bodies: Vec<Value> = copies.iter()
            .map(|object| server.cluster.object(object.kind, object.namespace.as_deref(), &object.name).unwrap())
            .collect();
        let path = format!("/api/v1/dynamic-secrets/leases/{}", lease["lease"]["id"].as_str().unwrap());
        server.as_admin().delete(&path, &server.place()).await.ok();
        assert_eq!(server.owned(), []);
        // A backup of the cluster brings them back.
        for (object, body) in copies.iter().zip(bodies) {
            server.cluster.add_object(object.kind, object.namespace.as_deref(), &object.name, body);
        }
        server.advance(OLD);
        sweep_all(&server).await;
        assert_eq!(server.owned(), []);
    }

    async fn what_ends_while_a_cluster_is_looked_at_is_no_orphan(server: TestServer) {
        let secret = server.new_dynamic_secret("ci").await;
        let leases = issued(&server, 11).await;
        server.advance(OLD);
        let path = format!("/api/v1/cluster-connections/{}/sweep", connection(&server, &secret).await);
        let gate = Gate::default();
        server.cluster.faults().inject(Calls::ListRoles, When::Nth(1), Fault::Delay(gate.clone()));
        let before = server.cluster.requests().count(Calls::ListRoles);
        let caller = server.as_admin();
        let looking = tokio::spawn(async move { caller.post(&path, &json!({})).await });
        server.cluster.requests().wait_for(Calls::ListRoles, before + 1).await;
        for lease in &leases {
            let path = format!("/api/v1/dynamic-secrets/leases/{}", lease["lease"]["id"].as_str().unwrap());
            server.as_admin().delete(&path, &server.place()).await.ok();
        }
        gate.open();
        let report = looking.await.unwrap().ok()["sweep"].clone();
        assert_eq!((&report["found"], &report["explained"], &report["orphans"]), (&json!(22), &json!(22), &json!([])));
        assert_eq!(report["needsApproval"], false);
    }

    async fn a_lease_that_cannot_be_read_keeps_its_objects_and_hides_no_orphan(server: TestServer) {
        server.new_dynamic_secret("ci").await;
        let leases = issued(&server, 12).await;
        forget(&server, &leases[..1]).await;
        let spoilt = leases[1]["lease"]["id"].as_str().unwrap();
        server.home.execute(&format!("UPDATE leases SET holder = '[]' WHERE id = '{spoilt}'")).await;
        server.advance(OLD);
        sweep_all(&server).await;
        assert_eq!(server.owned().len(), 22, "the orphans are gone");
        let of_spoilt = server.owned().into_iter().filter(|object| object.labels["mayfly.dev/lease"] == spoilt);
        assert_eq!(of_spoilt.count(), 2);
    }

    async fn somebody_is_asked_before_many_are_removed(server: TestServer) {
        let secret = server.new_dynamic_secret("ci").await;
        let leases = issued(&server, 11).await;
        forget(&server, &leases).await;
        server.advance(OLD);
        sweep_all(&server).await;
        sweep_all(&server).await;
        assert_eq!(server.owned().len(), 22);
        assert_eq!(server.count_events("hold-cluster-sweep").await, 1, "told once");

        let connection = connection(&server, &secret).await;
        let report = sweep(&server, &connection, &json!({})).await.ok()["sweep"].clone();
        assert_eq!((&report["needsApproval"], report["orphans"].as_array().unwrap().len()), (&json!(true), 22));
        assert_eq!(report["removed"], json!([]), "looking removes nothing");
        let stranger = server.as_machine("member").await;
        let path = format!("/api/v1/cluster-connections/{connection}/sweep");
        stranger.post(&path, &json!({"approve": report["digest"]})).await.refused(403, "permission_denied");
        let nonsense = sweep(&server, &connection, &json!({"approve": "yes"})).await;
        assert_eq!(nonsense.status, 422, "{}", nonsense.text);
        let other = sweep(&server, &connection, &json!({"approve": "0".repeat(32)})).await;
        assert!(other.text.contains("look again"), "{}", other.text);
        assert_eq!(server.owned().len(), 22);
        let done = sweep(&server, &connection, &json!({"approve": report["digest"]})).await.ok()["sweep"].clone();
        assert_eq!((done["removed"].as_array().unwrap().len(), &done["left"]), (22, &json!([])));
        assert_eq!(server.owned(), []);
    }

    async fn an_orphan_that_is_held_is_named_and_goes_later(server: TestServer) {
        server.new_dynamic_secret("ci").await;
        let leases = issued(&server, 1).await;
        let account = server.owned().remove(1);
        server.cluster.hold(account.kind, account.namespace.as_deref(), &account.name);
        forget(&server, &leases).await;
        server.advance(OLD);
        sweep_all(&server).await;
        assert_eq!(server.owned().len(), 1, "the binding is gone");
        server.cluster.release(account.kind, account.namespace.as_deref(), &account.name);
        sweep_all(&server).await;
        assert_eq!(server.owned(), []);
    }
}

#[tokio::test]
async fn two_installations_on_one_cluster_leave_each_others_objects_alone() {
    let one = TestServer::sqlite().await;
    let other =
        TestServer::start(TestServerOptions { seed: 99, ..TestServerOptions::new(crate::support::Database::Sqlite) })
            .await;
    let request = one.dynamic_secret_request("ci");
    for server in [&one, &other] {
        let request = crate::support::merged(&request, &server.place());
        server.as_admin().post("/api/v1/dynamic-secrets", &request).await.ok();
    }
    let (of_one, of_other) = (issued(&one, 1).await, issued(&other, 1).await);
    assert_eq!(one.owned().len(), 4);
    forget(&one, &of_one).await;
    forget(&other, &of_other).await;
    one.advance(OLD);
    other.advance(OLD);
    sweep_all(&one).await;
    assert_eq!(one.owned().len(), 2, "its own are gone");
    let left = one.owned();
    assert!(
        left.iter().all(|object| object.labels["mayfly.dev/lease"] == of_other[0]["lease"]["id"].as_str().unwrap())
    );
    sweep_all(&other).await;
    assert_eq!(one.owned(), []);
}
