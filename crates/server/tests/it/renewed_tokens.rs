//! Tokens that Mayfly itself uses in clusters and exchanges for fresh ones.

use std::sync::Arc;

use mayfly_app::cluster_connections::renew_due;
use mayfly_testkit::{
    both_databases,
    fake_cluster::{Calls, FakeCluster, FakeRight, Fault, Gate, When},
};
use serde_json::{Value, json};

use crate::support::{NAMESPACE, TestServer, merged};

const HOUR: u64 = 3_600;
const DAY: u64 = 24 * HOUR;

async fn shown(server: &TestServer, connection: &Value) -> Value {
    let path = format!("/api/v1/cluster-connections/{}", connection["id"].as_str().unwrap());
    server.as_admin().get(&path).await.ok()["clusterConnection"].clone()
}

async fn renewed(server: &TestServer) -> usize {
    renew_due(server.app()).await.unwrap();
    server.count_events("renew-cluster-token").await
}

async fn issuer_everywhere(server: &TestServer, change: Value) -> Value {
    let token = json!({"clusterToken": server.cluster.add_dynamic_issuer_everywhere()});
    server.new_connection("staging", &merged(&token, &change)).await
}

both_databases! {
    async fn a_token_that_ends_is_exchanged_in_time_and_what_was_issued_before_ends(server: TestServer) {
        let connection = issuer_everywhere(&server, json!({})).await;
        assert_eq!((&connection["renewsToken"], &connection["version"]), (&json!(true), &json!(1)));
        let secret = server.dynamic_secret_request("ci");
        let inputs = json!({
            "credentialType": "dynamic", "clusterConnectionId": connection["id"], "namespace": NAMESPACE,
            "roleType": "role", "role": "pod-reader",
        });
        let mut secret = merged(&secret, &json!({"defaultTTL": "20h", "maxTTL": "24h"}));
        secret["provider"]["inputs"] = inputs;
        // The request above made the issuer anew.
        let token = server.cluster.add_dynamic_issuer_everywhere();
        let path = format!("/api/v1/cluster-connections/{}", connection["id"].as_str().unwrap());
        server.as_admin().patch(&path, &json!({"clusterToken": token})).await.ok();
        server.as_admin().post("/api/v1/dynamic-secrets", &secret).await.ok();
        assert_eq!(renewed(&server).await, 0, "it is fresh");

        server.advance(11 * HOUR);
        assert_eq!(renewed(&server).await, 0);
        server.issue(&server.as_admin(), "ci").await;
        server.advance(HOUR);
        assert_eq!(renewed(&server).await, 1, "half of its day is over");
        let now = shown(&server, &connection).await;
        assert_eq!((&now["version"], &now["renewalProblem"]), (&json!(3), &Value::Null));
        assert_eq!(renewed(&server).await, 1, "once");

        // The first token has ended; what it made is removed with the next.
        server.advance(20 * HOUR);
        server.reap().await;
        assert_eq!(server.owned(), []);
        assert_eq!(renewed(&server).await, 1);
        server.issue(&server.as_admin(), "ci").await;
        for day in 2..20 {
            server.advance(DAY);
            assert_eq!(renewed(&server).await, day);
        }
        server.issue(&server.as_admin(), "ci").await;
    }

    async fn what_cannot_be_exchanged_says_why_and_is_tried_again(server: TestServer) {
        let token = json!({"clusterToken": server.cluster.add_dynamic_issuer(&[NAMESPACE])});
        let connection = server.new_connection("staging", &token).await;
        server.advance(12 * HOUR);
        assert_eq!(renewed(&server).await, 0);
        let problem = shown(&server, &connection).await["renewalProblem"].as_str().unwrap().to_owned();
        assert!(problem.contains("serviceaccounts/token"), "{problem}");
        for _ in 0..5 {
            server.advance(HOUR);
            assert_eq!(renewed(&server).await, 0);
        }
        assert_eq!(server.count_events("fail-cluster-token-renewal").await, 1, "told once");
        let right = FakeRight::everywhere("create", "serviceaccounts/token");
        server.cluster.grant(FakeCluster::DYNAMIC_ISSUER, right);
        server.advance(HOUR);
        assert_eq!(renewed(&server).await, 1);
        assert_eq!(shown(&server, &connection).await["renewalProblem"], Value::Null);
    }

    async fn an_exchange_that_was_cut_off_is_made_again(server: TestServer) {
        let connection = issuer_everywhere(&server, json!({"renewsToken": true})).await;
        let before = server.cluster.token_calls().len();
        let gate = Gate::default();
        server.cluster.faults().inject(Calls::Token, When::Nth(1), Fault::Delay(gate.clone()));
        let dying = renew_due(server.app());
        tokio::select! {
            _ = dying => panic!("the cluster does not answer"),
            () = server.cluster.requests().wait_for(Calls::Token, 1) => {}
        }
        gate.open();
        assert_eq!(renewed(&server).await, 0, "somebody is at it, as far as anybody knows");
        server.advance(5 * 60);
        server.cluster.faults().inject(Calls::Token, When::Nth(1), Fault::LoseAnswer);
        assert_eq!(renewed(&server).await, 0, "the answer was lost");
        server.advance(HOUR);
        assert_eq!(renewed(&server).await, 1);
        assert!(server.cluster.token_calls().len() > before);
        assert_eq!(shown(&server, &connection).await["version"], 2);
    }

    async fn a_wish_not_to_be_exchanged_stands_while_an_exchange_is_on_its_way(server: TestServer) {
        let connection = issuer_everywhere(&server, json!({"renewsToken": true})).await;
        let gate = Gate::default();
        server.cluster.faults().inject(Calls::Token, When::Nth(1), Fault::Delay(gate.clone()));
        let before = server.cluster.requests().count(Calls::Token);
        let app = Arc::clone(server.app());
        let renewing = tokio::spawn(async move { renew_due(&app).await });
        server.cluster.requests().wait_for(Calls::Token, before + 1).await;
        let path = format!("/api/v1/cluster-connections/{}", connection["id"].as_str().unwrap());
        server.as_admin().patch(&path, &json!({"renewsToken": false})).await.ok();
        gate.open();
        renewing.await.unwrap().unwrap();
        let now = shown(&server, &connection).await;
        assert_eq!((&now["renewsToken"], &now["version"]), (&json!(false), &json!(1)));
    }

    async fn whether_a_token_is_exchanged_may_be_said(server: TestServer) {
        let admin = server.as_admin();
        let connection = issuer_everywhere(&server, json!({"renewsToken": false})).await;
        let path = format!("/api/v1/cluster-connections/{}", connection["id"].as_str().unwrap());
        let change = async |change: Value| admin.patch(&path, &change).await.ok()["clusterConnection"]["renewsToken"].clone();
        assert_eq!(connection["renewsToken"], false);
        server.advance(13 * HOUR);
        assert_eq!(renewed(&server).await, 0);
        assert_eq!(change(json!({"renewsToken": true})).await, true);
        assert_eq!(renewed(&server).await, 1, "at once");
        assert_eq!(change(json!({"clusterToken": server.cluster.add_dynamic_issuer_everywhere()})).await, true);
        assert_eq!(change(json!({"renewsToken": false})).await, false);
        server.advance(13 * HOUR);
        assert_eq!(renewed(&server).await, 1);
        let opaque = server.cluster.add_user("admin");
        let faults = admin.patch(&path, &json!({"clusterToken": opaque, "renewsToken": true})).await.faults();
        assert_eq!(faults[0].0, "body.renewsToken");
    }
}
