//! Logging in with a client secret, and how long what it gives lasts.

use mayfly_testkit::{both_databases, counts};
use serde_json::{Value, json};

use crate::support::{Answer, Machine, TestServer, crowd, merged};

const AUTH: &str = "/api/v1/auth/universal-auth";

impl TestServer {
    async fn try_to_log_in(&self, machine: &Machine, secret: &str) -> Answer {
        let body = json!({"clientId": machine.client_id, "clientSecret": secret});
        self.as_nobody().post(&format!("{AUTH}/login"), &body).await
    }

    async fn limited_secret(&self, machine: &Machine, limits: &Value) -> Value {
        let path = format!("{AUTH}/identities/{}/client-secrets", machine.id);
        self.as_admin().post(&path, limits).await.ok()
    }

    async fn set(&self, machine: &Machine, settings: &Value) -> Value {
        self.as_admin().patch(&format!("{AUTH}/identities/{}", machine.id), settings).await.ok()
    }

    async fn renew(&self, token: &Value) -> Answer {
        self.as_nobody().post("/api/v1/auth/token/renew", &json!({ "accessToken": token })).await
    }
}

fn secret(made: &Value) -> &str {
    made["clientSecret"].as_str().unwrap()
}

both_databases! {
    async fn a_client_secret_is_used_as_often_and_as_long_as_it_may(server: TestServer) {
        let machine = server.lone_machine("no-access", &json!({"lockoutEnabled": false})).await;
        let twice = server.limited_secret(&machine, &json!({"numUsesLimit": 2})).await;
        for _ in 0..2 {
            server.try_to_log_in(&machine, secret(&twice)).await.ok();
        }
        server.try_to_log_in(&machine, secret(&twice)).await.refused(401, "credentials_refused");
        let brief = server.limited_secret(&machine, &json!({"ttl": 60})).await;
        server.advance(59);
        server.try_to_log_in(&machine, secret(&brief)).await.ok();
        server.advance(1);
        server.try_to_log_in(&machine, secret(&brief)).await.refused(401, "credentials_refused");
        let other = server.limited_secret(&machine, &json!({})).await;
        let id = other["clientSecretData"]["id"].as_str().unwrap();
        let path = format!("{AUTH}/identities/{}/client-secrets/{id}/revoke", machine.id);
        let token = server.try_to_log_in(&machine, secret(&other)).await.ok()["accessToken"].clone();
        server.as_admin().post(&path, &json!({})).await.ok();
        server.try_to_log_in(&machine, secret(&other)).await.refused(401, "credentials_refused");
        server.as_nobody().with_token(token.as_str().unwrap()).get("/api/v1/workspace").await.ok();
        server.try_to_log_in(&machine, &machine.client_secret).await.ok();
    }

    async fn of_many_parallel_logins_a_limited_secret_allows_exactly_its_limit(server: TestServer) {
        let count = counts::of(counts::PARALLEL_LOGINS);
        let machine = server.lone_machine("no-access", &json!({"lockoutEnabled": false})).await;
        let once = server.limited_secret(&machine, &json!({"numUsesLimit": 1})).await;
        let statuses = crowd(count, || async { server.try_to_log_in(&machine, secret(&once)).await.status }).await;
        assert_eq!(statuses.iter().filter(|status| **status == 200).count(), 1);
        assert_eq!(statuses.iter().filter(|status| **status == 401).count(), count - 1);
    }

    async fn secrets_that_count_no_more_lock_nobody_out(server: TestServer) {
        let machine = server.lone_machine("no-access", &json!({})).await;
        let revoked = server.limited_secret(&machine, &json!({})).await;
        let id = revoked["clientSecretData"]["id"].as_str().unwrap();
        let path = format!("{AUTH}/identities/{}/client-secrets/{id}/revoke", machine.id);
        server.as_admin().post(&path, &json!({})).await.ok();
        for _ in 0..10 {
            server.try_to_log_in(&machine, secret(&revoked)).await.refused(401, "credentials_refused");
        }
        server.try_to_log_in(&machine, &machine.client_secret).await.ok();
    }

    async fn wrong_secrets_lock_the_client_id_until_its_time_or_an_admin_unlocks_it(server: TestServer) {
        let machine = server.lone_machine("no-access", &json!({"lockoutDurationSeconds": 300})).await;
        for _ in 0..3 {
            server.try_to_log_in(&machine, "wrong").await.refused(401, "credentials_refused");
        }
        let right = machine.client_secret.clone();
        assert!(server.try_to_log_in(&machine, &right).await.refused(401, "locked_out").contains("2030-01-02T03:09:05Z"));
        assert_eq!(server.count_events("lock-identity-universal-auth").await, 1);
        server.advance(299);
        server.try_to_log_in(&machine, &right).await.refused(401, "locked_out");
        server.advance(1);
        server.try_to_log_in(&machine, &right).await.ok();

        for _ in 0..3 {
            server.try_to_log_in(&machine, "wrong").await.refused(401, "credentials_refused");
        }
        let path = format!("{AUTH}/identities/{}/clear-lockouts", machine.id);
        assert_eq!(server.as_admin().post(&path, &json!({})).await.ok(), json!({"deleted": 1}));
        server.try_to_log_in(&machine, &right).await.ok();
        assert_eq!(server.as_admin().post(&path, &json!({})).await.ok(), json!({"deleted": 0}));

        for _ in 0..2 {
            server.try_to_log_in(&machine, "wrong").await.refused(401, "credentials_refused");
        }
        server.advance(31);
        server.try_to_log_in(&machine, "wrong").await.refused(401, "credentials_refused");
        server.try_to_log_in(&machine, &right).await.ok();
    }

    async fn a_token_is_renewed_up_to_its_max_ttl_and_no_further(server: TestServer) {
        let machine = server.lone_machine("no-access", &json!({"accessTokenTTL": 60, "accessTokenMaxTTL": 100})).await;
        let login = server.log_in(&machine).await;
        assert_eq!((&login["expiresIn"], &login["accessTokenMaxTTL"]), (&json!(60), &json!(100)));
        server.advance(50);
        let renewed = server.renew(&login["accessToken"]).await.ok();
        assert_eq!(renewed["expiresIn"], 50, "what is left of the maximum");
        server.advance(10);
        let old = server.as_nobody().with_token(login["accessToken"].as_str().unwrap());
        old.get("/api/v1/workspace").await.refused(403, "access_token_expired");
        let new = server.as_nobody().with_token(renewed["accessToken"].as_str().unwrap());
        new.get("/api/v1/workspace").await.ok();
        server.advance(39);
        assert_eq!(server.renew(&renewed["accessToken"]).await.ok()["expiresIn"], 1);
        server.advance(1);
        new.get("/api/v1/workspace").await.refused(403, "access_token_expired");
        server.renew(&renewed["accessToken"]).await.refused(403, "access_token_expired");
    }

    async fn a_token_without_a_use_left_is_not_renewed(server: TestServer) {
        let settings = json!({"accessTokenNumUsesLimit": 2, "accessTokenTTL": 60});
        let machine = server.lone_machine("no-access", &settings).await;
        let caller = server.as_nobody().with_token(&machine.token);
        caller.get("/api/v1/workspace").await.ok();
        server.advance(10);
        let renewed = server.renew(&json!(machine.token)).await.ok()["accessToken"].clone();
        let caller = server.as_nobody().with_token(renewed.as_str().unwrap());
        caller.get("/api/v1/workspace").await.ok();

        let ends_at = "SELECT CAST(SUM(expires_at) AS BIGINT) FROM access_tokens";
        let before = server.home.number(ends_at).await;
        server.advance(10);
        for token in [renewed.clone(), json!(machine.token)] {
            let refused = server.renew(&token).await;
            assert!(refused.refused(400, "access_token_used_up").contains("log in again"));
            assert_eq!(refused.problem()["error"], "BadRequest", "as existing clients know it");
        }
        assert_eq!(server.home.number(ends_at).await, before, "it lives no longer than it did");
        caller.get("/api/v1/workspace").await.refused(401, "access_token_used_up");
        assert_eq!(server.count_events("renew-access-token").await, 1);
        let refusals = server.events().await;
        let refusals = refusals.iter().filter(|event| {
            let told = &event["event"]["metadata"];
            told["operation"] == "renewAccessToken" && told["reason"] == "access token used up"
        });
        assert_eq!(refusals.count(), 1, "the second of the minute is counted");
    }

    async fn a_periodic_token_lives_as_long_as_it_is_renewed(server: TestServer) {
        let machine = server.lone_machine("no-access", &json!({"accessTokenPeriod": 60})).await;
        let mut token = server.log_in(&machine).await;
        for _ in 0..100 {
            server.advance(59);
            token = server.renew(&token["accessToken"]).await.ok();
            assert_eq!(token["expiresIn"], 60);
        }
        server.advance(60);
        server.renew(&token["accessToken"]).await.refused(403, "access_token_expired");
    }

    async fn taking_universal_auth_away_ends_what_it_gave(server: TestServer) {
        let machine = server.lone_machine("no-access", &json!({})).await;
        let caller = server.as_nobody().with_token(&machine.token);
        caller.get("/api/v1/workspace").await.ok();
        let path = format!("{AUTH}/identities/{}", machine.id);
        server.as_admin().delete(&path, &json!({})).await.ok();
        caller.get("/api/v1/workspace").await.refused(401, "access_token_refused");
        server.try_to_log_in(&machine, &machine.client_secret).await.refused(401, "credentials_refused");
        server.as_admin().get(&path).await.refused(404, "not_found");
    }

    async fn tokens_outlive_a_restart(server: TestServer) {
        let mut server = server;
        let machine = server.lone_machine("no-access", &json!({})).await;
        server.restart().await;
        server.as_nobody().with_token(&machine.token).get("/api/v1/workspace").await.ok();
        server.log_in(&machine).await;
    }
}

#[tokio::test]
async fn addresses_that_are_not_trusted_are_refused_and_not_named() {
    let server = TestServer::sqlite().await;
    let elsewhere = json!([{"ipAddress": "10.1.2.0/24"}, {"ipAddress": "2001:db8::/32"}]);
    let machine = server.lone_machine("no-access", &json!({})).await;
    server.set(&machine, &json!({"clientSecretTrustedIps": elsewhere})).await;
    let text = server.try_to_log_in(&machine, &machine.client_secret).await.refused(403, "untrusted_address");
    assert!(!text.contains("10.1.2"), "{text}");
    server
        .set(
            &machine,
            &json!({"clientSecretTrustedIps": [{"ipAddress": "127.0.0.1"}], "accessTokenTrustedIps": elsewhere}),
        )
        .await;
    let token = server.log_in(&machine).await["accessToken"].clone();
    let caller = server.as_nobody().with_token(token.as_str().unwrap());
    caller.get("/api/v1/workspace").await.refused(403, "untrusted_address");
    // What a header claims is not believed.
    let claiming = caller.with_header("x-forwarded-for", "10.1.2.3").with_header("x-real-ip", "10.1.2.3");
    claiming.get("/api/v1/workspace").await.refused(403, "untrusted_address");
    server.renew(&token).await.refused(403, "untrusted_address");
    server.as_nobody().with_token(&machine.token).get("/api/v1/workspace").await.ok();
}

#[tokio::test]
async fn settings_left_out_keep_their_value() {
    let server = TestServer::sqlite().await;
    let settings = json!({"accessTokenTTL": 600, "accessTokenMaxTTL": 1200, "lockoutThreshold": 5});
    let machine = server.lone_machine("no-access", &settings).await;
    let before = server.set(&machine, &json!({})).await;
    let after = server.set(&machine, &json!({"accessTokenTTL": null, "lockoutThreshold": 7})).await;
    let changed = json!({"lockoutThreshold": 7, "updatedAt": after["identityUniversalAuth"]["updatedAt"]});
    let expected = merged(&before, &json!({ "identityUniversalAuth": changed }));
    assert_eq!(after, expected);
    assert_eq!(after["identityUniversalAuth"]["accessTokenTTL"], 600);
}
