//! Who may give what to whom.

use mayfly_testkit::both_databases;
use serde_json::json;

use crate::support::{Caller, TestServer};

async fn project_admin(server: &TestServer) -> Caller {
    server.as_machine("admin").await
}

fn membership(server: &TestServer, identity: &str) -> String {
    format!("/api/v1/projects/{}/memberships/identities/{identity}", server.project.id)
}

#[tokio::test]
async fn nobody_gives_what_they_do_not_hold() {
    let server = TestServer::sqlite().await;
    let guest = server.lone_machine("no-access", &json!({})).await;
    let path = membership(&server, &guest.id);
    let admin = project_admin(&server).await;
    for role in ["viewer", "member", "admin"] {
        admin.post(&path, &json!({ "role": role })).await.ok();
        admin.delete(&path, &json!({})).await.ok();
    }
    let before = server.home.number("SELECT COUNT(*) FROM project_members").await;
    admin.post(&path, &json!({"role": "provisioner"})).await.refused(403, "role_above_own");
    let mixed = json!({"roles": [{"role": "viewer"}, {"role": "provisioner"}]});
    admin.post(&path, &mixed).await.refused(403, "role_above_own");
    for role in ["member", "viewer", "provisioner", "no-access"] {
        let caller = server.as_machine(role).await;
        caller.post(&path, &json!({"role": "viewer"})).await.refused(403, "permission_denied");
    }
    // Four machines joined meanwhile, and nobody else.
    assert_eq!(server.home.number("SELECT COUNT(*) FROM project_members").await, before + 4);
    server.as_admin().post(&path, &json!({"role": "provisioner"})).await.ok();
    admin.patch(&path, &json!({"role": "viewer"})).await.refused(403, "role_above_own");
    admin.delete(&path, &json!({})).await.refused(403, "role_above_own");
}

#[tokio::test]
async fn a_role_above_ones_own_is_refused_with_one_event() {
    let server = TestServer::sqlite().await;
    let guest = server.lone_machine("no-access", &json!({})).await;
    let admin = project_admin(&server).await;
    let before = server.count_events("access-denied").await;
    let path = membership(&server, &guest.id);
    admin.post(&path, &json!({"role": "provisioner"})).await.refused(403, "role_above_own");
    assert_eq!(server.count_events("access-denied").await, before + 1);
    let member = server.lone_machine("member", &json!({})).await;
    let caller = server.as_nobody().with_token(&member.token);
    caller.post("/api/v1/identities", &json!({"name": "x", "role": "admin"})).await.refused(403, "permission_denied");
    assert_eq!(server.count_events("access-denied").await, before + 2);
}

#[tokio::test]
async fn names_that_look_like_a_role_are_none() {
    let server = TestServer::sqlite().await;
    let guest = server.lone_machine("no-access", &json!({})).await;
    let before = server.home.number("SELECT COUNT(*) FROM project_members").await;
    for role in ["Admin", "ADMIN", "admin ", " admin", "\u{430}dmin", "admin\u{1}", "", "no_access", "owner"] {
        let faults = server.as_admin().post(&membership(&server, &guest.id), &json!({ "role": role })).await.faults();
        assert_eq!(faults[0].0, "body.role", "{role:?}");
        assert!(faults[0].2.contains("`admin`, `member`, `viewer`"), "{role:?}: {faults:?}");
    }
    assert_eq!(server.home.number("SELECT COUNT(*) FROM project_members").await, before);
}

#[tokio::test]
async fn a_stronger_identity_cannot_be_taken_over() {
    let server = TestServer::sqlite().await;
    let strong = server.lone_machine("admin", &json!({})).await;
    let member = server.lone_machine("member", &json!({})).await;
    let caller = server.as_nobody().with_token(&member.token);
    let auth = format!("/api/v1/auth/universal-auth/identities/{}", strong.id);
    caller.patch(&auth, &json!({"accessTokenTTL": 60})).await.refused(403, "permission_denied");
    caller.post(&format!("{auth}/client-secrets"), &json!({})).await.refused(403, "permission_denied");
    caller
        .patch(&format!("/api/v1/identities/{}", strong.id), &json!({"name": "x"}))
        .await
        .refused(403, "permission_denied");
    let own = format!("/api/v1/identities/{}", member.id);
    caller.patch(&own, &json!({"role": "admin"})).await.refused(403, "permission_denied");
}

#[tokio::test]
async fn only_a_provisioner_reads_the_cluster_token_back_and_each_time_is_recorded() {
    let server = TestServer::sqlite().await;
    server.new_secret("ci").await;
    let path = format!("/api/v1/dynamic-secrets/ci?{}", server.place_query());
    for (role, is_shown) in [("admin", false), ("member", false), ("viewer", false), ("provisioner", true)] {
        let got = server.as_machine(role).await.get(&path).await.ok();
        let token = got["dynamicSecret"]["inputs"].get("clusterToken");
        assert_eq!(token, is_shown.then(|| json!(server.cluster_token)).as_ref(), "{role}");
    }
    assert_eq!(server.count_events("reveal-root-credential").await, 1);
    let listed = format!("/api/v1/dynamic-secrets?{}", server.place_query());
    let listed = server.as_machine("provisioner").await.get(&listed).await.ok();
    assert_eq!(listed["dynamicSecrets"][0].get("inputs"), None);
}

both_databases! {
    async fn a_right_that_is_taken_away_is_gone_at_once_where_it_was_taken(server: TestServer) {
        let machine = server.machine("member", &json!({})).await;
        server.new_secret("ci").await;
        let caller = server.as_nobody().with_token(&machine.token);
        server.issue(&caller, "ci").await;
        server.as_admin().delete(&membership(&server, &machine.id), &json!({})).await.ok();
        server.issue_with(&caller, "ci", &json!({})).await.refused(404, "not_found");
    }
}

#[tokio::test]
async fn a_right_that_is_taken_away_is_gone_within_five_seconds_on_every_server() {
    let server = TestServer::postgres().await;
    let second = server.second().await;
    let machine = server.machine("member", &json!({})).await;
    server.new_secret("ci").await;
    let caller = second.as_nobody().with_token(&machine.token);
    let demoted = json!({"role": "viewer"});
    second.issue(&caller, "ci").await;
    server.as_admin().patch(&membership(&server, &machine.id), &demoted).await.ok();
    let mut seconds = 0;
    while second.issue_with(&caller, "ci", &json!({})).await.status == 200 {
        second.advance(1);
        seconds += 1;
        assert!(seconds <= 5, "the right still counts after {seconds} s");
    }
    second.issue_with(&caller, "ci", &json!({})).await.refused(403, "permission_denied");

    let path = format!("/api/v1/identities/{}", machine.id);
    caller.get("/api/v1/workspace").await.ok();
    server.as_admin().delete(&path, &json!({})).await.ok();
    second.advance(5);
    caller.get("/api/v1/workspace").await.refused(401, "access_token_refused");
}
