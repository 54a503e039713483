//! Groups follow from what a provider says at each sign-in.

use mayfly_app::leases::end_of_lost_rights;
use mayfly_testkit::both_databases;
use serde_json::{Value, json};

use super::Idp;
use crate::support::{Caller, TestServer};

/// The promise.
const WITHIN_SECONDS: u64 = 5;

async fn group(server: &TestServer, slug: &str) -> String {
    let made = server.as_admin().post("/api/v1/groups", &json!({"name": slug, "slug": slug})).await.ok();
    made["group"]["id"].as_str().unwrap().to_owned()
}

/// Who is in a group, and by what.
async fn members(server: &TestServer, group: &str) -> Vec<(Value, bool)> {
    let listed = server.as_admin().get(&format!("/api/v1/groups/{group}/members")).await.ok();
    let members = listed["members"].as_array().unwrap().iter();
    members.map(|member| (member["id"].clone(), member["ssoProviderId"].is_string())).collect()
}

async fn own_id(caller: &Caller) -> Value {
    caller.get("/api/v1/users/me").await.ok()["user"]["id"].clone()
}

async fn lease(server: &TestServer, caller: &Caller) -> crate::support::Answer {
    caller.post("/api/v1/dynamic-secrets/leases", &server.lease_request("ci", &json!({}))).await
}

both_databases! {
    async fn a_group_is_joined_and_left_as_the_provider_says_and_its_leases_end(server: TestServer) {
        server.new_secret("ci").await;
        let deployers = group(&server, "deployers").await;
        let path = format!("/api/v1/projects/{}/memberships/groups/{deployers}", server.project.id);
        server.as_admin().post(&path, &json!({"role": "member"})).await.ok();
        let mappings = json!([{"value": "team-*", "groupId": deployers}]);
        let idp = Idp::known(&server, &json!({"groupMappings": mappings})).await;
        let ben = idp.person(&server, &json!({"groups": ["team-shop", "all"]})).await;
        let issued = lease(&server, &ben).await.ok();
        assert_eq!(members(&server, &deployers).await, [(own_id(&ben).await, true)]);
        assert_eq!(server.count_events("add-group-member").await, 1);
        // The next time they are in another team.
        let again = idp.person(&server, &json!({"groups": ["all"]})).await;
        assert_eq!(members(&server, &deployers).await, []);
        server.advance(WITHIN_SECONDS);
        lease(&server, &again).await.refused(404, "not_found");
        lease(&server, &ben).await.refused(404, "not_found");
        end_of_lost_rights(server.app()).await.unwrap();
        let id = issued["lease"]["id"].as_str().unwrap();
        let path = format!("/api/v1/leases/{id}?projectSlug={}", server.project.slug);
        let shown = server.as_admin().get(&path).await.ok();
        assert_ne!(shown["lease"]["state"], "active");
        assert_eq!(server.count_events("remove-group-member").await, 1);
    }

    async fn what_was_given_by_hand_stays_and_stands_for_itself(server: TestServer) {
        let (given, both) = (group(&server, "given").await, group(&server, "both").await);
        let mappings = json!([{"value": "a", "groupId": both}]);
        let idp = Idp::known(&server, &json!({"groupMappings": mappings})).await;
        let ben = own_id(&idp.person(&server, &json!({"groups": "a"})).await).await;
        for id in [&given, &both] {
            let path = format!("/api/v1/groups/{id}/members/users/{}", ben.as_str().unwrap());
            server.as_admin().post(&path, &json!({})).await.ok();
            server.as_admin().post(&path, &json!({})).await.refused(400, "name_taken");
        }
        assert_eq!(members(&server, &both).await, [(ben.clone(), false)], "once, and by hand");
        idp.person(&server, &json!({"groups": []})).await;
        for id in [&given, &both] {
            assert_eq!(members(&server, id).await, [(ben.clone(), false)]);
        }
        idp.person(&server, &json!({"groups": ["a"]})).await;
        let path = format!("/api/v1/groups/{both}/members/users/{}", ben.as_str().unwrap());
        server.as_admin().delete(&path, &json!({})).await.ok();
        assert_eq!(members(&server, &both).await, [], "whatever they are in it by");
        server.as_admin().delete(&path, &json!({})).await.refused(404, "not_found");
    }
}

#[tokio::test]
async fn a_group_that_nothing_stands_for_any_more_is_left_at_once() {
    let server = TestServer::sqlite().await;
    let (one, other) = (group(&server, "one").await, group(&server, "other").await);
    let mapping = |group: &str| json!({"value": "a", "groupId": group});
    let idp = Idp::known(&server, &json!({"groupMappings": [mapping(&one), mapping(&other)]})).await;
    let ben = own_id(&idp.person(&server, &json!({"groups": ["a"]})).await).await;
    let path = "/api/v1/sso/providers/acme";
    server.as_admin().patch(path, &json!({"groupMappings": [mapping(&one)]})).await.ok();
    assert_eq!(members(&server, &other).await, []);
    assert_eq!(members(&server, &one).await, [(ben, true)]);
    // A group that is gone gives nothing, and stops nobody.
    server.as_admin().delete(&format!("/api/v1/groups/{one}"), &json!({})).await.ok();
    idp.person(&server, &json!({"groups": ["a"]})).await;
    server.as_admin().patch(path, &json!({"name": "Other"})).await.ok();
    let absent = mapping("018f0000-0000-7000-8000-000000000000");
    let refused = server.as_admin().patch(path, &json!({"groupMappings": [absent]})).await;
    assert_eq!(refused.faults()[0].0, "body.groupMappings.0.groupId");
}

#[tokio::test]
async fn with_a_provider_goes_what_people_had_by_it() {
    let server = TestServer::sqlite().await;
    let team = group(&server, "team").await;
    let idp = Idp::known(&server, &json!({"groupMappings": [{"value": "a", "groupId": team}]})).await;
    let ben = idp.person(&server, &json!({"groups": ["a"]})).await;
    let id = own_id(&ben).await;
    server.as_admin().patch("/api/v1/sso/providers/acme", &json!({"isEnabled": false})).await.ok();
    ben.get("/api/v1/users/me").await.refused(401, "session_ended");
    server.as_nobody().get("/api/v1/auth/sso/acme/start").await.refused(404, "sso_no_provider");
    assert_eq!(members(&server, &team).await.len(), 1, "switched off, it takes nothing away");
    server.as_admin().delete("/api/v1/sso/providers/acme", &json!({})).await.ok();
    assert_eq!(members(&server, &team).await, []);
    let user = format!("/api/v1/users/{}", id.as_str().unwrap());
    server.as_admin().get(&user).await.ok();
    server.as_admin().delete(&user, &json!({})).await.ok();
}

#[tokio::test]
async fn a_person_who_signs_in_by_a_provider_can_be_removed() {
    let server = TestServer::sqlite().await;
    let idp = Idp::known(&server, &json!({})).await;
    let id = own_id(&idp.person(&server, &json!({})).await).await;
    server.as_admin().delete(&format!("/api/v1/users/{}", id.as_str().unwrap()), &json!({})).await.ok();
    let again = own_id(&idp.person(&server, &json!({})).await).await;
    assert_ne!(again, id, "somebody new, with nothing of the one before");
}
