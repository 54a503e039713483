//! `mayfly group`.

use serde_json::{Value, json};

use crate::{
    answers::closed,
    double::{Answer, Double},
    mayfly::Mayfly,
};

fn group(id: &str, slug: &str) -> Value {
    json!({"id": id, "orgId": "o", "name": "Ops", "slug": slug, "createdAt": "t", "updatedAt": "t"})
}

async fn server() -> Double {
    let server = Double::start().await;
    let page = |group: Value, next: Value| Answer::json(&json!({"groups": [group], "nextCursor": next}));
    let path = "GET /api/v1/groups";
    server.on(path, page(group("g-1", "ops"), json!("g-1"))).on(path, page(group("g-2", "dba"), Value::Null));
    server
}

fn one(id: &str, slug: &str) -> Answer {
    Answer::json(&json!({"group": group(id, slug)}))
}

#[tokio::test]
async fn groups_are_listed_to_the_end() {
    let server = server().await;
    let run = Mayfly::at(&server).run("group ls").await;
    assert_eq!(run.success(), "SLUG  NAME  ID\nops   Ops   g-1\ndba   Ops   g-2\n");
    assert_eq!(server.calls(), ["GET /api/v1/groups", "GET /api/v1/groups?cursor=g-1"]);
}

#[tokio::test]
async fn a_group_is_shown_with_who_is_in_it() {
    let member = json!({"type": "user", "id": "u-1", "since": "t"});
    let users = json!({"users": [{
        "id": "u-1", "email": "ana@example.com", "name": null, "role": "member", "isDisabled": false,
        "hasSecondFactor": false, "createdAt": "t", "updatedAt": "t",
    }], "nextCursor": null});
    // Whoever may not see everybody's names still sees who is there.
    let denied = Answer::problem(403, "permission_denied", "no");
    for (users, name) in [(Answer::json(&users), "ana@example.com"), (denied.clone(), "-")] {
        let server = server().await;
        server.on("GET /api/v1/groups/g-2", one("g-2", "dba"));
        let members = json!({"members": [member], "nextCursor": null});
        server.on("GET /api/v1/groups/g-2/members", Answer::json(&members));
        server.on("GET /api/v1/users", users).on("GET /api/v1/identities", denied.clone());
        let run = Mayfly::at(&server).run("group show dba").await;
        let row = run.success().lines().last().unwrap().split_whitespace().collect::<Vec<_>>();
        assert_eq!(row, ["user", name, "t", "u-1"]);
    }
}

#[tokio::test]
async fn groups_are_made_and_changed() {
    let server = server().await;
    server.on("POST /api/v1/groups", one("g-1", "ops")).on("PATCH /api/v1/groups/g-2", one("g-2", "data"));
    let mayfly = Mayfly::at(&server);
    assert_eq!(mayfly.run("group create ops").await.success(), "ops\n");
    assert_eq!(server.only_body(), json!({"name": "ops", "slug": "ops"}));
    let run = mayfly.run("group set dba --new-slug data -o json").await;
    assert_eq!(run.json()["group"]["slug"], "data");
    assert_eq!(server.asked().pop().unwrap().body, json!({"slug": "data"}));
    mayfly.run("group set dba").await.failure(2);
}

#[tokio::test]
async fn people_and_machines_are_put_in_and_taken_out() {
    const ID: &str = "018f0000-0000-7000-8000-000000000001";
    let server = server().await;
    let member = Answer::json(&json!({"member": {"type": "user", "id": "u-1", "since": "t"}}));
    server.on("POST /api/v1/groups/g-1/members/users/u-1", member);
    let machine = format!("DELETE /api/v1/groups/{ID}/members/identities/{ID}");
    server.on(&machine, one("g-1", "ops"));
    let mayfly = Mayfly::at(&server);
    assert_eq!(mayfly.run("group add ops --user u-1").await.success(), "u-1\n");
    assert_eq!(mayfly.run(&format!("group remove {ID} --identity {ID} -y")).await.success(), format!("{ID}\n"));
    assert_eq!(server.calls().last().unwrap(), &machine);
    assert_eq!(server.asked().pop().unwrap().body, json!({}), "what servers do anyway is not said");
    assert!(mayfly.run("group add ops").await.failure(2).contains("`--user` or `--identity`"));
}

#[tokio::test]
async fn the_leases_of_whoever_loses_a_group_are_named_and_run_out_where_that_is_chosen() {
    const ID: &str = "018f0000-0000-7000-8000-000000000001";
    let answer = Answer::json(&json!({"group": group(ID, "dba"), "leasesLeft": [closed("l-1")]}));
    let of_member = format!("DELETE /api/v1/groups/{ID}/members/identities/{ID}");
    for (line, path) in [
        (format!("group rm {ID} -y"), format!("DELETE /api/v1/groups/{ID}")),
        (format!("group remove {ID} --identity {ID} -y"), of_member),
    ] {
        let server = Double::start().await;
        server.on(&path, answer.clone());
        let run = Mayfly::at(&server).run(&format!("{line} --leases run-out")).await;
        run.success();
        assert!(run.stderr.contains("lease l-1 is closed"), "{run:?}");
        assert_eq!(server.only_body(), json!({"leases": "run-out"}));
    }
}

#[tokio::test]
async fn a_group_is_removed_only_when_that_is_said() {
    let server = server().await;
    server.on("DELETE /api/v1/groups/g-2", one("g-2", "dba"));
    let mayfly = Mayfly::at(&server);
    assert!(mayfly.run("group rm dba").await.failure(2).contains("nothing was removed: add `-y`"));
    assert!(server.calls().is_empty());
    assert_eq!(mayfly.run("group rm dba -y").await.success(), "dba\n");
    assert!(mayfly.run("group rm nobody -y").await.failure(5).contains("no group `nobody`"));
}
