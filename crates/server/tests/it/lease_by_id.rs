//! A lease by its id alone: it is seen, which is told, and ended, wherever its dynamic secret lies now.

use mayfly_testkit::both_databases;
use serde_json::{Value, json};

use crate::support::{Answer, Caller, TestServer, merged};

fn id_of(issued: &Value) -> &str {
    issued["lease"]["id"].as_str().unwrap()
}

async fn end(server: &TestServer, caller: &Caller, issued: &Value) -> Answer {
    let project = json!({"projectSlug": server.project.slug});
    caller.post(&format!("/api/v1/leases/{}/end", id_of(issued)), &project).await
}

both_databases! {
    async fn a_lease_is_ended_after_its_folder_was_renamed(server: TestServer) {
        let (admin, project) = (server.as_admin(), &server.project.id);
        let folder = json!({"projectId": project, "environment": "prod", "name": "payments"});
        let made = admin.post("/api/v2/folders", &folder).await.ok()["folder"].clone();
        let within = json!({"path": "/payments"});
        admin.post("/api/v1/dynamic-secrets", &merged(&server.secret_request("ci"), &within)).await.ok();
        let request = merged(&server.lease_request("ci", &json!({})), &within);
        let issued = admin.post("/api/v1/dynamic-secrets/leases", &request).await.ok();
        let other = admin.post("/api/v1/dynamic-secrets/leases", &request).await.ok();

        let renamed = json!({"projectId": project, "environment": "prod", "path": "/", "name": "billing"});
        admin.patch(&format!("/api/v2/folders/{}", made["id"].as_str().unwrap()), &renamed).await.ok();
        let place = merged(&server.place(), &within);
        let by_place = admin.delete(&format!("/api/v1/dynamic-secrets/leases/{}", id_of(&issued)), &place).await;
        assert_eq!(by_place.status, 404, "where it was issued there is nothing now");

        let viewer = server.as_machine("viewer").await;
        end(&server, &viewer, &issued).await.refused(403, "permission_denied");
        let member = server.as_machine("member").await;
        end(&server, &member, &issued).await.refused(404, "lease_not_found");
        assert_eq!(end(&server, &admin, &issued).await.ok()["lease"]["state"], "closed");
        // Once more is no mistake, and the other one is as it was.
        assert_eq!(end(&server, &admin, &issued).await.ok()["lease"]["state"], "closed");
        assert_eq!(server.history(&admin, id_of(&other)).await.ok()["lease"]["state"], "active");
        assert_eq!(server.count_events("delete-dynamic-secret-lease").await, 1);
    }

    async fn a_lease_with_objects_is_ended_by_its_id_and_they_are_removed(server: TestServer) {
        server.new_dynamic_secret("ci").await;
        let holder = server.as_machine("member").await;
        let issued = server.issue(&holder, "ci").await;
        assert_ne!(server.owned(), []);
        let ended = end(&server, &holder, &issued).await.ok()["lease"].clone();
        assert_eq!((&ended["state"], &ended["outcome"]), (&json!("ended"), &json!("revoked")));
        assert_eq!(server.owned(), []);
        assert_eq!(end(&server, &holder, &issued).await.ok()["lease"]["outcome"], "revoked");
    }

    async fn of_two_who_end_a_lease_at_once_both_are_told_that_it_ends(server: TestServer) {
        server.new_secret("ci").await;
        let (admin, holder) = (server.as_admin(), server.as_machine("member").await);
        let issued = server.issue(&holder, "ci").await;
        let (one, other) = tokio::join!(end(&server, &admin, &issued), end(&server, &holder, &issued));
        assert_eq!([one.ok(), other.ok()].map(|answer| answer["lease"]["state"].clone()), ["closed", "closed"]);
        assert_eq!(server.count_events("delete-dynamic-secret-lease").await, 1);
    }

    async fn who_looked_at_a_lease_is_told_once_an_hour(server: TestServer) {
        server.new_secret("ci").await;
        let (admin, holder) = (server.as_admin(), server.as_machine("member").await);
        let issued = server.issue(&holder, "ci").await;
        let place = server.place_query();
        let live = format!("/api/v1/dynamic-secrets/leases/{}?{place}", id_of(&issued));
        let looks = async || server.count_events("get-dynamic-secret-lease").await;
        holder.ask("/api/v1/leases", &[]).await.ok();
        assert_eq!(looks().await, 0, "a list is no look at one of them");
        for _ in 0..3 {
            server.history(&admin, id_of(&issued)).await.ok();
            admin.get(&live).await.ok();
        }
        assert_eq!(looks().await, 1);
        holder.get(&live).await.ok();
        assert_eq!(looks().await, 2, "somebody else looked");
        server.as_machine("member").await.get(&live).await.refused(404, "lease_not_found");
        assert_eq!(looks().await, 2, "nothing was seen");
        server.advance(3601);
        server.history(&admin, id_of(&issued)).await.ok();
        assert_eq!(looks().await, 3);
        let told = server.events().await.into_iter().find(|event| event["event"]["type"] == "get-dynamic-secret-lease");
        let told = told.unwrap();
        assert_eq!(told["event"]["metadata"]["leaseId"], issued["lease"]["id"]);
        assert_eq!(told["projectId"], server.project.id.as_str());
    }
}
