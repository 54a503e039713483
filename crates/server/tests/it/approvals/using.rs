//! What was agreed to is used once, by whoever asked, and for nothing else.

use mayfly_app::approvals::expire_overdue;
use mayfly_testkit::{
    both_databases,
    fake_cluster::{Calls, Fault, When},
};
use serde_json::json;

use super::{Scene, waiting};
use crate::support::{TestServer, merged};

const HOUR: u64 = 3_600;

both_databases! {
    async fn a_lease_waits_for_another_person_and_is_issued_once(server: TestServer) {
        let scene = Scene::new(server, 1).await;
        let calls = scene.server.cluster.requests().count(Calls::All);
        let request = scene.waits().await;
        assert_eq!(scene.waits().await, request, "asking again is the same request");
        assert_eq!(scene.server.count_events("create-approval-request").await, 1);
        let seen = scene.seen(&request).await;
        assert_eq!((&seen["state"], &seen["wish"]["type"]), (&json!("pending"), &json!("issue-lease")));
        assert_eq!((&seen["wish"]["name"], &seen["wish"]["ttlSeconds"]), (&json!("ci"), &json!(HOUR)));
        assert_eq!(seen["requester"]["id"], json!(scene.asker.id));
        scene.approve(&scene.approver.caller, &request).await.ok();
        assert_eq!(scene.seen(&request).await["votes"][0]["comment"], "go on");
        assert_eq!(scene.server.cluster.requests().count(Calls::All), calls, "the cluster is asked for nothing until then");

        let issued = scene.issue().await.ok();
        let token = issued["data"]["TOKEN"].as_str().unwrap();
        let used = scene.seen(&request).await;
        assert_eq!((&used["state"], &used["leaseId"]), (&json!("used"), &issued["lease"]["id"]));
        assert!(!used.to_string().contains(token), "whoever agreed never sees the token");
        assert_ne!(scene.waits().await, request, "it was good for one lease");
    }

    async fn whoever_asked_fetches_it_once_and_nobody_else_does(server: TestServer) {
        let scene = Scene::new(server, 1).await;
        let request = scene.waits().await;
        let fetch = format!("{}/lease", scene.path(&request));
        assert_eq!(waiting(&scene.caller.post(&fetch, &json!({})).await), request, "not yet");
        scene.approve(&scene.approver.caller, &request).await.ok();
        scene.approver.caller.post(&fetch, &json!({})).await.refused(404, "not_found");
        scene.server.as_admin().post(&fetch, &json!({})).await.refused(404, "not_found");
        let issued = scene.caller.post(&fetch, &json!({})).await.ok();
        assert!(issued["data"]["TOKEN"].is_string());
        assert_eq!(scene.state(&request).await, "used");
        let again = waiting(&scene.caller.post(&fetch, &json!({})).await);
        assert_ne!(again, request, "a used one asks anew");
    }

    async fn a_word_is_for_exactly_what_was_asked_of_exactly_this_configuration(server: TestServer) {
        let scene = Scene::new(server, 1).await;
        let request = scene.waits().await;
        scene.approve(&scene.approver.caller, &request).await.ok();
        for other in [json!({"ttl": "59m"}), json!({"reason": "another one"}), json!({"ttl": "1h"})] {
            let asked = waiting(&scene.server.issue_with(&scene.caller, "ci", &other).await);
            assert_ne!(asked, request, "{other} was not agreed to");
        }
        let twin = scene.server.as_machine("member").await;
        let asked = waiting(&scene.server.issue_with(&twin, "ci", &json!({})).await);
        assert_ne!(asked, request, "another machine was not agreed to");
        let change = merged(&scene.server.place(), &json!({"data": {"defaultTTL": "30m"}}));
        scene.server.as_admin().patch("/api/v1/dynamic-secrets/ci", &change).await.ok();
        let changed = scene.waits().await;
        assert_ne!(changed, request, "another configuration was not agreed to");
        // Nobody can agree to a configuration that is no more.
        let change = merged(&scene.server.place(), &json!({"data": {"defaultTTL": "20m"}}));
        scene.server.as_admin().patch("/api/v1/dynamic-secrets/ci", &change).await.ok();
        scene.approve(&scene.approver.caller, &changed).await.refused(409, "changed_meanwhile");
    }

    async fn a_word_ends(server: TestServer) {
        let scene = Scene::new(server, 1).await;
        let request = scene.waits().await;
        scene.approve(&scene.approver.caller, &request).await.ok();
        scene.server.advance(HOUR + 1);
        let anew = scene.waits().await;
        assert_ne!(anew, request);
        assert_eq!(scene.state(&request).await, "expired");
        expire_overdue(scene.server.app()).await.unwrap();
        assert_eq!(scene.server.count_events("expire-approval-request").await, 1);
        // Nobody agreed to the second one within a day.
        scene.server.advance(24 * HOUR + 1);
        let late = scene.server.sign_in("cleo@example.com", crate::support::PASSWORD).await;
        let late = scene.server.as_nobody().with_token(&late);
        scene.approve(&late, &anew).await.refused(409, "request_is_over");
        expire_overdue(scene.server.app()).await.unwrap();
        expire_overdue(scene.server.app()).await.unwrap();
        assert_eq!(scene.server.count_events("expire-approval-request").await, 2);
    }

    async fn a_lease_that_nobody_got_gives_the_word_back(server: TestServer) {
        let scene = Scene::new(server, 1).await;
        let request = scene.waits().await;
        scene.approve(&scene.approver.caller, &request).await.ok();
        let refusal = Fault::answer(403, "application/json", "{}");
        scene.server.cluster.faults().inject(Calls::Token, When::Always, refusal);
        let answer = scene.issue().await;
        assert!(answer.status >= 400, "{}", answer.text);
        assert_eq!(scene.state(&request).await, "approved", "nobody got what was agreed to");
        assert_eq!(scene.server.count_events("give-back-approval-request").await, 1);
        let told = format!(
            "SELECT COUNT(*) FROM audit_events WHERE kind = 'fail-dynamic-secret-lease' AND metadata LIKE '%{request}%'"
        );
        assert_eq!(scene.server.home.number(&told).await, 1, "the failure names it");
        scene.server.cluster.faults().clear();
        scene.issue().await.ok();
        assert_eq!(scene.state(&request).await, "used");
    }
}
