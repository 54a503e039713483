//! Leases with objects of their own in the cluster: made for them, and gone with them.

use mayfly_domain::plan::ObjectKind;
use mayfly_testkit::{
    both_databases,
    fake_cluster::{Calls, Fault, Gate, When},
};
use serde_json::{Value, json};

use crate::support::{NAMESPACE, TestServer, merged, wait_until};

const LEASES: &str = "/api/v1/dynamic-secrets/leases";

fn id_of(issued: &Value) -> &str {
    issued["lease"]["id"].as_str().unwrap()
}

async fn end(server: &TestServer, id: &str) -> Value {
    server.as_admin().delete(&format!("{LEASES}/{id}"), &server.place()).await.ok()["lease"].clone()
}

both_databases! {
    async fn a_dynamic_lease_comes_with_an_account_and_goes_with_it(server: TestServer) {
        server.new_dynamic_secret("ci").await;
        let issued = server.issue(&server.as_admin(), "ci").await;
        let made = server.owned();
        let kinds: Vec<ObjectKind> = made.iter().map(|object| object.kind).collect();
        assert_eq!(kinds, [ObjectKind::RoleBinding, ObjectKind::ServiceAccount]);
        assert!(made.iter().all(|object| object.labels["mayfly.dev/lease"] == id_of(&issued)));
        assert_eq!(issued["lease"]["externalEntityId"], made[1].name.as_str());

        let ended = end(&server, id_of(&issued)).await;
        assert_eq!((&ended["state"], &ended["outcome"]), (&json!("ended"), &json!("revoked")));
        assert_eq!(server.owned(), []);
        assert_eq!(server.count_events("clean-up-dynamic-secret-lease").await, 1);
    }

    async fn a_lease_of_a_minute_ends_on_time_with_all_it_has(server: TestServer) {
        server.new_dynamic_secret("ci").await;
        let issued = server.issue_with(&server.as_admin(), "ci", &json!({"ttl": "1m"})).await.ok();
        server.advance(59);
        server.reap().await;
        assert_eq!(server.owned().len(), 2, "a second is left");
        server.advance(1);
        server.reap().await;
        assert_eq!(server.owned(), []);
        let lease = server.history(&server.as_admin(), id_of(&issued)).await.ok()["lease"].clone();
        assert_eq!((&lease["state"], &lease["outcome"]), (&json!("ended"), &json!("expired")));
        assert_eq!(server.count_events("expire-dynamic-secret-lease").await, 1);
    }

    async fn a_cluster_that_is_away_keeps_its_leases_waiting_and_says_why(server: TestServer) {
        server.new_dynamic_secret("ci").await;
        let issued = server.issue(&server.as_admin(), "ci").await;
        server.cluster.faults().inject(Calls::DeleteObject, When::Always, Fault::Reset);
        let waiting = end(&server, id_of(&issued)).await;
        assert_eq!((&waiting["state"], &waiting["status"]), (&json!("ending"), &json!("Failed to delete")));
        assert!(waiting["statusDetails"].as_str().unwrap().contains("could not be reached"), "{waiting}");
        assert_eq!(server.owned().len(), 2);
        // A week of it: nothing is given up, and nothing more is told. The credential expires meanwhile.
        for _ in 0..7 * 24 {
            server.advance(3600);
            server.reap().await;
        }
        assert_eq!(server.count_events("delay-dynamic-secret-lease-clean-up").await, 1);
        server.cluster.faults().clear();
        server.advance(15 * 60);
        server.reap().await;
        assert_eq!(server.owned().len(), 2);
        let token = server.cluster.add_dynamic_issuer_everywhere();
        let change = json!({"data": {"inputs": {"clusterToken": token}}});
        let secret = "/api/v1/dynamic-secrets/ci";
        server.as_admin().patch(secret, &merged(&server.place(), &change)).await.ok();
        server.advance(15 * 60);
        server.reap().await;
        assert_eq!(server.owned(), []);
        let lease = server.history(&server.as_admin(), id_of(&issued)).await.ok()["lease"].clone();
        assert_eq!((&lease["state"], &lease["outcome"]), (&json!("ended"), &json!("revoked")));
    }

    async fn what_a_failed_issue_had_made_is_gone_before_its_caller_is_told(server: TestServer) {
        server.new_dynamic_secret("ci").await;
        server.cluster.faults().inject(Calls::Token, When::Always, Fault::answer(403, "application/json", "{}"));
        assert_eq!(server.issue_with(&server.as_admin(), "ci", &json!({})).await.status, 400);
        assert!(server.cluster.requests().count(Calls::CreateObject) >= 2, "it got that far");
        assert_eq!(server.owned(), []);
        assert_eq!(server.count_events("fail-dynamic-secret-lease").await, 1);
    }

    async fn leases_of_a_removed_secret_end_or_run_out_as_was_chosen(server: TestServer) {
        let admin = server.as_admin();
        let remove = async |leases: Option<&str>| {
            let body = merged(&server.place(), &json!({"leases": leases, "isForced": true}));
            admin.delete("/api/v1/dynamic-secrets/ci", &body).await
        };
        let issue = async || {
            server.new_dynamic_secret("ci").await;
            id_of(&server.issue(&admin, "ci").await).to_owned()
        };
        let state = async |id: &str| server.history(&admin, id).await.ok()["lease"]["state"].clone();
        let first = issue().await;
        remove(Some("refuse")).await.refused(409, "has_live_leases");
        assert_eq!(remove(Some("perhaps")).await.status, 422);
        assert_eq!(state(&first).await, "active", "nothing was touched");
        server.cluster.faults().inject(Calls::DeleteObject, When::Always, Fault::Reset);
        let left = remove(None).await.ok()["leasesLeft"].clone();
        assert_eq!((&left[0]["id"], &left[0]["state"]), (&json!(first), &json!("ending")), "force gives nothing up");
        server.reap().await;
        assert_eq!(server.owned().len(), 2, "the cluster does not answer");
        server.cluster.faults().clear();
        server.advance(60);
        server.reap().await;
        assert_eq!((state(&first).await, server.owned()), (json!("ended"), vec![]), "the secret is gone, its way is kept");

        let second = issue().await;
        let left = remove(Some("run-out")).await.ok()["leasesLeft"].clone();
        assert_eq!((&left[0]["id"], &left[0]["state"]), (&json!(second), &json!("active")));
        server.reap().await;
        assert_eq!(server.owned().len(), 2);
        server.advance(3600);
        server.reap().await;
        assert_eq!((state(&second).await, server.owned()), (json!("ended"), vec![]));
        server.new_dynamic_secret("ci").await;
        assert_eq!(remove(Some("refuse")).await.ok()["leasesLeft"], json!([]), "there are none");
    }

    async fn what_goes_with_its_environment_or_project_names_the_leases_that_are_left(server: TestServer) {
        let admin = server.as_admin();
        let environments = format!("/api/v1/projects/{}/environments", server.project.id);
        let prod = admin.get(&format!("{environments}/slug/prod")).await.ok()["environment"]["id"].clone();
        for path in [format!("{environments}/{}", prod.as_str().unwrap()), format!("/api/v1/projects/{}", server.project.id)] {
            if path.contains("environments") {
                server.new_secret("static").await;
                server.issue(&admin, "static").await;
                server.new_dynamic_secret("ci").await;
                server.issue(&admin, "ci").await;
            }
            let left = admin.delete(&path, &json!({})).await.ok()["leasesLeft"].clone();
            let mut states: Vec<&str> = left.as_array().unwrap().iter().map(|lease| lease["state"].as_str().unwrap()).collect();
            states.sort_unstable();
            let expected: &[&str] = if path.contains("environments") { &["closed", "ending"] } else { &[] };
            assert_eq!(states, expected, "{path}");
        }
        server.reap().await;
        assert_eq!(server.owned(), []);
    }

    async fn leases_of_a_changed_secret_run_out_or_end_as_was_chosen(server: TestServer) {
        let admin = server.as_admin();
        server.new_dynamic_secret("ci").await;
        let change = async |leases: Option<&str>| {
            let body = merged(&server.place(), &json!({"leases": leases, "data": {"defaultTTL": "30m"}}));
            admin.patch("/api/v1/dynamic-secrets/ci", &body).await
        };
        let state = async |id: &str| server.history(&admin, id).await.ok()["lease"]["state"].clone();
        let first = id_of(&server.issue(&admin, "ci").await).to_owned();
        change(Some("refuse")).await.refused(409, "has_live_leases");
        assert_eq!(change(Some("perhaps")).await.status, 422);
        assert_eq!(change(None).await.ok()["dynamicSecret"]["version"], 2, "what was refused changed nothing");
        assert_eq!(state(&first).await, "active", "it keeps what it had");

        // One that is being issued meanwhile is of the old kind too.
        for (leases, tokens) in [("end", 2), ("refuse", 3)] {
            let gate = Gate::default();
            server.cluster.faults().inject(Calls::Token, When::Nth(1), Fault::Delay(gate.clone()));
            let (caller, request) = (server.as_admin(), server.lease_request("ci", &json!({})));
            let asking = tokio::spawn(async move { caller.post(LEASES, &request).await });
            server.cluster.requests().wait_for(Calls::Token, tokens).await;
            let changed = change(Some(leases)).await.ok();
            let left = changed["leasesLeft"].as_array().map_or(0, Vec::len);
            assert_eq!(left, usize::from(leases == "end"), "{changed}");
            gate.open();
            asking.await.unwrap().refused(409, "changed_meanwhile");
            server.reap().await;
            assert_eq!((state(&first).await, server.owned()), (json!("ended"), vec![]));
        }
        let next = server.issue(&admin, "ci").await;
        assert_eq!(change(Some("run-out")).await.status, 200);
        assert_eq!((state(id_of(&next)).await, server.owned().len()), (json!("active"), 2));
    }

    async fn who_is_gone_before_the_answer_holds_nothing(server: TestServer) {
        server.new_dynamic_secret("ci").await;
        let gate = Gate::default();
        server.cluster.faults().inject(Calls::Token, When::Always, Fault::Delay(gate.clone()));
        let (caller, request) = (server.as_admin(), server.lease_request("ci", &json!({})));
        let asking = tokio::spawn(async move { caller.post(LEASES, &request).await });
        server.cluster.requests().wait_for(Calls::Token, 1).await;
        asking.abort();
        assert!(asking.await.unwrap_err().is_cancelled());
        gate.open();
        wait_until("the lease that nobody received is ended", async || server.ended_leases().await == 1).await;
        assert_eq!(server.owned(), []);
        assert_eq!(server.count_events("create-dynamic-secret-lease").await, 1, "it was issued all the same");
        assert_eq!(server.count_events("delete-dynamic-secret-lease").await, 1);
    }

    async fn a_namespace_that_went_away_takes_nothing_with_it_that_is_missed(server: TestServer) {
        server.new_dynamic_secret("ci").await;
        let issued = server.issue(&server.as_admin(), "ci").await;
        server.cluster.remove_namespace(NAMESPACE);
        assert_eq!(end(&server, id_of(&issued)).await["outcome"], "revoked");
    }
}
