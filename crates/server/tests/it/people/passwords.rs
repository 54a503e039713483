//! New passwords.

use mayfly_testkit::both_databases;
use serde_json::{Value, json};

use super::{is_signed_in, secret_of, text};
use crate::support::{ANA, PASSWORD, PUBLIC_URL, TestServer};

const CHANGE: &str = "/api/v1/users/me/password";
const RESET: &str = "/api/v1/auth/password/reset";
const FORGOT: &str = "/api/v1/auth/password/forgot";
const NEW: &str = "quite another one";

fn change(old: &str) -> Value {
    json!({"oldPassword": old, "newPassword": NEW})
}

both_databases! {
    async fn whoever_knows_the_old_password_sets_a_new_one_and_other_sessions_end(server: TestServer) {
        let ben = server.person("ben@example.com", "member").await;
        let elsewhere = server.as_nobody().with_token(&server.sign_in("ben@example.com", PASSWORD).await);
        ben.caller.post(CHANGE, &change("a wrong password")).await.refused(403, "wrong_proof");
        assert!(is_signed_in(&elsewhere).await);
        let changed = ben.caller.post(CHANGE, &change(PASSWORD)).await.ok();
        assert!(!is_signed_in(&elsewhere).await && !is_signed_in(&ben.caller).await);
        let anew = server.as_nobody().with_token(&text(&changed["token"]));
        assert!(is_signed_in(&anew).await, "this one goes on, as a new one");
        server.try_sign_in(&server.as_nobody(), "ben@example.com", PASSWORD).await.refused(401, "credentials_refused");
        server.sign_in("ben@example.com", NEW).await;
        assert_eq!(server.count_events("change-user-password").await, 1);
    }

    async fn a_link_sets_a_password_once_within_an_hour(server: TestServer) {
        let ben = server.person("ben@example.com", "member").await;
        let path = format!("/api/v1/users/{}/password-reset", ben.id);
        let first = secret_of(&server.as_admin().post(&path, &json!({})).await.ok());
        let made = server.as_admin().post(&path, &json!({})).await.ok();
        assert!(text(&made["link"]).starts_with(&format!("{PUBLIC_URL}/reset-password#")));
        let token = secret_of(&made);
        assert!(is_signed_in(&ben.caller).await, "the old password counts until then");
        let with = |token: &str| json!({"token": token, "password": NEW});
        server.as_nobody().post(RESET, &with(&first)).await.refused(403, "link_refused");
        let common = json!({"token": token, "password": "passwordpassword"});
        server.as_nobody().post(RESET, &common).await.faults();
        server.as_nobody().post(RESET, &with(&token)).await.ok();
        assert!(!is_signed_in(&ben.caller).await, "all sessions end");
        server.sign_in("ben@example.com", NEW).await;
        server.as_nobody().post(RESET, &with(&token)).await.refused(403, "link_refused");
        let late = secret_of(&server.as_admin().post(&path, &json!({})).await.ok());
        server.advance(3600);
        server.as_nobody().post(RESET, &with(&late)).await.refused(403, "link_refused");
        server.sign_in("ben@example.com", NEW).await;
    }

    async fn a_changed_password_takes_the_links_with_it(server: TestServer) {
        let ben = server.person("ben@example.com", "member").await;
        let path = format!("/api/v1/users/{}/password-reset", ben.id);
        let token = secret_of(&server.as_admin().post(&path, &json!({})).await.ok());
        ben.caller.post(CHANGE, &change(PASSWORD)).await.ok();
        let body = json!({"token": token, "password": "yet another password"});
        server.as_nobody().post(RESET, &body).await.refused(403, "link_refused");
    }
}

#[tokio::test]
async fn asking_for_a_mail_tells_nothing() {
    let server = TestServer::sqlite().await;
    let known = server.as_nobody().post(FORGOT, &json!({ "email": ANA })).await;
    let unknown = server.as_nobody().post(FORGOT, &json!({"email": "nobody@example.com"})).await;
    assert_eq!(known.ok(), unknown.ok());
    for _ in 0..8 {
        server.as_nobody().post(FORGOT, &json!({ "email": ANA })).await.ok();
    }
    server.as_nobody().post(FORGOT, &json!({ "email": ANA })).await.refused(429, "too_many_attempts");
    assert_eq!(server.home.number("SELECT COUNT(*) FROM password_links").await, 0, "no mail, no link");
}

#[tokio::test]
async fn of_many_who_use_one_link_at_once_one_sets_the_password() {
    let server = TestServer::postgres().await;
    let second = server.second().await;
    let ben = server.person("ben@example.com", "member").await;
    let path = format!("/api/v1/users/{}/password-reset", ben.id);
    let token = secret_of(&server.as_admin().post(&path, &json!({})).await.ok());
    let body = json!({"token": token, "password": NEW});
    let reset = async |server: &TestServer| server.as_nobody().post(RESET, &body).await.status;
    let told = tokio::join!(reset(&server), reset(&second), reset(&server), reset(&second));
    let told = [told.0, told.1, told.2, told.3];
    assert_eq!(told.iter().filter(|status| **status == 200).count(), 1, "{told:?}");
}
