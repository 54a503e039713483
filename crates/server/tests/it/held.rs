//! A database that is a copy or was restored: nothing is issued or ended until somebody says that it is the one.

use mayfly_testkit::both_databases;
use serde_json::json;

use crate::support::{TestServer, merged};

const ADOPT: &str = "/api/v1/admin/adopt";

/// As if the database had been copied from another place, with a lease of each kind in it.
async fn held(server: &mut TestServer) -> String {
    server.new_secret("static").await;
    server.new_dynamic_secret("ci").await;
    server.issue(&server.as_admin(), "static").await;
    let issued = server.issue(&server.as_admin(), "ci").await;
    server.stop().await;
    server.home.execute("UPDATE installation SET database_identity = 'another'").await;
    server.resume().await;
    issued["lease"]["id"].as_str().unwrap().to_owned()
}

both_databases! {
    async fn a_held_database_issues_and_ends_nothing(server: TestServer) {
        let mut server = server;
        let lease = held(&mut server).await;
        let admin = server.as_admin();
        assert_eq!(admin.get("/api/status").await.ok()["isHeld"], true);
        for secret in ["static", "ci"] {
            let refused = server.issue_with(&admin, secret, &json!({})).await;
            assert!(refused.refused(409, "database_held").contains("`mayfly admin adopt`"));
        }
        let ending = admin.delete(&format!("/api/v1/dynamic-secrets/leases/{lease}"), &server.place()).await;
        ending.refused(409, "database_held");
        let secret = "/api/v1/dynamic-secrets/ci";
        admin.delete(secret, &server.place()).await.refused(409, "database_held");
        let change = merged(&server.place(), &json!({"leases": "end", "data": {"defaultTTL": "30m"}}));
        admin.patch(secret, &change).await.refused(409, "database_held");
        let project = format!("/api/v1/projects/{}", server.project.id);
        admin.delete(&project, &json!({})).await.refused(409, "database_held");
        server.advance(2 * 3600);
        assert_eq!(server.reap().await, 0);
        mayfly_app::sweep::sweep_all(server.app()).await.unwrap();
        assert_eq!(server.owned().len(), 2, "nothing is touched in the cluster");
        assert_eq!(server.history(&admin, &lease).await.ok()["lease"]["state"], "active");
    }

    async fn an_administrator_says_that_it_is_the_one_to_go_on_with(server: TestServer) {
        let mut server = server;
        let lease = held(&mut server).await;
        server.as_machine("member").await.post(ADOPT, &json!({})).await.refused(403, "permission_denied");
        assert_eq!(server.as_admin().get("/api/status").await.ok()["isHeld"], true);
        assert_eq!(server.as_admin().post(ADOPT, &json!({})).await.ok(), json!({"wasHeld": true}));
        assert_eq!(server.as_admin().post(ADOPT, &json!({})).await.ok(), json!({"wasHeld": false}));
        assert_eq!(server.count_events("adopt-database").await, 1);
        server.issue(&server.as_admin(), "ci").await;
        server.advance(2 * 3600);
        server.reap().await;
        assert_eq!(server.owned(), []);
        assert_eq!(server.history(&server.as_admin(), &lease).await.ok()["lease"]["outcome"], "expired");
        server.restart().await;
        assert_eq!(server.as_admin().get("/api/status").await.ok()["isHeld"], false, "it stays adopted");
    }
}

#[tokio::test]
async fn servers_on_the_same_database_learn_that_it_was_adopted() {
    let mut server = TestServer::postgres().await;
    held(&mut server).await;
    let second = server.second().await;
    second.issue_with(&second.as_admin(), "ci", &json!({})).await.refused(409, "database_held");
    server.as_admin().post(ADOPT, &json!({})).await.ok();
    second.reap().await;
    second.issue(&second.as_admin(), "ci").await;
}
