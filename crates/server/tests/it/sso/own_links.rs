//! What one lets vouch for oneself: seen, and taken away as long as there is another way in.

use mayfly_testkit::both_databases;
use serde_json::{Value, json};

use super::{BEN, Begun, Idp, session_cookie};
use crate::support::{Caller, PASSWORD, TestServer, merged};

const OWN: &str = "/api/v1/users/me/sso-links";

async fn links(caller: &Caller) -> Vec<Value> {
    caller.get(OWN).await.ok()["links"].as_array().unwrap().clone()
}

async fn remove(caller: &Caller, provider: &str, body: &Value) -> crate::support::Answer {
    caller.delete(&format!("{OWN}/{provider}"), body).await
}

/// Ben signs in by a second provider, which finds him by his domain.
async fn at_beta(server: &TestServer) -> Caller {
    let idp = Idp::new().await;
    let request = idp.request(&json!({"slug": "beta", "name": "Beta", "linking": "by-domain"}));
    server.as_admin().post("/api/v1/sso/providers", &request).await.ok();
    let begun = Begun::at(server, "beta").await;
    idp.gives(&idp.key.token(&merged(&idp.claims(server, &begun.nonce()), &json!({"sub": "ben-2"}))));
    let answer = begun.back(server, &[]).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    server.as_nobody().with_header("cookie", &session_cookie(&answer))
}

both_databases! {
    async fn the_last_way_in_stays_and_another_one_lets_it_go(server: TestServer) {
        let idp = Idp::known(&server, &json!({})).await;
        let ben = idp.person(&server, &json!({})).await;
        let [own] = &links(&ben).await[..] else { panic!("one link") };
        assert_eq!((&own["providerSlug"], &own["providerName"], &own["email"]), (&json!("acme"), &json!("Acme"), &json!(BEN)));
        assert_eq!((&own["subject"], &own["isLastWayIn"]), (&json!("ben-1"), &json!(true)));
        remove(&ben, "acme", &json!({})).await.refused(400, "last_way_in");
        assert_eq!(server.count_events("unlink-user-sso").await, 0);
        assert_eq!(links(&ben).await.len(), 1, "and Ben is still signed in");

        let again = at_beta(&server).await;
        let both = links(&again).await;
        assert_eq!(both.iter().map(|link| &link["isLastWayIn"]).collect::<Vec<_>>(), [false, false]);
        assert_eq!(remove(&again, "acme", &json!({})).await.ok()["link"]["subject"], "ben-1");
        assert_eq!(server.count_events("unlink-user-sso").await, 1);
        for caller in [&ben, &again] {
            caller.get(OWN).await.refused(401, "session_ended");
        }
        server.as_admin().patch("/api/v1/sso/providers/beta", &json!({"isEnabled": false})).await.ok();
        assert_eq!(idp.signs_in(&server, &json!({})).await.status, 403, "nothing links Ben to it any more");
    }

    async fn a_password_is_another_way_in_only_where_it_counts(server: TestServer) {
        server.person(BEN, "member").await;
        let idp = Idp::known(&server, &json!({"linking": "by-domain"})).await;
        let ben = idp.person(&server, &json!({})).await;
        server.as_admin().patch("/api/v1/sso/providers/acme", &json!({"passwords": "refused"})).await.ok();
        assert_eq!(links(&ben).await[0]["isLastWayIn"], true);
        remove(&ben, "acme", &json!({})).await.refused(400, "last_way_in");
        server.as_admin().patch("/api/v1/sso/providers/acme", &json!({"passwords": "allowed"})).await.ok();
        assert_eq!(links(&ben).await[0]["isLastWayIn"], false);
        // A session alone may be somebody else's by now.
        server.advance(11 * 60);
        remove(&ben, "acme", &json!({})).await.refused(403, "recent_sign_in_needed");
        remove(&ben, "acme", &json!({"password": PASSWORD})).await.ok();
        ben.get(OWN).await.refused(401, "session_ended");
        let by_password = server.sign_in(BEN, PASSWORD).await;
        assert_eq!(links(&server.as_nobody().with_token(&by_password)).await, Vec::<Value>::new());
    }

    async fn nobody_sees_or_removes_the_link_of_another(server: TestServer) {
        let idp = Idp::known(&server, &json!({})).await;
        let ben = idp.person(&server, &json!({})).await;
        let dan = server.person("dan@elsewhere.example", "member").await;
        assert_eq!(links(&dan.caller).await, Vec::<Value>::new());
        for provider in ["acme", "nothing"] {
            remove(&dan.caller, provider, &json!({})).await.refused(404, "not_found");
        }
        assert_eq!(links(&ben).await.len(), 1);
        server.as_machine("admin").await.get(OWN).await.refused(403, "people_only");
    }
}
