//! Who decides: another person, never a machine, and nobody who can act as the machine that asks.

use mayfly_testkit::both_databases;
use serde_json::json;

use super::{Scene, waiting};
use crate::support::TestServer;

both_databases! {
    async fn nobody_decides_for_themselves_nor_does_a_machine(server: TestServer) {
        let scene = Scene::new(server, 1).await;
        let own = waiting(&scene.server.issue_with(&scene.approver.caller, "ci", &json!({})).await);
        scene.approve(&scene.approver.caller, &own).await.refused(403, "not_yours_to_decide");
        let request = scene.waits().await;
        scene.approve(&scene.caller, &request).await.refused(403, "permission_denied");
        scene.approve(&scene.server.as_admin(), &request).await.refused(403, "not_yours_to_decide");
        let reader = scene.server.person("ben@example.com", "member").await;
        scene.admit(&reader, "viewer").await;
        scene.approve(&reader.caller, &request).await.refused(403, "permission_denied");
        reader.caller.get(&scene.path(&request)).await.refused(404, "not_found");
        assert_eq!(scene.seen(&request).await["votes"], json!([]));
        scene.approve(&scene.approver.caller, &request).await.ok();
        let other = scene.server.person("dan@example.com", "member").await;
        scene.admit(&other, "admin").await;
        scene.approve(&other.caller, &own).await.ok();
    }

    async fn whoever_holds_the_keys_of_a_machine_does_not_agree_to_what_it_asks(server: TestServer) {
        let scene = Scene::new(server, 1).await;
        let keeper = scene.server.person("ben@example.com", "admin").await;
        scene.admit(&keeper, "admin").await;
        let request = scene.waits().await;
        // At first they hold none.
        let secrets = format!("/api/v1/auth/universal-auth/identities/{}/client-secrets", scene.asker.id);
        keeper.caller.post(&secrets, &json!({})).await.ok();
        let why = scene.approve(&keeper.caller, &request).await.refused(403, "not_yours_to_decide");
        assert!(why.contains("act as the machine"), "{why}");
        // And through a machine whose keys they hold.
        let (between, asker) = (scene.server.machine("admin", &json!({})).await, scene.server.machine("member", &json!({})).await);
        let path = |id: &str| format!("/api/v1/auth/universal-auth/identities/{id}/client-secrets");
        let as_between = scene.server.as_nobody().with_token(&between.token);
        let promoted = json!({"role": "admin"});
        scene.server.as_admin().patch(&format!("/api/v1/identities/{}", between.id), &promoted).await.ok();
        as_between.post(&path(&asker.id), &json!({})).await.ok();
        let caller = scene.server.as_nobody().with_token(&asker.token);
        let request = waiting(&scene.server.issue_with(&caller, "ci", &json!({})).await);
        keeper.caller.post(&path(&between.id), &json!({})).await.ok();
        scene.approve(&keeper.caller, &request).await.refused(403, "not_yours_to_decide");
        scene.approve(&scene.approver.caller, &request).await.ok();
    }

    async fn as_many_agree_as_are_asked_for_and_each_counts_once(server: TestServer) {
        let scene = Scene::new(server, 2).await;
        let request = scene.waits().await;
        scene.approve(&scene.approver.caller, &request).await.ok();
        assert_eq!(scene.state(&request).await, "pending");
        scene.approve(&scene.approver.caller, &request).await.refused(403, "not_yours_to_decide");
        assert_eq!(scene.waits().await, request);
        let second = scene.server.person("ben@example.com", "member").await;
        scene.admit(&second, "admin").await;
        scene.approve(&second.caller, &request).await.ok();
        assert_eq!(scene.state(&request).await, "approved");
        scene.issue().await.ok();
    }

    async fn a_no_stands_for_an_hour_and_tells_why(server: TestServer) {
        let scene = Scene::new(server, 1).await;
        let request = scene.waits().await;
        let deny = format!("{}/deny", scene.path(&request));
        scene.approver.caller.post(&deny, &json!({})).await.refused(422, "validation_failure");
        scene.approver.caller.post(&deny, &json!({"reason": "not on a Friday"})).await.ok();
        let told = scene.issue().await;
        let words = told.refused(403, "approval_denied");
        assert!(words.contains("not on a Friday") && words.contains("cleo@example.com"), "{words}");
        scene.approve(&scene.approver.caller, &request).await.refused(409, "request_is_over");
        scene.server.advance(3_601);
        assert_ne!(scene.waits().await, request);
    }

    async fn whoever_asked_takes_it_back_and_nobody_else_does(server: TestServer) {
        let scene = Scene::new(server, 1).await;
        let request = scene.waits().await;
        let cancel = format!("{}/cancel", scene.path(&request));
        scene.approver.caller.post(&cancel, &json!({})).await.refused(404, "not_found");
        scene.caller.post(&cancel, &json!({})).await.ok();
        scene.caller.post(&cancel, &json!({})).await.refused(409, "request_is_over");
        assert_eq!(scene.state(&request).await, "cancelled");
        assert_ne!(scene.waits().await, request);
    }

    async fn lists_have_pages_and_everybody_sees_what_is_theirs(server: TestServer) {
        let scene = Scene::new(server, 1).await;
        let mut requests = Vec::new();
        for ttl in ["10m", "20m", "30m"] {
            requests.push(waiting(&scene.server.issue_with(&scene.caller, "ci", &json!({"ttl": ttl})).await));
            scene.server.advance(1);
        }
        requests.reverse();
        let list = async |by: &crate::support::Caller, query: &str| {
            let path = format!("/api/v1/projects/{}/approval-requests?{query}", scene.server.project.id);
            let page = by.get(&path).await.ok();
            let ids = page["approvalRequests"].as_array().unwrap().iter();
            let ids: Vec<String> = ids.map(|request| request["id"].as_str().unwrap().to_owned()).collect();
            (ids, page["nextCursor"].as_str().map(str::to_owned))
        };
        let (first, cursor) = list(&scene.approver.caller, "limit=2").await;
        assert_eq!(first, requests[..2]);
        let (rest, end) = list(&scene.approver.caller, &format!("limit=2&cursor={}", cursor.unwrap())).await;
        assert_eq!((rest.as_slice(), end), (&requests[2..], None));
        assert_eq!(list(&scene.caller, "").await.0, requests, "one's own");
        assert_eq!(list(&scene.approver.caller, "state=denied").await.0, Vec::<String>::new());
        let other = scene.server.as_machine("member").await;
        assert_eq!(list(&other, "").await.0, Vec::<String>::new(), "others' are not there");
        other.get(&scene.path(&requests[0])).await.refused(404, "not_found");
    }
}
