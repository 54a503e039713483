//! A database that is a copy or was restored: nothing is issued or ended until somebody says that it is the one.

use mayfly_testkit::both_databases;
use serde_json::json;

use crate::support::{TestServer, merged};

const ADOPT: &str = "/api/v1/admin/adopt";
const WHO_AM_I: &str = "/api/v1/identities/details";
/// The cluster's token, which is in the copy too, lives for a day.
const ALMOST_A_DAY: u64 = 23 * 60 * 60;
/// Longer than what was found out about a credential is remembered, and older than anything whose row may be on its way.
const OLD: u64 = 8 + 5 + 120;

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

both_databases! {
    async fn whoever_was_signed_in_by_the_copy_signs_in_anew_but_for_who_adopts_it(server: TestServer) {
        let mut server = server;
        let machine = server.lone_machine("no-access", &json!({})).await;
        let (ana, ben) = (server.ana().await, server.person("ben@example.com", "member").await);
        let reset = format!("/api/v1/users/{}/password-reset", ben.id);
        server.as_admin().post(&reset, &json!({})).await.ok();
        let machine_token = server.as_nobody().with_token(&machine.token);
        held(&mut server).await;
        let [ana, ben] = [&ana.token, &ben.token].map(|token| server.as_nobody().with_token(token));
        let machine_token = machine_token.at_server(&server.as_nobody());
        for session in [&ana, &ben] {
            session.get("/api/v1/users/me").await.ok();
        }
        machine_token.get(WHO_AM_I).await.ok();
        assert_eq!(server.home.number("SELECT COUNT(*) FROM password_links").await, 1);
        ana.post(ADOPT, &json!({})).await.ok();
        server.advance(3);
        ana.get("/api/v1/users/me").await.ok();
        ben.get("/api/v1/users/me").await.refused(401, "session_ended");
        assert_eq!(machine_token.get(WHO_AM_I).await.status, 401);
        assert_eq!(server.home.number("SELECT COUNT(*) FROM password_links").await, 0);
        let anew = server.log_in(&machine).await;
        server.as_nobody().with_token(anew["accessToken"].as_str().unwrap()).get(WHO_AM_I).await.ok();
    }
}

/// The file of a day ago in the place of the newest one, as the guide says it.
#[tokio::test]
async fn a_copy_of_a_day_ago_ends_what_it_knows_and_sweeps_what_it_does_not() {
    let mut server = TestServer::sqlite().await;
    server.new_dynamic_secret("ci").await;
    let machine = server.lone_machine("no-access", &json!({})).await;
    let admin_of_old = server.admin_token().to_owned();
    let old = server.issue(&server.as_admin(), "ci").await;
    let old = old["lease"]["id"].as_str().unwrap().to_owned();
    let copy = server.home.data_dir().with_file_name("copy.db");
    server.home.execute(&format!("VACUUM INTO '{}'", copy.display())).await;
    // What happens after the copy: a token is revoked, a lease ends and another begins.
    let token = server.as_nobody().with_token(&machine.token);
    server.as_nobody().post("/api/v1/auth/token/revoke", &json!({"accessToken": machine.token})).await.ok();
    server.advance(ALMOST_A_DAY);
    server.reap().await;
    assert_eq!(server.owned(), []);
    server.issue(&server.as_admin(), "ci").await;
    assert_eq!(server.owned().len(), 2);
    server.stop().await;
    for name in ["mayfly.db", "mayfly.db-wal", "mayfly.db-shm"] {
        let path = server.home.data_dir().join(name);
        if path.exists() {
            std::fs::rename(&path, path.with_extension("moved-away")).unwrap();
        }
    }
    std::fs::rename(&copy, server.home.data_dir().join("mayfly.db")).unwrap();
    server.resume().await;
    let admin = server.as_nobody().with_token(&admin_of_old);
    assert_eq!(admin.get("/api/status").await.ok()["isHeld"], true);
    let token = token.at_server(&server.as_nobody());
    token.get(WHO_AM_I).await.ok();
    admin.post(ADOPT, &json!({})).await.ok();
    server.advance(OLD);
    assert_eq!(token.get(WHO_AM_I).await.status, 401, "what was revoked after the copy is so again");
    server.reap().await;
    let lease = server.history(&admin, &old).await.ok();
    assert_eq!(lease["lease"]["outcome"], "expired", "{lease}");
    mayfly_app::sweep::sweep_all(server.app()).await.unwrap();
    assert_eq!(server.owned(), [], "what the copy does not know is gone");
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
