//! Sessions: they end when they should, everywhere.

use mayfly_testkit::both_databases;
use serde_json::{Value, json};

use super::{ME, is_signed_in, text};
use crate::support::{ANA, ANAS_PASSWORD, PASSWORD, TestServer};

const SESSIONS: &str = "/api/v1/auth/sessions";
const MINUTE: u64 = 60;

both_databases! {
    async fn a_session_ends_after_half_an_hour_without_a_request(server: TestServer) {
        let ana = server.ana().await;
        for _ in 0..4 {
            server.advance(29 * MINUTE);
            assert!(is_signed_in(&ana.caller).await);
        }
        server.advance(30 * MINUTE + 1);
        assert!(!is_signed_in(&ana.caller).await);
    }

    async fn a_session_ends_after_twelve_hours_whatever_is_done(server: TestServer) {
        let ana = server.ana().await;
        for _ in 0..(12 * 60 / 20 - 1) {
            server.advance(20 * MINUTE);
            assert!(is_signed_in(&ana.caller).await);
        }
        server.advance(20 * MINUTE);
        assert!(!is_signed_in(&ana.caller).await);
        mayfly_app::sessions::delete_ended(server.app()).await.unwrap();
        assert_eq!(server.home.number("SELECT COUNT(*) FROM sessions").await, 0, "its row is removed");
    }

    async fn signing_out_ends_this_session_and_no_other(server: TestServer) {
        let (one, other) = (server.ana().await, server.ana().await);
        assert!(is_signed_in(&one.caller).await);
        let answer = one.caller.post("/api/v1/auth/logout", &json!({})).await;
        answer.ok();
        assert!(answer.header("set-cookie").contains("mayfly=; ") && answer.header("set-cookie").contains("Max-Age=0"));
        assert!(!is_signed_in(&one.caller).await && is_signed_in(&other.caller).await);
        assert_eq!(server.count_events("user-logout").await, 1);
    }

    async fn ones_own_sessions_are_listed_and_ended(server: TestServer) {
        let one = server.ana().await;
        // Two of one moment would be in no order.
        server.advance(1);
        let other = server.ana().await;
        let ben = server.person("ben@example.com", "member").await;
        let listed = other.caller.get(SESSIONS).await.ok();
        let ids: Vec<String> = listed["sessions"].as_array().unwrap().iter().map(|one| text(&one["id"])).collect();
        assert_eq!(ids.len(), 2);
        let current: Vec<&Value> = listed["sessions"].as_array().unwrap().iter().map(|one| &one["isCurrent"]).collect();
        assert_eq!(current, [false, true]);
        assert_eq!(listed["sessions"][0]["ipAddress"], "127.0.0.1");
        // Another's session is as absent as one that is not there.
        ben.caller.delete(&format!("{SESSIONS}/{}", ids[0]), &json!({})).await.refused(404, "not_found");
        assert!(is_signed_in(&one.caller).await);
        other.caller.delete(&format!("{SESSIONS}/{}", ids[0]), &json!({})).await.ok();
        assert!(!is_signed_in(&one.caller).await && is_signed_in(&other.caller).await);
        let third = server.ana().await;
        let ended = third.caller.post(&format!("{SESSIONS}/end-others"), &json!({})).await.ok();
        assert_eq!(ended["ended"], 1);
        assert!(!is_signed_in(&other.caller).await);
        assert!(is_signed_in(&third.caller).await && is_signed_in(&ben.caller).await);
    }

    async fn an_administrator_ends_somebodys_sessions(server: TestServer) {
        let ben = server.person("ben@example.com", "member").await;
        let path = format!("/api/v1/users/{}/sessions/end", ben.id);
        ben.caller.post(&path, &json!({})).await.refused(403, "permission_denied");
        assert_eq!(server.as_admin().post(&path, &json!({})).await.ok()["ended"], 1);
        assert!(!is_signed_in(&ben.caller).await);
    }
}

#[tokio::test]
async fn what_is_taken_away_is_gone_within_two_seconds_on_every_server() {
    let server = TestServer::postgres().await;
    let second = server.second().await;
    let path = |id: &str| format!("/api/v1/users/{id}");
    for (name, role, change) in [
        ("disabled", "member", json!({"isDisabled": true})),
        ("demoted", "admin", json!({"role": "no-access"})),
        ("removed", "member", Value::Null),
        ("signed-out", "member", Value::Null),
        ("other-password", "member", Value::Null),
    ] {
        let person = server.person(&format!("{name}@example.com"), role).await;
        let there = second.as_nobody().with_token(&person.token);
        assert!(is_signed_in(&there).await, "{name}");
        match name {
            "removed" => server.as_admin().delete(&path(&person.id), &json!({})).await.ok(),
            "signed-out" => person.caller.post("/api/v1/auth/logout", &json!({})).await.ok(),
            "other-password" => {
                let body = json!({"oldPassword": PASSWORD, "newPassword": "quite another one"});
                person.caller.post("/api/v1/users/me/password", &body).await.ok()
            }
            _ => server.as_admin().patch(&path(&person.id), &change).await.ok(),
        };
        assert!(!is_signed_in(&person.caller).await, "{name}: at once where it was done");
        second.advance(2);
        second.clock.advance(std::time::Duration::from_millis(1));
        assert!(!is_signed_in(&there).await, "{name}: still counts on another server");
    }
}

#[tokio::test]
async fn a_session_token_is_no_access_token() {
    let server = TestServer::sqlite().await;
    let ana = server.ana().await;
    let body = json!({ "accessToken": ana.token });
    server.as_nobody().post("/api/v1/auth/token/renew", &body).await.refused(401, "access_token_refused");
    server.as_nobody().post("/api/v1/auth/token/revoke", &body).await.refused(401, "access_token_refused");
    assert!(is_signed_in(&ana.caller).await);
    for altered in
        [format!("{}x", ana.token), ana.token.to_lowercase(), "mfs_".to_owned(), format!("mfs_{}", "A".repeat(43))]
    {
        server.as_nobody().with_token(&altered).get(ME).await.refused(401, "session_ended");
    }
    let again = server.sign_in(ANA, ANAS_PASSWORD).await;
    assert_ne!(again, ana.token);
}
