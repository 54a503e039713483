//! Looking after people.

use mayfly_testkit::both_databases;
use serde_json::json;

use super::is_signed_in;
use crate::support::{PASSWORD, TestServer};

fn path(id: &str) -> String {
    format!("/api/v1/users/{id}")
}

both_databases! {
    async fn people_are_seen_changed_and_removed(server: TestServer) {
        // Two of one moment would be in no order.
        server.advance(1);
        let ben = server.person("ben@example.com", "member").await;
        let listed = server.as_admin().get("/api/v1/users").await.ok();
        let emails: Vec<&str> = listed["users"].as_array().unwrap().iter().map(|user| user["email"].as_str().unwrap()).collect();
        assert_eq!(emails, ["ana@example.com", "ben@example.com"]);
        let changed = server.as_admin().patch(&path(&ben.id), &json!({"name": "Benjamin"})).await.ok();
        assert_eq!(changed["user"]["name"], "Benjamin");
        assert!(is_signed_in(&ben.caller).await, "a name is no right");
        server.as_admin().patch(&path(&ben.id), &json!({"isDisabled": true})).await.ok();
        assert!(!is_signed_in(&ben.caller).await);
        server.try_sign_in(&server.as_nobody(), "ben@example.com", PASSWORD).await.refused(401, "credentials_refused");
        server.as_admin().patch(&path(&ben.id), &json!({"isDisabled": false})).await.ok();
        assert!(!is_signed_in(&ben.caller).await, "what was ended stays ended");
        server.sign_in("ben@example.com", PASSWORD).await;
        server.as_admin().delete(&path(&ben.id), &json!({})).await.ok();
        server.as_admin().get(&path(&ben.id)).await.refused(404, "not_found");
        server.try_sign_in(&server.as_nobody(), "ben@example.com", PASSWORD).await.refused(401, "credentials_refused");
        assert_eq!(server.home.number("SELECT COUNT(*) FROM sessions").await, 0);
        assert_eq!(server.count_events("update-user").await, 3);
        assert_eq!(server.count_events("delete-user").await, 1);
        // The address is free again.
        server.person("ben@example.com", "no-access").await;
    }

    async fn a_new_role_counts_from_the_next_sign_in(server: TestServer) {
        let ben = server.person("ben@example.com", "no-access").await;
        let list = "/api/v1/users";
        ben.caller.get(list).await.refused(403, "permission_denied");
        server.as_admin().patch(&path(&ben.id), &json!({"role": "member"})).await.ok();
        assert!(!is_signed_in(&ben.caller).await, "a session never changes what it may");
        server.as_nobody().with_token(&server.sign_in("ben@example.com", PASSWORD).await).get(list).await.ok();
    }

    async fn the_last_administrator_stays_one(server: TestServer) {
        let ana = server.ana().await;
        for change in [json!({"role": "member"}), json!({"isDisabled": true})] {
            ana.caller.patch(&path(&ana.id), &change).await.refused(400, "last_admin");
        }
        ana.caller.delete(&path(&ana.id), &json!({})).await.refused(400, "last_admin");
        assert!(is_signed_in(&ana.caller).await);
        let ben = server.person("ben@example.com", "admin").await;
        server.as_admin().patch(&path(&ben.id), &json!({"isDisabled": true})).await.ok();
        ana.caller.delete(&path(&ana.id), &json!({})).await.refused(400, "last_admin");
        server.as_admin().patch(&path(&ben.id), &json!({"isDisabled": false})).await.ok();
        ana.caller.patch(&path(&ana.id), &json!({"role": "member"})).await.ok();
        server.as_admin().delete(&path(&ben.id), &json!({})).await.refused(400, "last_admin");
    }
}

#[tokio::test]
async fn two_administrators_who_remove_each_other_at_once_leave_one() {
    let server = TestServer::postgres().await;
    let second = server.second().await;
    for round in 0..5 {
        let ben = server.person(&format!("ben{round}@example.com"), "admin").await;
        let cat = server.person(&format!("cat{round}@example.com"), "admin").await;
        let ana = server.home.text("SELECT id FROM users WHERE email = 'ana@example.com'").await;
        server.as_admin().patch(&path(&ana), &json!({"role": "member"})).await.ok();
        let there = second.as_nobody().with_token(&cat.token);
        let (ben_path, cat_path, nothing) = (path(&ben.id), path(&cat.id), json!({}));
        let told = tokio::join!(ben.caller.delete(&cat_path, &nothing), there.delete(&ben_path, &nothing));
        let admins = "SELECT COUNT(*) FROM users WHERE role = 'admin'";
        assert_eq!(server.home.number(admins).await, 1, "{told:?}");
        server.as_admin().patch(&path(&ana), &json!({"role": "admin"})).await.ok();
        for id in [&ben.id, &cat.id] {
            server.as_admin().delete(&path(id), &nothing).await;
        }
    }
}

#[tokio::test]
async fn whoever_only_sees_people_changes_nobody() {
    let server = TestServer::sqlite().await;
    let (member, other) =
        (server.person("member@example.com", "member").await, server.person("other@example.com", "no-access").await);
    member.caller.get(&path(&other.id)).await.ok();
    member.caller.patch(&path(&other.id), &json!({"role": "member"})).await.refused(403, "permission_denied");
    member.caller.patch(&path(&member.id), &json!({"role": "admin"})).await.refused(403, "permission_denied");
    member.caller.delete(&path(&other.id), &json!({})).await.refused(403, "permission_denied");
    let reset = format!("{}/password-reset", path(&other.id));
    member.caller.post(&reset, &json!({})).await.refused(403, "permission_denied");
    other.caller.get("/api/v1/users").await.refused(403, "permission_denied");
}
