//! `mayfly project`, `env` and `folder`.

use serde_json::{Value, json};

use crate::{
    answers::{closed, project},
    double::{Answer, Double},
    mayfly::Mayfly,
};

const PROJECT: &str = "/api/v1/projects/p-1";

async fn server() -> Double {
    let server = Double::start().await;
    server.on("GET /api/v1/projects/slug/shop", Answer::json(&project("shop")));
    server
}

fn environment() -> Value {
    json!({
        "id": "e", "name": "Development", "slug": "dev", "position": 1, "projectId": "p-1", "createdAt": "t",
        "updatedAt": "t",
    })
}

fn changed() -> Value {
    json!({"message": "m", "workspace": "p-1", "projectId": "p-1", "environment": environment()})
}

fn folder() -> Value {
    json!({"folder": {
        "id": "f-1", "name": "team", "envId": "f", "parentId": "r", "isReserved": false, "description": "ours",
        "version": 1, "lastSecretModified": null, "path": "/k8s/team", "createdAt": "t", "updatedAt": "t",
    }})
}

fn with_left(mut body: Value) -> Answer {
    body["leasesLeft"] = json!([closed("l-1")]);
    Answer::json(&body)
}

#[tokio::test]
async fn a_project_is_shown_and_changed() {
    let server = server().await;
    server.on(&format!("PATCH {PROJECT}"), Answer::json(&json!({"project": project("shop")})));
    let mayfly = Mayfly::at(&server);
    for line in ["project show shop", "project show --project shop"] {
        assert!(mayfly.run(line).await.success().contains("environments         dev, prod\n"));
    }
    assert_eq!(mayfly.run("project show shop -o json").await.json()["project"]["id"], "p-1");
    let run = mayfly.run("project set shop --name Store --delete-protection true").await;
    assert_eq!(run.success(), "shop\n");
    assert_eq!(server.asked().pop().unwrap().body, json!({"name": "Store", "hasDeleteProtection": true}));
    mayfly.run("project set shop").await.failure(2);
}

#[tokio::test]
async fn a_project_goes_only_when_that_is_said_and_names_what_is_left() {
    let server = server().await;
    server.on(&format!("DELETE {PROJECT}"), with_left(json!({"project": project("shop")})));
    let mayfly = Mayfly::at(&server);
    assert!(mayfly.run("project rm shop").await.failure(2).contains("nothing was removed: add `-y`"));
    assert!(server.calls().is_empty());
    let run = mayfly.run("project rm shop -y").await;
    assert_eq!(run.success(), "shop\n");
    assert!(run.stderr.contains("l-1 (shop/deployer): ended early, token still valid"), "{run:?}");
}

#[tokio::test]
async fn environments_are_made_shown_and_changed() {
    let server = server().await;
    let one = format!("{PROJECT}/environments/e");
    server.on(&format!("POST {PROJECT}/environments"), Answer::json(&changed()));
    server.on(&format!("GET {one}"), Answer::json(&json!({"environment": environment()})));
    server.on(&format!("PATCH {one}"), Answer::json(&changed()));
    let mayfly = Mayfly::at(&server);
    assert_eq!(mayfly.run("env create dev --project shop --position 2").await.success(), "dev\n");
    assert_eq!(server.asked().pop().unwrap().body, json!({"name": "dev", "slug": "dev", "position": 2}));
    assert!(mayfly.run("env show dev --project shop").await.success().contains("position   1\n"));
    mayfly.run("env set dev --project shop --new-slug qa").await.success();
    assert_eq!(server.asked().pop().unwrap().body, json!({"slug": "qa"}));
    mayfly.run("env set dev --project shop").await.failure(2);
    let (short, long) = ("env ls --project shop", "environment ls --project shop");
    assert_eq!(mayfly.run(short).await.success(), mayfly.run(long).await.success());
}

#[tokio::test]
async fn an_environment_goes_only_when_it_is_named_and_that_is_said() {
    let server = server().await;
    server.on(&format!("DELETE {PROJECT}/environments/e"), with_left(changed()));
    let mayfly = Mayfly::at(&server);
    mayfly.run("env rm --project shop --env dev -y").await.failure(2);
    assert!(mayfly.run("env rm dev --project shop").await.failure(2).contains("nothing was removed: add `-y`"));
    assert!(server.calls().is_empty());
    let run = mayfly.run("env rm dev --project shop -y").await;
    assert_eq!(run.success(), "dev\n");
    assert!(run.stderr.contains("l-1"), "{run:?}");
}

#[tokio::test]
async fn folders_are_named_by_their_whole_path() {
    let server = server().await;
    let place = |body: Value| {
        let mut body = body;
        body["projectId"] = json!("p-1");
        body["environment"] = json!("prod");
        body["path"] = json!("/k8s");
        body
    };
    server.on("POST /api/v2/folders", Answer::json(&folder()));
    server.on("GET /api/v1/folders/p-1/prod/%2Fk8s%2Fteam", Answer::json(&folder()));
    server.on("PATCH /api/v2/folders/f-1", Answer::json(&folder()));
    server.on("DELETE /api/v2/folders/f-1", with_left(folder()));
    let mayfly = Mayfly::at(&server);
    let last = || server.asked().pop().unwrap().body;
    let at = "--project shop --env prod";
    assert_eq!(mayfly.run(&format!("folder create /k8s/team {at}")).await.success(), "/k8s/team\n");
    assert_eq!(last(), place(json!({"name": "team"})));
    assert!(mayfly.run(&format!("folder show /k8s/team {at}")).await.success().contains("description  ours\n"));
    mayfly.run(&format!("folder set /k8s/team --name crew {at}")).await.success();
    assert_eq!(last(), place(json!({"name": "crew", "description": "ours"})));
    let calls = server.calls().len();
    assert!(mayfly.run(&format!("folder rm /k8s/team {at}")).await.failure(2).contains("add `-y`"));
    mayfly.run(&format!("folder create team {at}")).await.failure(2);
    assert_eq!(server.calls().len(), calls);
    let run = mayfly.run(&format!("folder rm /k8s/team --contents -y {at}")).await;
    assert!(run.success() == "/k8s/team\n" && run.stderr.contains("l-1"), "{run:?}");
    assert_eq!(last(), place(json!({"forceDelete": true})));
}

#[tokio::test]
async fn folders_are_listed() {
    let server = server().await;
    let list = json!({"folders": [folder()["folder"]]});
    server.on("GET /api/v2/folders", Answer::json(&list));
    let run = Mayfly::at(&server).run("folder ls --project shop --path /k8s -r").await;
    assert_eq!(run.success(), "PATH       DESCRIPTION  ID\n/k8s/team  ours         f-1\n");
    let query = "projectId=p-1&environment=dev&path=%2Fk8s&recursive=true";
    assert_eq!(server.calls()[1], format!("GET /api/v2/folders?{query}"));
}
