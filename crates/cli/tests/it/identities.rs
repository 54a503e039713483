//! `mayfly identity`.

use serde_json::{Value, json};

use crate::{
    answers::project,
    double::{Answer, Double},
    mayfly::Mayfly,
};

const SECRETS: &str = "POST /api/v1/auth/universal-auth/identities/i-1/client-secrets";
const DELETE: &str = "DELETE /api/v1/identities/i-1";

fn identity() -> Value {
    json!({"identity": {
        "id": "i-1", "name": "ci", "orgId": "o", "projectId": null, "authMethods": [], "hasDeleteProtection": false,
        "metadata": [], "createdAt": "t", "updatedAt": "t"
    }})
}

fn membership() -> Value {
    json!({"identityMembership": {
        "id": "m", "identityId": "i-1", "projectId": "p-1", "roles": [], "createdAt": "t", "updatedAt": "t",
        "identity": {"id": "i-1", "name": "ci", "authMethods": [], "hasDeleteProtection": false}
    }})
}

fn universal_auth() -> Value {
    json!({"identityUniversalAuth": {
        "id": "a", "identityId": "i-1", "clientId": "c-1", "accessTokenTTL": 1, "accessTokenMaxTTL": 1,
        "accessTokenNumUsesLimit": 0, "accessTokenPeriod": 0, "clientSecretTrustedIps": [], "accessTokenTrustedIps": [],
        "lockoutEnabled": true, "lockoutThreshold": 3, "lockoutDurationSeconds": 300, "lockoutCounterResetSeconds": 30,
        "createdAt": "t", "updatedAt": "t"
    }})
}

fn client_secret() -> Value {
    json!({"clientSecret": "hunter2", "clientSecretData": {
        "id": "s", "identityUAId": "a", "description": "", "clientSecretPrefix": "hunt", "clientSecretNumUses": 0,
        "clientSecretNumUsesLimit": 0, "clientSecretTTL": 0, "isClientSecretRevoked": false,
        "createdAt": "t", "updatedAt": "t"
    }})
}

async fn server() -> Double {
    let server = Double::start().await;
    server.on("GET /api/v1/projects/slug/shop", Answer::json(&project("shop")));
    server.on("POST /api/v1/identities", Answer::json(&identity()));
    server.on("POST /api/v1/projects/p-1/memberships/identities/i-1", Answer::json(&membership()));
    server.on("POST /api/v1/auth/universal-auth/identities/i-1", Answer::json(&universal_auth()));
    server.on(DELETE, Answer::json(&identity()));
    server
}

#[tokio::test]
async fn an_identity_comes_with_its_role_and_its_secret() {
    let server = server().await;
    server.on(SECRETS, Answer::json(&client_secret()));
    let run = Mayfly::at(&server).run("identity create ci --project shop --role viewer").await;
    assert_eq!(run.success(), "identity       i-1\nclient id      c-1\nclient secret  hunter2\n");
    let bodies: Vec<Value> = server.asked().into_iter().map(|asked| asked.body).collect();
    assert_eq!(bodies[1], json!({"name": "ci", "role": "no-access"}));
    assert_eq!(bodies[2], json!({"role": "viewer"}));
    assert_eq!(bodies.len(), 5);
    let document = Mayfly::at(&server).run("identity create ci -o json").await.json();
    assert_eq!((&document["clientId"], &document["clientSecret"]), (&json!("c-1"), &json!("hunter2")));
}

#[tokio::test]
async fn a_secret_that_goes_to_a_file_is_not_printed() {
    let server = server().await;
    server.on(SECRETS, Answer::json(&client_secret()));
    let mayfly = Mayfly::at(&server);
    let run = mayfly.run("identity create ci --client-secret-file ci.secret").await;
    assert!(!run.success().contains("hunter2") && !run.stderr.contains("hunter2"), "{run:?}");
    assert_eq!(std::fs::read_to_string(mayfly.home().join("ci.secret")).unwrap(), "hunter2\n");
    // A file that is there is not overwritten, and an identity without its secret is not left.
    let again = mayfly.run("identity create ci --client-secret-file ci.secret").await;
    assert!(again.failure(1).contains("cannot write `ci.secret`"), "{again:?}");
    assert_eq!(server.calls().last().unwrap(), DELETE);
}

#[tokio::test]
async fn an_identity_that_could_not_be_finished_is_deleted_again() {
    let server = server().await;
    server.on(SECRETS, Answer::problem(403, "permission_denied", "no"));
    let run = Mayfly::at(&server).run("identity create ci").await;
    assert_eq!(run.failure(4), "error: no\n  request req-42\n");
    assert_eq!(server.calls().last().unwrap(), DELETE);
}

#[tokio::test]
async fn an_identity_that_is_left_is_named() {
    let server = Double::start().await;
    server.on("POST /api/v1/identities", Answer::json(&identity()));
    server.on(DELETE, Answer::problem(503, "store_unavailable", "try again"));
    let run = Mayfly::at(&server).run("identity create ci").await;
    assert!(run.failure(9).contains("the identity i-1") && run.stderr.contains("try again"), "{run:?}");
}

#[tokio::test]
async fn without_its_project_no_identity_is_made() {
    let server = Double::start().await;
    server.on("GET /api/v1/projects/slug/shop", Answer::problem(404, "not_found", "no such project"));
    let mayfly = Mayfly::at(&server);
    mayfly.run("identity create ci --project shop").await.failure(5);
    mayfly.run("identity create ci --project ..").await.failure(2);
    assert_eq!(server.calls(), ["GET /api/v1/projects/slug/shop"]);
}

fn listed(id: &str, name: &str) -> Value {
    json!({
        "id": "m", "identityId": id, "role": "no-access", "customRole": null, "orgId": "o", "metadata": [],
        "identity": {"id": id, "name": name, "authMethods": ["universal-auth"], "hasDeleteProtection": false},
        "createdAt": "t", "updatedAt": "t",
    })
}

#[tokio::test]
async fn identities_are_listed_to_the_end() {
    let server = Double::start().await;
    let page = |identity: Value| Answer::json(&json!({"identities": [identity], "totalCount": 2}));
    let path = "GET /api/v1/identities";
    server.on(path, page(listed("i-1", "ci"))).on(path, page(listed("i-2", "deploy")));
    let run = Mayfly::at(&server).run("identity ls").await;
    let wanted = "ID   NAME    ROLE       SIGNS IN WITH\ni-1  ci      no-access  universal-auth\n\
                  i-2  deploy  no-access  universal-auth\n";
    assert_eq!(run.success(), wanted);
    assert_eq!(server.calls(), [format!("{path}?limit=100&offset=0"), format!("{path}?limit=100&offset=1")]);
}

#[tokio::test]
async fn an_identity_is_removed_only_when_that_is_said() {
    let server = Double::start().await;
    let page = json!({"identities": [listed("i-1", "ci")], "totalCount": 1});
    server.on("GET /api/v1/identities", Answer::json(&page)).on(DELETE, Answer::json(&identity()));
    let mayfly = Mayfly::at(&server);
    let refused = mayfly.run("identity rm ci").await;
    assert!(refused.failure(2).contains("nothing was removed: add `-y`"), "{refused:?}");
    assert!(server.calls().is_empty());
    assert_eq!(mayfly.run("identity rm ci -y").await.success(), "ci\n");
    assert_eq!(server.calls(), ["GET /api/v1/identities?limit=100&offset=0", DELETE]);
}

#[tokio::test]
async fn an_identity_is_named_by_name_or_by_id() {
    const ID: &str = "018f0000-0000-7000-8000-000000000001";
    let server = Double::start().await;
    let page = json!({"identities": [listed("i-1", "ci"), listed("i-2", "x"), listed("i-3", "x")], "totalCount": 3});
    server.on("GET /api/v1/identities", Answer::json(&page));
    server.on("GET /api/v1/identities/i-1", Answer::json(&json!({"identity": listed("i-1", "ci")})));
    server.on(&format!("PATCH /api/v1/identities/{ID}"), Answer::json(&identity()));
    let mayfly = Mayfly::at(&server);
    let shown = mayfly.run("identity show ci -o json").await.json();
    assert_eq!(shown["identity"]["identityId"], "i-1");
    assert!(mayfly.run("identity show x").await.failure(2).contains("say which by id: i-2, i-3"));
    assert!(mayfly.run("identity show nobody").await.failure(5).contains("no identity `nobody`"));
    let line = format!("identity set {ID} --organization-role member --delete-protection true");
    mayfly.run(&line).await.success();
    let last = server.asked().pop().unwrap();
    assert_eq!(last.body, json!({"role": "member", "hasDeleteProtection": true}));
    mayfly.run("identity set ci").await.failure(2);
}
