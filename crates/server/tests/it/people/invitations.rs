//! Joining by a link.

use mayfly_testkit::both_databases;
use serde_json::{Value, json};

use super::{ME, secret_of, text};
use crate::support::{ANA, PASSWORD, PUBLIC_URL, TestServer};

const INVITATIONS: &str = "/api/v1/users/invitations";
const ACCEPT: &str = "/api/v1/users/invitations/accept";
const WEEK: u64 = 7 * 86_400;

fn accept(token: &str) -> Value {
    json!({"token": token, "name": "Ben", "password": PASSWORD})
}

both_databases! {
    async fn whoever_is_invited_joins_once(server: TestServer) {
        let body = json!({"email": "Ben@Example.com", "role": "member"});
        let invited = server.as_admin().post(INVITATIONS, &body).await.ok();
        assert_eq!(invited["invitation"]["email"], "ben@example.com");
        let link = text(&invited["link"]);
        assert!(link.starts_with(&format!("{PUBLIC_URL}/accept-invitation#")), "{link}");
        assert_eq!(server.as_admin().get(INVITATIONS).await.ok()["invitations"].as_array().unwrap().len(), 1);
        server.as_admin().post(INVITATIONS, &body).await.refused(400, "name_taken");
        let token = secret_of(&invited);
        let joined = server.as_nobody().post(ACCEPT, &accept(&token)).await.ok();
        assert_eq!((&joined["user"]["name"], &joined["user"]["role"]), (&json!("Ben"), &json!("member")));
        server.as_nobody().post(ACCEPT, &accept(&token)).await.refused(403, "link_refused");
        let ben = server.as_nobody().with_token(&server.sign_in("ben@example.com", PASSWORD).await);
        assert_eq!(ben.get(ME).await.ok()["user"]["email"], "ben@example.com");
        assert_eq!(server.as_admin().get(INVITATIONS).await.ok()["invitations"], json!([]));
        server.as_admin().post(INVITATIONS, &body).await.refused(400, "name_taken");
        for kind in ["create-user-invitation", "accept-user-invitation"] {
            assert_eq!(server.count_events(kind).await, 1, "{kind}");
        }
    }

    async fn a_link_that_is_over_taken_back_or_made_up_joins_nobody(server: TestServer) {
        let users = async || server.home.number("SELECT COUNT(*) FROM users").await;
        let old = server.invite("old@example.com", "member").await;
        let waiting = server.as_admin().post(INVITATIONS, &json!({"email": "back@example.com"})).await.ok();
        let path = format!("{INVITATIONS}/{}", text(&waiting["invitation"]["id"]));
        server.as_admin().delete(&path, &json!({})).await.ok();
        server.as_admin().delete(&path, &json!({})).await.refused(404, "not_found");
        let taken_back = server.as_nobody().post(ACCEPT, &accept(&secret_of(&waiting))).await;
        taken_back.refused(403, "link_refused");
        server.advance(WEEK);
        let over = server.as_nobody().post(ACCEPT, &accept(&old)).await;
        let made_up = server.as_nobody().post(ACCEPT, &accept(&"A".repeat(43))).await;
        assert_eq!(over.without_request_id(), taken_back.without_request_id());
        assert_eq!(made_up.without_request_id(), taken_back.without_request_id());
        assert_eq!(users().await, 1);
        // Whoever was too late is invited anew.
        let again = server.invite("old@example.com", "member").await;
        server.as_nobody().post(ACCEPT, &accept(&again)).await.ok();
    }
}

#[tokio::test]
async fn of_many_who_use_one_link_at_once_one_joins() {
    let server = TestServer::postgres().await;
    let second = server.second().await;
    let token = server.invite("ben@example.com", "member").await;
    let body = accept(&token);
    let join = async |server: &TestServer| server.as_nobody().post(ACCEPT, &body).await.status;
    let told = tokio::join!(join(&server), join(&second), join(&server), join(&second));
    let told = [told.0, told.1, told.2, told.3];
    assert_eq!(told.iter().filter(|status| **status == 200).count(), 1, "{told:?}");
    assert_eq!(server.home.number("SELECT COUNT(*) FROM users WHERE email = 'ben@example.com'").await, 1);
}

#[tokio::test]
async fn nobody_invites_to_more_than_they_hold_or_without_the_right() {
    let server = TestServer::sqlite().await;
    let member = server.person("member@example.com", "member").await;
    let body = json!({"email": "x@example.com", "role": "admin"});
    member.caller.post(INVITATIONS, &body).await.refused(403, "permission_denied");
    let faults =
        server.as_admin().post(INVITATIONS, &json!({"email": "x@example.com", "role": "Admin"})).await.faults();
    assert_eq!(faults[0].0, "body.role");
    server.as_admin().post(INVITATIONS, &json!({ "email": ANA })).await.refused(400, "name_taken");
    let by_mail = json!({"email": "x@example.com", "byMail": true});
    server.as_admin().post(INVITATIONS, &by_mail).await.refused(400, "no_mail");
    assert_eq!(server.home.number("SELECT COUNT(*) FROM invitations").await, 0);
}

#[tokio::test]
async fn a_password_that_is_tried_first_is_refused_and_the_link_still_counts() {
    let server = TestServer::sqlite().await;
    let token = server.invite("ben@example.com", "member").await;
    for (password, told) in [("PasswordPassword", "tried first"), ("short", "12 to 128")] {
        let body = json!({"token": token, "name": "Ben", "password": password});
        let faults = server.as_nobody().post(ACCEPT, &body).await.faults();
        assert!(faults[0].0 == "body.password" && faults[0].2.contains(told), "{faults:?}");
    }
    server.as_nobody().post(ACCEPT, &accept(&token)).await.ok();
}

#[tokio::test]
async fn invitations_and_people_are_listed_in_pages() {
    let server = TestServer::sqlite().await;
    for number in 0..5 {
        server.invite(&format!("p{number}@example.com"), "no-access").await;
    }
    let (mut found, mut cursor) = (0, None);
    loop {
        let mut query = vec![("limit", "2")];
        query.extend(cursor.as_deref().map(|cursor| ("cursor", cursor)));
        let page = server.as_admin().ask(INVITATIONS, &query).await.ok();
        found += page["invitations"].as_array().unwrap().len();
        cursor = page["nextCursor"].as_str().map(str::to_owned);
        if cursor.is_none() {
            break;
        }
    }
    assert_eq!(found, 5);
    let faults = server.as_admin().ask("/api/v1/users", &[("limit", "0"), ("cursor", "x")]).await.faults();
    assert_eq!(faults.len(), 2, "{faults:?}");
}
