//! What an environment asks of every lease, and that the stricter of two rules counts.

use mayfly_testkit::both_databases;
use serde_json::json;

use super::{Scene, policy_of, waiting};
use crate::support::{TestServer, merged, paths_and_codes};

both_databases! {
    async fn a_reason_a_limit_and_revocable_tokens_are_asked_for(server: TestServer) {
        server.new_secret("ci").await;
        let (admin, policy, machine) = (server.as_admin(), policy_of(&server).await, server.as_machine("member").await);
        admin.patch(&policy, &json!({"requiresReason": true, "maxTTL": "90m"})).await.ok();
        let faults = server.issue_with(&machine, "ci", &json!({})).await.faults();
        assert_eq!(paths_and_codes(&faults), [("body.reason", "required")]);
        let long = json!({"reason": "a release", "ttl": "2h"});
        let words = server.issue_with(&machine, "ci", &long).await.refused(400, "against_policy");
        assert!(words.contains("90m"), "{words}");
        let issued = server.issue_with(&machine, "ci", &json!({"reason": "a release", "ttl": "90m"})).await.ok();
        let lease = server.history(&machine, issued["lease"]["id"].as_str().unwrap()).await.ok();
        assert_eq!(lease["lease"]["reason"], "a release");
        admin.patch(&policy, &json!({"requiresRevocable": true})).await.ok();
        let words = server.issue_with(&machine, "ci", &json!({"reason": "a release"})).await.refused(400, "against_policy");
        assert!(words.contains("taken back"), "{words}");
        // Nor is a dynamic secret saved that could give out nothing.
        let other = server.secret_request("other");
        let faults = admin.post("/api/v1/dynamic-secrets", &other).await.faults();
        assert_eq!(paths_and_codes(&faults), [("body.provider.inputs.revocable", "environment_policy")]);
        let dev = merged(&other, &json!({"environmentSlug": "dev"}));
        admin.post("/api/v1/dynamic-secrets", &dev).await.ok();
        assert_eq!(server.count_events("update-environment-policy").await, 2);
    }

    async fn the_stricter_of_environment_and_connection_counts(server: TestServer) {
        let scene = Scene::new(server, 1).await;
        let strict = json!({"limits": {"approval": {"approvals": 2, "validFor": "2h"}}});
        let connection = scene.server.new_connection("shared", &strict).await;
        let inputs = json!({"provider": {"inputs": {"clusterConnectionId": connection["id"]}}});
        let mut request = merged(&scene.server.secret_request("shared"), &inputs);
        let fields = request["provider"]["inputs"].as_object_mut().unwrap();
        for field in ["url", "ca", "clusterToken", "sslEnabled"] {
            fields.remove(field);
        }
        scene.server.as_admin().post("/api/v1/dynamic-secrets", &request).await.ok();
        let asked = waiting(&scene.server.issue_with(&scene.caller, "shared", &json!({})).await);
        assert_eq!(scene.seen(&asked).await["approvals"], 2);
        scene.approve(&scene.approver.caller, &asked).await.ok();
        assert_eq!(scene.state(&asked).await, "pending");
        let second = scene.server.person("ben@example.com", "member").await;
        scene.admit(&second, "admin").await;
        scene.approve(&second.caller, &asked).await.ok();
        // The environment's hour is shorter than the connection's two.
        scene.server.advance(3_601);
        assert_eq!(scene.state(&asked).await, "expired");
        // In another environment the connection's own rule is what counts.
        let dev = merged(&request, &json!({"environmentSlug": "dev"}));
        scene.server.as_admin().post("/api/v1/dynamic-secrets", &dev).await.ok();
        let dev = json!({"environmentSlug": "dev"});
        let asked = waiting(&scene.server.issue_with(&scene.caller, "shared", &dev).await);
        assert_eq!(scene.seen(&asked).await["approvals"], 2);
    }
}
