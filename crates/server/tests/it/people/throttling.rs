//! Slowing down whoever guesses, and nobody else.

use std::net::{IpAddr, Ipv4Addr};

use mayfly_testkit::both_databases;
use serde_json::{Value, json};

use crate::support::{ANA, ANAS_PASSWORD, Answer, Caller, PASSWORD, TestServer};

const WRONG: &str = "a wrong password";

/// Somebody at one of the many addresses of loopback.
fn at(server: &TestServer, number: u8) -> Caller {
    server.as_nobody().at(IpAddr::V4(Ipv4Addr::new(127, 1, 0, number)))
}

async fn guess(server: &TestServer, caller: &Caller, email: &str) -> Answer {
    server.try_sign_in(caller, email, WRONG).await
}

both_databases! {
    async fn a_source_that_failed_too_often_is_not_heard_for_a_while(server: TestServer) {
        let guesser = at(&server, 1);
        for number in 0..20 {
            guess(&server, &guesser, &format!("somebody{number}@example.com")).await.refused(401, "credentials_refused");
        }
        let told = guess(&server, &guesser, ANA).await;
        told.refused(429, "too_many_attempts");
        assert!(told.header("retry-after").ends_with(" GMT"), "{:?}", told.headers);
        // It is the source that is not heard, whatever it says.
        let right = server.try_sign_in(&guesser, ANA, ANAS_PASSWORD).await;
        assert_eq!(right.without_request_id(), told.without_request_id());
        server.sign_in(ANA, ANAS_PASSWORD).await;
        server.advance(15 * 60);
        server.try_sign_in(&guesser, ANA, ANAS_PASSWORD).await.ok();
    }

    async fn the_owner_gets_in_while_many_sources_guess(server: TestServer) {
        let mut refused = 0;
        for number in 1..=30 {
            let guesser = at(&server, number);
            for _ in 0..4 {
                guess(&server, &guesser, ANA).await.refused(401, "credentials_refused");
                refused += 1;
            }
            server.sign_in(ANA, ANAS_PASSWORD).await;
        }
        assert_eq!(refused, 120, "more than an account takes");
        assert_eq!(server.count_events("guard-user-sign-in").await, 1);
        // Whoever failed there is not heard any more, even with the right password, and is told nothing new.
        let late = server.try_sign_in(&at(&server, 29), ANA, ANAS_PASSWORD).await;
        late.refused(401, "credentials_refused");
        let unknown = guess(&server, &at(&server, 200), "nobody@example.com").await;
        assert_eq!(late.without_request_id(), unknown.without_request_id());
        server.advance(3600);
        server.try_sign_in(&at(&server, 29), ANA, ANAS_PASSWORD).await.ok();
    }

    async fn an_attack_is_told_of_whoever_made_the_hundred_and_first_attempt(server: TestServer) {
        guess(&server, &at(&server, 1), ANA).await.refused(401, "credentials_refused");
        // The one that passed the mark was the owner's, or its server died: the next one tells.
        server.home.execute("UPDATE sign_in_attempts SET number = 105 WHERE id LIKE 'account:%'").await;
        for number in 2..6 {
            server.sign_in(ANA, ANAS_PASSWORD).await;
            guess(&server, &at(&server, number), ANA).await.refused(401, "credentials_refused");
            assert_eq!(server.count_events("guard-user-sign-in").await, 1, "once for a window");
        }
        server.advance(3601);
        guess(&server, &at(&server, 7), ANA).await.refused(401, "credentials_refused");
        server.home.execute("UPDATE sign_in_attempts SET number = 105 WHERE id LIKE 'account:%'").await;
        guess(&server, &at(&server, 8), ANA).await.refused(401, "credentials_refused");
        assert_eq!(server.count_events("guard-user-sign-in").await, 2, "another hour, another attack");
    }
}

#[tokio::test]
async fn an_account_that_nobody_has_is_counted_like_any_other() {
    let server = TestServer::sqlite().await;
    let mut told: Vec<Vec<Value>> = Vec::new();
    for (network, email) in [(2, ANA), (3, "nobody@example.com")] {
        let mut answers = Vec::new();
        for number in 0..110_u8 {
            let caller = server.as_nobody().at(IpAddr::V4(Ipv4Addr::new(127, network, 0, number + 1)));
            answers.push(guess(&server, &caller, email).await.without_request_id());
        }
        told.push(answers);
    }
    assert_eq!(told[0], told[1]);
}

#[tokio::test]
async fn many_guesses_at_once_are_no_more_than_one_after_the_other() {
    let server = TestServer::postgres().await;
    let second = server.second().await;
    let callers = [at(&server, 9), second.as_nobody().at(IpAddr::V4(Ipv4Addr::new(127, 1, 0, 9)))];
    let guesses = (0..40).map(|number| {
        let (server, caller) = (&server, &callers[number % 2]);
        async move { guess(server, caller, ANA).await.status }
    });
    let told = futures_of(guesses).await;
    let heard = told.iter().filter(|status| **status == 401).count();
    assert_eq!((heard, told.len()), (20, 40), "{told:?}");
}

async fn futures_of<F: Future<Output = u16>>(all: impl Iterator<Item = F>) -> Vec<u16> {
    let mut all: Vec<_> = all.map(Box::pin).collect();
    let mut told = Vec::new();
    std::future::poll_fn(|context| {
        all.retain_mut(|one| match one.as_mut().poll(context) {
            std::task::Poll::Ready(status) => {
                told.push(status);
                false
            }
            std::task::Poll::Pending => true,
        });
        if all.is_empty() { std::task::Poll::Ready(()) } else { std::task::Poll::Pending }
    })
    .await;
    told
}

#[tokio::test]
async fn right_sign_ins_count_against_nobody() {
    let server = TestServer::sqlite().await;
    for _ in 0..25 {
        server.sign_in(ANA, ANAS_PASSWORD).await;
    }
}

#[tokio::test]
async fn a_stolen_session_does_not_guess_the_password() {
    let server = TestServer::sqlite().await;
    let ben = server.person("ben@example.com", "member").await;
    let change = |old: &str| json!({"oldPassword": old, "newPassword": "quite another one"});
    for _ in 0..10 {
        ben.caller.post("/api/v1/users/me/password", &change(WRONG)).await.refused(403, "wrong_proof");
    }
    ben.caller.post("/api/v1/users/me/password", &change(PASSWORD)).await.refused(429, "too_many_attempts");
    // The owner signs in all the same.
    server.sign_in("ben@example.com", PASSWORD).await;
    server.advance(3600);
    let anew = server.as_nobody().with_token(&server.sign_in("ben@example.com", PASSWORD).await);
    anew.post("/api/v1/users/me/password", &change(PASSWORD)).await.ok();
}

#[tokio::test]
async fn old_attempts_are_forgotten() {
    let server = TestServer::sqlite().await;
    guess(&server, &server.as_nobody(), "nobody@example.com").await.problem();
    let rows = async || server.home.number("SELECT COUNT(*) FROM sign_in_attempts").await;
    assert_eq!(rows().await, 3, "a source, an account, and both");
    mayfly_app::sign_in::forget_old_attempts(server.app()).await.unwrap();
    assert_eq!(rows().await, 3, "they still count");
    server.advance(2 * 3600 + 1);
    mayfly_app::sign_in::forget_old_attempts(server.app()).await.unwrap();
    assert_eq!(rows().await, 0);
}
