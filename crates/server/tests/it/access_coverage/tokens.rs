//! Access tokens that no longer count, or never did.

use mayfly_testkit::both_databases;
use serde_json::json;

use crate::support::{Database, TestServer, TestServerOptions, crowd};

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
            let answers = crowd(USES, || caller.get(PATH)).await;
            let (allowed, refused): (Vec<_>, Vec<_>) = answers.into_iter().partition(|answer| answer.status == 200);
            for answer in refused {
                answer.refused(401, "access_token_used_up");
            }
            assert_eq!(allowed.len(), limit);
        }
    }
}
