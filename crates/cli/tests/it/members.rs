//! `mayfly member`.

use serde_json::{Value, json};

use crate::{
    answers::{closed, project},
    double::{Answer, Double},
    mayfly::Mayfly,
};

const MEMBERSHIPS: &str = "/api/v1/projects/p-1/memberships";

fn given(role: &str, end: &Value) -> Value {
    json!({
        "id": "m:x", "role": "custom", "customRoleId": "r", "customRoleName": "R", "customRoleSlug": role,
        "isTemporary": !end.is_null(), "temporaryMode": null, "temporaryRange": null, "temporaryAccessStartTime": null,
        "temporaryAccessEndTime": end,
    })
}

fn user() -> Value {
    json!({
        "id": "m", "userId": "u-1", "projectId": "p-1", "roles": [given("deployer", &json!("soon"))],
        "user": {"id": "u-1", "email": "ana@example.com"}, "createdAt": "t", "updatedAt": "t",
    })
}

fn identity() -> Value {
    json!({
        "id": "m", "identityId": "i-1", "projectId": "p-1", "roles": [], "createdAt": "t", "updatedAt": "t",
        "identity": {"id": "i-1", "name": "ci", "authMethods": [], "hasDeleteProtection": false},
    })
}

fn group() -> Value {
    json!({
        "id": "m", "groupId": "g-1", "projectId": "p-1", "roles": [given("deployer", &Value::Null)],
        "group": {"id": "g-1", "orgId": "o", "name": "Ops", "slug": "ops", "createdAt": "t", "updatedAt": "t"},
        "createdAt": "t", "updatedAt": "t",
    })
}

async fn server() -> Double {
    let server = Double::start().await;
    server.on("GET /api/v1/projects/slug/shop", Answer::json(&project("shop")));
    let identities = json!({"identities": [{
        "id": "m", "identityId": "i-1", "role": "no-access", "customRole": null, "orgId": "o", "metadata": [],
        "identity": {"id": "i-1", "name": "ci", "authMethods": [], "hasDeleteProtection": false},
        "createdAt": "t", "updatedAt": "t",
    }], "totalCount": 1});
    server.on("GET /api/v1/identities", Answer::json(&identities));
    let groups = json!({"groups": [group()["group"]], "nextCursor": null});
    server.on("GET /api/v1/groups", Answer::json(&groups));
    server
}

#[tokio::test]
async fn members_of_every_kind_are_listed_together() {
    let server = server().await;
    let list = |name: &str, item: Value| Answer::json(&json!({name: [item], "totalCount": 1}));
    server.on(&format!("GET {MEMBERSHIPS}/users"), list("userMemberships", user()));
    server.on(&format!("GET {MEMBERSHIPS}/identities"), list("identityMemberships", identity()));
    server.on(&format!("GET {MEMBERSHIPS}/groups"), list("groupMemberships", group()));
    let mayfly = Mayfly::at(&server);
    let run = mayfly.run("member ls --project shop").await;
    let wanted = "TYPE      NAME             ROLES                ID\n\
                  user      ana@example.com  deployer until soon  u-1\n\
                  identity  ci                                    i-1\n\
                  group     ops              deployer             g-1\n";
    assert_eq!(run.success(), wanted);
    let kinds = mayfly.run("member ls --project shop -o json").await.json();
    assert_eq!((&kinds["members"][2]["type"], &kinds["members"][2]["name"]), (&json!("group"), &json!("ops")));
}

#[tokio::test]
async fn each_kind_of_member_is_named_in_its_own_words() {
    let server = server().await;
    let body = |name: &str, item: Value| Answer::json(&json!({name: item}));
    server.on(&format!("GET {MEMBERSHIPS}/users/u-1"), body("userMembership", user()));
    server.on(&format!("GET {MEMBERSHIPS}/identities/i-1"), body("identityMembership", identity()));
    server.on(&format!("GET {MEMBERSHIPS}/groups/g-1"), body("groupMembership", group()));
    let mayfly = Mayfly::at(&server);
    for (who, name) in [("--user u-1", "ana@example.com"), ("--identity ci", "ci"), ("--group ops", "ops")] {
        let run = mayfly.run(&format!("member show --project shop {who}")).await;
        assert!(run.success().contains(&format!("name       {name}\n")), "{run:?}");
    }
    mayfly.run("member show --project shop").await.failure(2);
    mayfly.run("member show --project shop --user u-1 --group ops").await.failure(2);
}

#[tokio::test]
async fn roles_are_given_for_good_or_for_a_time() {
    let server = server().await;
    let path = format!("{MEMBERSHIPS}/groups/g-1");
    let body = Answer::json(&json!({"groupMembership": group()}));
    server.on(&format!("POST {path}"), body.clone()).on(&format!("GET {path}"), body);
    server.on(&format!("PATCH {path}"), Answer::json(&json!({"roles": []})));
    let mayfly = Mayfly::at(&server);
    mayfly.run("member add --project shop --group ops --role viewer --role deployer=8h").await.success();
    let temporary =
        |role: &str| json!({"role": role, "isTemporary": true, "temporaryMode": "relative", "temporaryRange": "8h"});
    let sent = json!({"roles": [{"role": "viewer"}, temporary("deployer")]});
    assert_eq!(server.asked().pop().unwrap().body, sent);
    let run = mayfly.run("member set --project shop --group ops --role deployer --for 8h").await;
    assert!(run.success().contains("roles      deployer\n"), "{run:?}");
    let asked = server.asked();
    assert_eq!(asked[asked.len() - 2].body, json!({"roles": [temporary("deployer")]}));
    mayfly.run("member add --project shop --group ops").await.failure(2);
}

#[tokio::test]
async fn a_member_is_taken_out_only_when_that_is_said() {
    let server = server().await;
    let path = format!("DELETE {MEMBERSHIPS}/groups/g-1");
    server.on(&path, Answer::json(&json!({"groupMembership": group(), "leasesLeft": [closed("l-1")]})));
    let mayfly = Mayfly::at(&server);
    let line = "member rm --project shop --group ops";
    assert!(mayfly.run(line).await.failure(2).contains("nobody was removed: add `-y`"));
    assert!(server.calls().is_empty());
    let run = mayfly.run(&format!("{line} -y")).await;
    assert_eq!(run.success(), "ops\n");
    assert!(run.stderr.contains("l-1 (shop/deployer): ended early, token still valid"), "{run:?}");
    assert_eq!(server.calls().last().unwrap(), &path);
}
