//! Wrong client secrets lock out whoever sends them, and nobody else.

use std::net::IpAddr;

use futures::future::join_all;
use mayfly_testkit::{both_databases, counts};
use serde_json::json;

use crate::support::{Answer, Caller, Machine, TestServer};

const LOGIN: &str = "/api/v1/auth/universal-auth/login";

impl TestServer {
    /// A login that comes from an address of this machine.
    async fn log_in_from(&self, from: &str, machine: &Machine, secret: &str) -> Answer {
        let body = json!({"clientId": machine.client_id, "clientSecret": secret});
        self.from(from.parse::<IpAddr>().unwrap()).post(LOGIN, &body).await
    }
}

both_databases! {
    async fn an_attack_from_elsewhere_never_keeps_the_owner_out(server: TestServer) {
        let machine = server.lone_machine("no-access", &json!({})).await;
        let secret = machine.client_secret.clone();
        for round in 0..60 {
            let attacker = format!("127.0.1.{}", round % 20 + 1);
            let refused = server.log_in_from(&attacker, &machine, "wrong").await;
            assert_eq!(refused.status, 401, "{}", refused.text);
            server.log_in_from("127.0.0.1", &machine, &secret).await.ok();
        }
        // Each of the attackers is locked out, the right secret in hand or not.
        for last in 1..=20 {
            let answer = server.log_in_from(&format!("127.0.1.{last}"), &machine, &secret).await;
            answer.refused(401, "locked_out");
        }
        let path = format!("/api/v1/auth/universal-auth/identities/{}/clear-lockouts", machine.id);
        assert_eq!(server.as_admin().post(&path, &json!({})).await.ok(), json!({"deleted": 20}));
        server.log_in_from("127.0.1.7", &machine, &secret).await.ok();
    }

    async fn after_a_hundred_failures_in_an_hour_each_source_has_one_guess(server: TestServer) {
        let machine = server.lone_machine("no-access", &json!({"lockoutThreshold": 30})).await;
        for guess in 0..110 {
            let attacker = format!("127.0.2.{}", guess % 55 + 1);
            server.log_in_from(&attacker, &machine, "wrong").await.refused(401, "credentials_refused");
        }
        server.log_in_from("127.0.3.1", &machine, "wrong").await.refused(401, "credentials_refused");
        server.log_in_from("127.0.3.1", &machine, "wrong").await.refused(401, "locked_out");
        server.log_in_from("127.0.0.1", &machine, &machine.client_secret.clone()).await.ok();
        server.advance(3_601);
        server.log_in_from("127.0.3.2", &machine, "wrong").await.refused(401, "credentials_refused");
        server.log_in_from("127.0.3.2", &machine, "wrong").await.refused(401, "credentials_refused");
    }
}

#[tokio::test]
async fn servers_count_together() {
    let server = TestServer::postgres().await;
    let other = server.second().await;
    let machine = server.lone_machine("no-access", &json!({})).await;
    server.log_in_from("127.0.1.1", &machine, "wrong").await.refused(401, "credentials_refused");
    other.log_in_from("127.0.1.1", &machine, "wrong").await.refused(401, "credentials_refused");
    server.log_in_from("127.0.1.1", &machine, "wrong").await.refused(401, "credentials_refused");
    other.log_in_from("127.0.1.1", &machine, "wrong").await.refused(401, "locked_out");
}

#[tokio::test]
async fn a_disabled_identity_does_not_sign_in_with_the_right_secret() {
    let server = TestServer::sqlite().await;
    let machine = server.lone_machine("no-access", &json!({})).await;
    let path = format!("/api/v1/identities/{}", machine.id);
    server.as_admin().patch(&path, &json!({"isDisabled": true})).await.ok();
    let secret = machine.client_secret.clone();
    server.log_in_from("127.0.0.1", &machine, &secret).await.refused(401, "credentials_refused");
    let shown = server.as_admin().get(&path).await.ok();
    assert_eq!(shown["identity"]["identity"]["isDisabled"], true);
    server.as_admin().patch(&path, &json!({"isDisabled": false})).await.ok();
    server.log_in_from("127.0.0.1", &machine, &secret).await.ok();
}

/// Guesses at one client secret from many addresses at two servers, each a letter away from the right one; the owner comes in
/// all the while.
#[tokio::test]
async fn of_very_many_guesses_from_many_addresses_at_two_servers_none_succeeds() {
    const AT_ONCE: usize = 16;
    let (guesses, sources) = (counts::of(counts::GUESSES), counts::of(counts::GUESSING_ADDRESSES));
    let server = TestServer::postgres().await;
    let other = server.second().await;
    let machine = server.lone_machine("no-access", &json!({})).await;
    let address = |number: usize| {
        let [.., high, low] = u32::try_from(number + 1).unwrap().to_be_bytes();
        IpAddr::from([127, 9, high, low])
    };
    let attackers: Vec<Caller> = (0..sources)
        .map(|number| if number % 2 == 0 { server.from(address(number)) } else { other.from(address(number)) })
        .collect();
    let letters: Vec<char> = ('a'..='z').chain('A'..='Z').chain('0'..='9').collect();
    let guess = |number: usize| {
        let mut secret: Vec<char> = machine.client_secret.chars().collect();
        let place = number % secret.len();
        let others: Vec<&char> = letters.iter().filter(|letter| **letter != secret[place]).collect();
        secret[place] = *others[number / secret.len() % others.len()];
        secret.into_iter().collect::<String>()
    };
    let mut failed = 0;
    for first in (0..guesses).step_by(AT_ONCE) {
        let sending = (first..guesses.min(first + AT_ONCE)).map(|number| {
            let body = json!({"clientId": machine.client_id, "clientSecret": guess(number)});
            let attacker = &attackers[number % sources];
            async move { attacker.post(LOGIN, &body).await }
        });
        for answer in join_all(sending).await {
            assert_eq!(answer.status, 401, "{}", answer.text);
            failed += 1;
        }
        if first % 1_024 == 0 {
            server.log_in_from("127.0.0.1", &machine, &machine.client_secret.clone()).await.ok();
        }
    }
    assert_eq!(failed, guesses);
    other.log_in_from("127.0.0.1", &machine, &machine.client_secret.clone()).await.ok();
}
