//! Asking for less than before takes the word of others, of an environment and of a connection.

use mayfly_testkit::both_databases;
use serde_json::{Value, json};

use super::{Scene, waiting};
use crate::support::TestServer;

impl Scene {
    async fn rules(&self) -> Value {
        self.server.as_admin().get(&self.policy).await.ok()["policy"].clone()
    }
}

both_databases! {
    async fn a_policy_is_loosened_with_the_last_word_and_not_before(server: TestServer) {
        let scene = Scene::new(server, 1).await;
        let none = json!({ "approval": null });
        let request = waiting(&scene.ask_for(&none).await);
        assert_eq!(scene.rules().await["approval"]["approvals"], 1);
        assert_eq!(scene.seen(&request).await["wish"]["type"], "loosen-policy");
        scene.approve(&scene.server.as_admin(), &request).await.refused(403, "not_yours_to_decide");
        scene.waits().await;
        scene.approve(&scene.approver.caller, &request).await.ok();
        assert_eq!(scene.rules().await["approval"], Value::Null);
        assert_eq!(scene.state(&request).await, "used");
        scene.issue().await.ok();
        // Where nobody's word is asked for, less needs none.
        scene.ask_for(&json!({"requiresReason": true})).await.ok();
        scene.ask_for(&json!({"requiresReason": false})).await.ok();
    }

    async fn what_asks_for_others_is_not_removed_with_its_environment(server: TestServer) {
        let scene = Scene::new(server, 1).await;
        let admin = scene.server.as_admin();
        let environment = scene.policy.strip_suffix("/policy").unwrap();
        let project = format!("/api/v1/projects/{}", scene.server.project.id);
        for path in [environment, &project] {
            let why = admin.delete(path, &json!({})).await.refused(409, "guarded_by_approval");
            assert!(why.contains("`prod`") && why.contains("mayfly policy set --no-approval"), "{why}");
        }
        let request = waiting(&scene.ask_for(&json!({ "approval": null })).await);
        scene.approve(&scene.approver.caller, &request).await.ok();
        admin.delete(environment, &json!({})).await.ok();
    }

    async fn more_needs_no_word_and_voids_what_was_asked_of_the_old_one(server: TestServer) {
        let scene = Scene::new(server, 1).await;
        let longer = json!({"approval": {"approvals": 1, "validFor": "2h"}});
        let request = waiting(&scene.ask_for(&longer).await);
        scene.ask_for(&json!({"requiresReason": true})).await.ok();
        let why = scene.approve(&scene.approver.caller, &request).await.refused(409, "changed_meanwhile");
        assert!(!why.is_empty());
        assert_eq!(scene.rules().await["requiresReason"], true);
        waiting(&scene.ask_for(&json!({"requiresReason": false})).await);
    }

    async fn a_connection_is_loosened_with_the_last_word_and_not_before(server: TestServer) {
        let connection = server.new_connection("shared", &json!({})).await;
        let path = format!("/api/v1/cluster-connections/{}", connection["id"].as_str().unwrap());
        let admin = server.as_admin();
        let strict = json!({"limits": {"approval": {"approvals": 1, "validFor": "1h"}}});
        admin.patch(&path, &strict).await.ok();
        let both = json!({"limits": {}, "sharedWith": "all"});
        admin.patch(&path, &both).await.refused(422, "validation_failure");
        let machine = server.lone_machine("admin", &json!({})).await;
        let asker = server.as_nobody().with_token(&machine.token);
        let request = waiting(&asker.patch(&path, &json!({"limits": {}})).await);
        let requests = "/api/v1/organization/approval-requests";
        let member = server.person("ben@example.com", "member").await;
        let approve = format!("{requests}/{request}/approve");
        member.caller.post(&approve, &json!({})).await.refused(403, "permission_denied");
        admin.post(&approve, &json!({})).await.refused(403, "not_yours_to_decide");
        let approver = server.person("cleo@example.com", "admin").await;
        let listed = approver.caller.get(requests).await.ok();
        assert_eq!(listed["approvalRequests"][0]["id"], json!(request));
        let approval = async || admin.get(&path).await.ok()["clusterConnection"]["limits"]["approval"].clone();
        assert_eq!(approval().await["approvals"], 1);
        approver.caller.post(&approve, &json!({})).await.ok();
        assert_eq!(approval().await, Value::Null);
    }
}
