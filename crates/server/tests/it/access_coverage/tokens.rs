//! Access tokens that no longer count, or never did.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use mayfly_testkit::both_databases;
use serde_json::{Value, json};

use crate::support::{Database, TestServer, TestServerOptions};

const PATH: &str = "/api/v1/workspace";

both_databases! {
    async fn expired_revoked_and_unknown_tokens_each_get_their_status(server: TestServer) {
        let machine = server.lone_machine("no-access", &json!({"accessTokenTTL": 60})).await;
        let caller = server.as_nobody().with_token(&machine.token);
        caller.get(PATH).await.ok();
        server.advance(59);
        caller.get(PATH).await.ok();
        server.advance(1);
        let expired = caller.get(PATH).await;
        expired.refused(403, "access_token_expired");
        assert_eq!(expired.problem()["error"], "TokenError", "the word that clients wait for");

        let token = server.log_in(&machine).await["accessToken"].as_str().unwrap().to_owned();
        let caller = server.as_nobody().with_token(&token);
        caller.get(PATH).await.ok();
        server.as_nobody().post("/api/v1/auth/token/revoke", &json!({"accessToken": token})).await.ok();
        caller.get(PATH).await.refused(401, "access_token_refused");

        // A token of another installation: well signed, by a key that nobody here knows.
        let other = TestServer::start(TestServerOptions { seed: 7, ..TestServerOptions::new(Database::Sqlite) }).await;
        let foreign = other.lone_machine("no-access", &json!({})).await.token;
        server.as_nobody().with_token(&foreign).get(PATH).await.refused(401, "access_token_refused");
    }

    async fn of_many_parallel_uses_a_limited_token_allows_exactly_its_limit(server: TestServer) {
        const USES: usize = 200;
        for limit in [1, 7] {
            let machine = server.lone_machine("no-access", &json!({"accessTokenNumUsesLimit": limit})).await;
            let caller = server.as_nobody().with_token(&machine.token);
            let mut uses = tokio::task::JoinSet::new();
            for _ in 0..USES {
                let caller = caller.clone();
                uses.spawn(async move { caller.get(PATH).await });
            }
            let answers = uses.join_all().await;
            let (allowed, refused): (Vec<_>, Vec<_>) = answers.into_iter().partition(|answer| answer.status == 200);
            assert_eq!(allowed.len(), limit);
            for answer in refused {
                answer.refused(401, "access_token_used_up");
            }
        }
    }
}

#[tokio::test]
async fn altered_tokens_are_refused() {
    let server = TestServer::sqlite().await;
    let token = server.lone_machine("admin", &json!({})).await.token;
    let mut refused = 0;
    for altered in altered(&token) {
        let answer = server.as_nobody().with_token(&altered).get(PATH).await;
        assert!(answer.status == 401, "{altered}: {}", answer.text);
        refused += 1;
    }
    assert!(refused >= 40, "{refused}");
    server.as_nobody().with_token(&token).get(PATH).await.ok();
}

/// A token with another header, other claims, another signature.
fn altered(token: &str) -> Vec<String> {
    let parts: Vec<&str> = token.split('.').collect();
    let (header, claims, signature) = (parts[0], parts[1], parts[2]);
    let read = |part: &str| -> Value { serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap() };
    let write = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let mut altered = Vec::new();
    for algorithm in ["none", "None", "NONE", "nOnE", "", "HS384", "HS512", "RS256", "ES256", "EdDSA", "PS256"] {
        let mut changed = read(header);
        changed["alg"] = json!(algorithm);
        altered.push(format!("{}.{claims}.{signature}", write(&changed)));
        altered.push(format!("{}.{claims}.", write(&changed)));
        altered.push(format!("{}.{claims}", write(&changed)));
    }
    for kid in [json!("../../etc/passwd"), json!(""), json!(null), json!("' OR 1=1 --"), json!(7), json!(["a"])] {
        let mut changed = read(header);
        changed["kid"] = kid;
        altered.push(format!("{}.{claims}.{signature}", write(&changed)));
    }
    for (claim, value) in [
        ("exp", json!(4_102_444_800_i64)),
        ("exp", json!("4102444800")),
        ("exp", json!(null)),
        ("identityId", json!("018f0000-0000-7000-8000-000000000000")),
        ("identityAccessTokenId", json!("018f0000-0000-7000-8000-000000000000")),
        ("authTokenType", json!("other")),
    ] {
        let mut changed = read(claims);
        changed[claim] = value;
        altered.push(format!("{header}.{}.{signature}", write(&changed)));
    }
    altered.push(format!("{header}.{claims}.{}", URL_SAFE_NO_PAD.encode([0; 32])));
    altered.push(format!("{header}.{claims}.{}", signature.split_at(1).1));
    altered.push(format!("{header}.{claims}.{signature}x"));
    altered.push(format!("{header}.{claims}.{signature}.{signature}"));
    altered
}
