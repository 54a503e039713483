//! Slowing down whoever tries passkeys, and nobody else.

use mayfly_testkit::{
    authenticator::{Authenticator, KeyKind},
    both_databases,
};
use serde_json::{Value, json};

use super::{SIGN_IN, SIGN_IN_OPTIONS, sign_in, sign_in_request, with_passkey};
use crate::support::{Caller, TestServer};

fn at(server: &TestServer, number: u8) -> Caller {
    server.as_nobody().at(std::net::Ipv4Addr::new(127, 7, 0, number).into())
}

/// An answer to nothing, for a passkey that is there.
async fn wrong(server: &TestServer, authenticator: &mut Authenticator) -> Value {
    sign_in_request(server, authenticator, |using| using.flags &= !1).await
}

both_databases! {
    async fn a_source_that_failed_too_often_is_not_heard_and_everybody_else_is(server: TestServer) {
        let (_ben, mut authenticator, _) = with_passkey(&server, KeyKind::Es256).await;
        let guesser = at(&server, 1);
        for _ in 0..20 {
            let body = wrong(&server, &mut authenticator).await;
            guesser.post(SIGN_IN, &body).await.refused(401, "credentials_refused");
        }
        let right = sign_in_request(&server, &mut authenticator, |_| ()).await;
        guesser.post(SIGN_IN, &right).await.refused(429, "too_many_attempts");
        // It was the source that was not heard: what it brought is as good as before.
        at(&server, 2).post(SIGN_IN, &right).await.ok();
        server.advance(15 * 60);
        let body = sign_in_request(&server, &mut authenticator, |_| ()).await;
        guesser.post(SIGN_IN, &body).await.ok();
    }

    async fn whoever_gets_in_is_not_counted(server: TestServer) {
        let (_ben, mut authenticator, _) = with_passkey(&server, KeyKind::EdDsa).await;
        for _ in 0..25 {
            sign_in(&server, &mut authenticator).await.ok();
        }
    }
}

#[tokio::test]
async fn no_number_of_sources_guards_an_account_by_passkeys() {
    let server = TestServer::sqlite().await;
    let (_ben, mut authenticator, _) = with_passkey(&server, KeyKind::EdDsa).await;
    for number in 1..=120_u8 {
        let body = wrong(&server, &mut authenticator).await;
        at(&server, number).post(SIGN_IN, &body).await.refused(401, "credentials_refused");
    }
    assert_eq!(server.count_events("guard-user-sign-in").await, 0);
    sign_in(&server, &mut authenticator).await.ok();
    server.sign_in("ben@example.com", crate::support::PASSWORD).await;
}

#[tokio::test]
async fn a_source_asks_for_so_many_challenges_and_others_for_theirs() {
    let server = TestServer::sqlite().await;
    let asker = at(&server, 1);
    for _ in 0..300 {
        asker.post(SIGN_IN_OPTIONS, &json!({})).await.ok();
    }
    asker.post(SIGN_IN_OPTIONS, &json!({})).await.refused(429, "too_many_attempts");
    at(&server, 2).post(SIGN_IN_OPTIONS, &json!({})).await.ok();
    let kept = async || server.home.number("SELECT COUNT(*) FROM passkey_challenges").await;
    assert_eq!(kept().await, 301);
    server.advance(300);
    mayfly_app::passkeys::forget_old_challenges(server.app()).await.unwrap();
    assert_eq!(kept().await, 0, "what is over is forgotten");
}
