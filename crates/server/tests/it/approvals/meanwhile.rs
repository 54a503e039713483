//! What changed since it was asked for or agreed to counts: rights, people, rules, and what is being used.

use mayfly_testkit::{
    both_databases,
    fake_cluster::{Calls, Fault, Gate, When},
};
use serde_json::{Value, json};

use super::{Scene, waiting};
use crate::support::{Caller, Person, TestServer};

impl Scene {
    fn membership(&self, person: &Person) -> String {
        format!("/api/v1/projects/{}/memberships/users/{}", self.server.project.id, person.id)
    }

    async fn decider(&self, email: &str) -> Person {
        let person = self.server.person(email, "member").await;
        self.admit(&person, "admin").await;
        person
    }

    async fn is_disabled(&self, person: &Person, is_disabled: bool) {
        let path = format!("/api/v1/users/{}", person.id);
        self.server.as_admin().patch(&path, &json!({ "isDisabled": is_disabled })).await.ok();
    }

    async fn loosen(&self, by: &Caller) -> String {
        waiting(&by.patch(&self.policy, &json!({"approval": null})).await)
    }

    async fn is_strict(&self) -> bool {
        self.server.as_admin().get(&self.policy).await.ok()["policy"]["approval"] != Value::Null
    }
}

both_databases! {
    async fn nobody_loosens_a_policy_for_somebody_who_may_not_change_it_any_more(server: TestServer) {
        let scene = Scene::new(server, 1).await;
        let admin = scene.server.as_admin();
        let (ben, dan) = (scene.decider("ben@example.com").await, scene.decider("dan@example.com").await);
        let (of_ben, of_dan) = (scene.loosen(&ben.caller).await, scene.loosen(&dan.caller).await);
        admin.delete(&scene.membership(&ben), &json!({})).await.ok();
        scene.is_disabled(&dan, true).await;
        for request in [of_ben, of_dan] {
            scene.approve(&scene.approver.caller, &request).await.refused(409, "changed_meanwhile");
        }
        assert!(scene.is_strict().await);
        scene.admit(&ben, "admin").await;
        let again = scene.loosen(&ben.caller).await;
        scene.approve(&scene.approver.caller, &again).await.ok();
        assert!(!scene.is_strict().await);
    }

    async fn nobody_loosens_a_connection_for_somebody_who_may_not_change_it_any_more(server: TestServer) {
        let connection = server.new_connection("shared", &json!({})).await;
        let path = format!("/api/v1/cluster-connections/{}", connection["id"].as_str().unwrap());
        let strict = json!({"limits": {"approval": {"approvals": 1, "validFor": "1h"}}});
        server.as_admin().patch(&path, &strict).await.ok();
        let (ben, cleo) = (server.person("ben@example.com", "admin").await, server.person("cleo@example.com", "admin").await);
        let request = waiting(&ben.caller.patch(&path, &json!({"limits": {}})).await);
        let user = format!("/api/v1/users/{}", ben.id);
        server.as_admin().patch(&user, &json!({"role": "member"})).await.ok();
        let approve = format!("/api/v1/organization/approval-requests/{request}/approve");
        cleo.caller.post(&approve, &json!({})).await.refused(409, "changed_meanwhile");
        let found = server.as_admin().get(&path).await.ok();
        assert_eq!(found["clusterConnection"]["limits"]["approval"]["approvals"], 1);
    }

    async fn a_connection_that_was_changed_meanwhile_is_not_loosened(server: TestServer) {
        let connection = server.new_connection("shared", &json!({})).await;
        let path = format!("/api/v1/cluster-connections/{}", connection["id"].as_str().unwrap());
        let admin = server.as_admin();
        let approval = |approvals: u8| json!({"limits": {"approval": {"approvals": approvals, "validFor": "1h"}}});
        admin.patch(&path, &approval(2)).await.ok();
        let (ben, cleo) = (server.person("ben@example.com", "admin").await, server.person("cleo@example.com", "admin").await);
        let dan = server.person("dan@example.com", "admin").await;
        let request = waiting(&ben.caller.patch(&path, &approval(1)).await);
        let approve = |request: &str| format!("/api/v1/organization/approval-requests/{request}/approve");
        cleo.caller.post(&approve(&request), &json!({})).await.ok();
        server.advance(1);
        admin.patch(&path, &approval(3)).await.ok();
        dan.caller.post(&approve(&request), &json!({})).await.refused(409, "changed_meanwhile");
        // The same asked again is about the connection as it is now.
        let again = waiting(&ben.caller.patch(&path, &approval(1)).await);
        assert_ne!(again, request);
    }

    async fn the_word_of_somebody_who_is_gone_or_may_not_decide_any_more_does_not_count(server: TestServer) {
        let scene = Scene::new(server, 2).await;
        let (ben, dan) = (scene.decider("ben@example.com").await, scene.decider("dan@example.com").await);
        let request = scene.waits().await;
        scene.approve(&scene.approver.caller, &request).await.ok();
        scene.is_disabled(&scene.approver, true).await;
        scene.approve(&ben.caller, &request).await.ok();
        assert_eq!(scene.state(&request).await, "pending", "one of both is gone");
        scene.approve(&dan.caller, &request).await.ok();
        assert_eq!(scene.state(&request).await, "approved");
        // Nor does it count later, when the lease is fetched.
        scene.server.as_admin().patch(&scene.membership(&ben), &json!({"roles": [{"role": "viewer"}]})).await.ok();
        let anew = scene.waits().await;
        assert_ne!(anew, request);
        // With their right their word is back, whatever was asked for meanwhile.
        scene.server.as_admin().patch(&scene.membership(&ben), &json!({"roles": [{"role": "admin"}]})).await.ok();
        scene.issue().await.ok();
        assert_eq!(scene.state(&request).await, "used");
        assert_eq!(scene.state(&anew).await, "pending");
    }

    async fn whoever_came_to_stand_behind_the_machine_did_not_agree(server: TestServer) {
        let scene = Scene::new(server, 1).await;
        let ben = scene.server.person("ben@example.com", "admin").await;
        scene.admit(&ben, "admin").await;
        let request = scene.waits().await;
        scene.approve(&ben.caller, &request).await.ok();
        let secrets = format!("/api/v1/auth/universal-auth/identities/{}/client-secrets", scene.asker.id);
        ben.caller.post(&secrets, &json!({})).await.ok();
        assert_ne!(scene.waits().await, request);
    }

    async fn a_rule_that_became_shorter_counts_for_what_was_agreed_to_before(server: TestServer) {
        let scene = Scene::new(server, 1).await;
        let request = scene.waits().await;
        scene.approve(&scene.approver.caller, &request).await.ok();
        scene.server.advance(20 * 60);
        scene.ask_for(&json!({"approval": {"approvals": 1, "validFor": "10m"}})).await.ok();
        assert_ne!(scene.waits().await, request);
    }

    async fn who_decides_in_one_folder_does_not_loosen_the_policy_of_all(server: TestServer) {
        let scene = Scene::new(server, 1).await;
        let admin = scene.server.as_admin();
        let roles = format!("/api/v1/projects/{}/roles", scene.server.project.id);
        let rules = |path: Option<&str>| {
            let mut on = json!({"environment": {"$eq": "prod"}});
            if let Some(path) = path {
                on["secretPath"] = json!({ "$eq": path });
            }
            json!([
                {"subject": "dynamic-secrets", "action": ["approve-leases"], "conditions": on},
                {"subject": "policies", "action": ["read"]},
                {"subject": "project", "action": ["read"]},
            ])
        };
        for (slug, path) in [("root-only", Some("/")), ("everywhere", None)] {
            let role = json!({"slug": slug, "name": slug, "permissions": rules(path)});
            admin.post(&roles, &role).await.ok();
        }
        let (ben, dan) = (scene.server.person("ben@example.com", "member").await, scene.server.person("dan@example.com", "member").await);
        scene.admit(&ben, "root-only").await;
        scene.admit(&dan, "everywhere").await;
        let request = scene.loosen(&scene.owner).await;
        scene.approve(&ben.caller, &request).await.refused(404, "not_found");
        scene.approve(&dan.caller, &request).await.ok();
        assert!(!scene.is_strict().await);
    }

    async fn a_retry_does_not_ask_anew_while_the_word_is_in_use(server: TestServer) {
        let scene = Scene::new(server, 1).await;
        let request = scene.waits().await;
        scene.approve(&scene.approver.caller, &request).await.ok();
        let gate = Gate::default();
        scene.server.cluster.faults().inject(Calls::Token, When::Nth(1), Fault::Delay(gate.clone()));
        let retry = async {
            scene.server.cluster.requests().wait_for(Calls::Token, 1).await;
            let told = scene.issue().await;
            told.refused(409, "approval_in_use");
            assert_eq!(told.problem()["details"]["approvalRequestId"], json!(request));
            gate.open();
        };
        let (first, ()) = tokio::join!(scene.issue(), retry);
        first.ok();
        assert_eq!(scene.state(&request).await, "used");
        assert_eq!(scene.server.count_events("create-approval-request").await, 1);
    }

    async fn what_ran_out_leaves_its_event_when_the_same_is_asked_anew(server: TestServer) {
        let scene = Scene::new(server, 1).await;
        let request = scene.waits().await;
        scene.server.advance(24 * 3_600 + 1);
        assert_ne!(scene.waits().await, request);
        assert_eq!(scene.state(&request).await, "expired");
        assert_eq!(scene.server.count_events("expire-approval-request").await, 1);
    }
}
