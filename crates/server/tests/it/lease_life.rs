//! A lease from the wish for it to its end.

use mayfly_testkit::both_databases;
use serde_json::{Value, json};

use crate::support::{ACCOUNT, NAMESPACE, TestServer, TestServerOptions};

const LEASES: &str = "/api/v1/dynamic-secrets/leases";

fn id_of(issued: &Value) -> String {
    issued["lease"]["id"].as_str().unwrap().to_owned()
}

fn seconds_left(server: &TestServer, time: &Value) -> i64 {
    time.as_str().unwrap().parse::<jiff::Timestamp>().unwrap().duration_since(server.ambient.now()).as_secs()
}

both_databases! {
    async fn a_lease_lives_from_its_token_to_its_history(server: TestServer) {
        let member = server.as_machine("member").await;
        server.new_secret("ci").await;
        let issued = server.issue(&member, "ci").await;
        let id = id_of(&issued);
        assert_eq!(seconds_left(&server, &issued["lease"]["expireAt"]), 3600, "the default");
        assert_eq!(issued["lease"]["externalEntityId"], ACCOUNT);
        assert_eq!(issued["lease"]["namespace"], NAMESPACE);
        assert!(issued["data"]["TOKEN"].as_str().unwrap().split('.').count() == 3);

        let place = server.place_query();
        let listed = member.get(&format!("/api/v1/dynamic-secrets/ci/leases?{place}")).await.ok();
        assert_eq!(listed["leases"].as_array().unwrap().len(), 1);
        assert_eq!(listed["leases"][0]["id"], id.as_str());
        let got = member.get(&format!("{LEASES}/{id}?{place}")).await.ok();
        assert_eq!((&got["lease"]["state"], &got["lease"]["status"]), (&json!("active"), &Value::Null));
        assert_eq!(got["lease"]["dynamicSecret"]["name"], "ci");
        assert!(!got.to_string().contains(issued["data"]["TOKEN"].as_str().unwrap()), "a token is shown once");

        let ended = member.delete(&format!("{LEASES}/{id}"), &server.place()).await.ok();
        assert_eq!(ended["lease"]["state"], "closed", "the token of an existing account lives on");
        assert_eq!(seconds_left(&server, &ended["lease"]["tokenExpiresAt"]), 3600);
        let lost = format!("Dynamic secret lease with ID {id}");
        assert!(member.get(&format!("{LEASES}/{id}?{place}")).await.refused(404, "lease_not_found").starts_with(&lost));
        let again = member.delete(&format!("{LEASES}/{id}"), &server.place()).await;
        assert!(again.refused(404, "lease_not_found").starts_with(&lost));
        let listed = member.get(&format!("/api/v1/dynamic-secrets/ci/leases?{place}")).await.ok();
        assert_eq!(listed["leases"], json!([]));

        assert_eq!(server.history(&member, &id).await.ok()["lease"]["state"], "closed");
        server.advance(3600);
        assert_eq!(server.reap().await, 1);
        let told = server.history(&member, &id).await.ok();
        assert_eq!((&told["lease"]["state"], &told["lease"]["outcome"]), (&json!("ended"), &json!("expired")));
        assert_eq!(server.cluster.token_calls().len(), 1);
    }

    async fn renewal_is_refused_in_words_that_make_clients_mint_anew(server: TestServer) {
        let member = server.as_machine("member").await;
        server.new_secret("ci").await;
        let id = id_of(&server.issue(&member, "ci").await);
        let phrase = format!("Dynamic secret lease with ID {id}");
        let renew = |id: &str| format!("{LEASES}/{id}/renew");
        let refused = member.post(&renew(&id), &server.place()).await;
        assert!(refused.refused(400, "lease_not_renewable").starts_with(&phrase));
        member.delete(&format!("{LEASES}/{id}"), &server.place()).await.ok();
        let ended = member.post(&renew(&id), &server.place()).await;
        assert!(ended.refused(404, "lease_not_found").starts_with(&phrase));
        let nonsense = member.post(&renew("abc"), &server.place()).await;
        assert_eq!(nonsense.refused(404, "lease_not_found"), "Dynamic secret lease with ID abc was not found");
        assert_eq!(server.count_events("refuse-dynamic-secret-lease-renewal").await, 1);
    }

    async fn a_lease_ends_on_time_with_exactly_one_event(server: TestServer) {
        let member = server.as_machine("member").await;
        server.new_secret("ci").await;
        let (running, closed) = (server.issue(&member, "ci").await, server.issue(&member, "ci").await);
        member.delete(&format!("{LEASES}/{}", id_of(&closed)), &server.place()).await.ok();
        server.advance(3599);
        assert_eq!(server.reap().await, 0, "a second is left");
        server.advance(1);
        assert_eq!((server.reap().await, server.reap().await), (2, 0));
        for issued in [&running, &closed] {
            let told = server.history(&member, &id_of(issued)).await.ok();
            assert_eq!(told["lease"]["state"], "ended");
            assert_eq!(seconds_left(&server, &told["lease"]["endedAt"]), 0);
        }
        assert_eq!(server.count_events("expire-dynamic-secret-lease").await, 2);
        assert_eq!(server.count_events("delete-dynamic-secret-lease").await, 1);
        assert_eq!(server.count_events("create-dynamic-secret-lease").await, 2);
    }

    async fn a_lease_is_ended_after_a_restart(server: TestServer) {
        let mut server = server;
        server.new_secret("ci").await;
        let id = id_of(&server.issue(&server.as_admin(), "ci").await);
        server.stop().await;
        server.advance(7200);
        server.resume().await;
        assert_eq!(server.reap().await, 1);
        // The administrator's own access token still counts: it lives for thirty days.
        assert_eq!(server.history(&server.as_admin(), &id).await.ok()["lease"]["outcome"], "expired");
    }

    async fn running_leases_keep_what_they_had_when_the_secret_changes(server: TestServer) {
        let admin = server.as_admin();
        server.new_secret("ci").await;
        let before = server.issue(&admin, "ci").await;
        let change = json!({"data": {"defaultTTL": "30m", "newName": "ci-2"}});
        let changed = admin.patch("/api/v1/dynamic-secrets/ci", &crate::support::merged(&server.place(), &change)).await;
        assert_eq!(changed.ok()["dynamicSecret"]["defaultTTL"], "30m");
        let path = format!("{LEASES}/{}?{}", id_of(&before), server.place_query());
        assert_eq!(admin.get(&path).await.ok()["lease"]["expireAt"], before["lease"]["expireAt"]);
        let after = server.issue(&admin, "ci-2").await;
        assert_eq!(seconds_left(&server, &after["lease"]["expireAt"]), 1800);
    }
}

#[tokio::test]
async fn a_lifetime_is_given_as_asked_or_refused_with_the_reason() {
    let server = TestServer::sqlite().await;
    let admin = server.as_admin();
    server.new_secret("ci").await;
    for (ttl, seconds) in [("", 3600), ("10m", 600), ("90m", 5400), ("4h", 14_400), ("240m", 14_400)] {
        let issued = server.issue_with(&admin, "ci", &json!({ "ttl": ttl })).await.ok();
        assert_eq!(seconds_left(&server, &issued["lease"]["expireAt"]), seconds, "{ttl}");
    }
    let issued = server.issue_with(&admin, "ci", &json!({ "ttl": null })).await.ok();
    assert_eq!(seconds_left(&server, &issued["lease"]["expireAt"]), 3600, "null is the default");
    for (ttl, reason) in [("9m", "at least 10 minutes"), ("241m", "Max TTL `4h`"), ("1d", "Max TTL `4h`")] {
        let refused = server.issue_with(&admin, "ci", &json!({ "ttl": ttl })).await.refused(400, "ttl_refused");
        assert!(refused.contains(reason), "{ttl}: {refused}");
    }
    assert_eq!(server.cluster.token_calls().len(), 6, "nothing was asked for in vain");
}

#[tokio::test]
async fn without_a_maximum_the_servers_limit_bounds_a_lease() {
    let options = TestServerOptions::new(crate::support::Database::Sqlite);
    let server = TestServer::start(options).await;
    let mut request = server.secret_request("ci");
    request["maxTTL"] = Value::Null;
    server.as_admin().post("/api/v1/dynamic-secrets", &request).await.ok();
    server.issue_with(&server.as_admin(), "ci", &json!({"ttl": "24h"})).await.ok();
    let refused = server.issue_with(&server.as_admin(), "ci", &json!({"ttl": "25h"})).await;
    assert!(refused.refused(400, "ttl_refused").contains("limit of 86400 s"));
}

#[tokio::test]
async fn a_lease_of_somebody_else_is_as_absent_as_none() {
    let server = TestServer::sqlite().await;
    let (holder, other) = (server.as_machine("member").await, server.as_machine("member").await);
    server.new_secret("ci").await;
    let theirs = id_of(&server.issue(&holder, "ci").await);
    let absent = "018f0000-0000-7000-8000-000000000000";
    let elsewhere = server.new_project("other-project").await;
    let place = server.place_query();
    let foreign_place = place.replace(&server.project.slug, &elsewhere.slug);
    let pretend = |body: Value, id: &str| body.to_string().replace(id, "ID");
    for (query, who) in [(&place, &other), (&foreign_place, &server.as_admin())] {
        let found = who.get(&format!("{LEASES}/{theirs}?{query}")).await;
        let missing = who.get(&format!("{LEASES}/{absent}?{query}")).await;
        assert_eq!(pretend(found.without_request_id(), &theirs), pretend(missing.without_request_id(), absent));
        assert_eq!((found.status, found.headers.len()), (404, missing.headers.len()));
    }
    assert_eq!(server.count_events("access-denied").await, 2, "the looks at what is somebody else's, and no other");
    for (method, tail) in [("DELETE", ""), ("POST", "/renew")] {
        let send = async |id: &str| {
            let path = format!("{LEASES}/{id}{tail}");
            pretend(other.send(method.parse().unwrap(), &path, Some(&server.place())).await.without_request_id(), id)
        };
        assert_eq!(send(&theirs).await, send(absent).await);
    }
    let found = server.history(&other, &theirs).await.without_request_id();
    let missing = server.history(&other, absent).await.without_request_id();
    assert_eq!(pretend(found, &theirs), pretend(missing, absent));
    server.as_admin().get(&format!("{LEASES}/{theirs}?{place}")).await.ok();
}
