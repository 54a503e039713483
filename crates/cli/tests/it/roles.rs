//! `mayfly role`.

use serde_json::{Value, json};

use crate::{
    answers::project,
    double::{Answer, Double},
    mayfly::Mayfly,
};

const ROLES: &str = "/api/v1/projects/p-1/roles";

fn role(permissions: &Value) -> Value {
    json!({
        "id": "r-1", "projectId": "p-1", "slug": "deployer", "name": "Deployer", "description": "for pipelines",
        "permissions": permissions, "createdAt": "t", "updatedAt": "t",
    })
}

fn rules() -> Value {
    json!([
        {"subject": "dynamic-secrets", "action": ["lease"], "inverted": false,
         "conditions": {"secretPath": {"$glob": "/k8s/**"}}},
        {"subject": "dynamic-secrets", "action": ["lease", "approve-leases"], "inverted": true,
         "conditions": {"environment": {"$in": ["staging", "prod"]}}},
    ])
}

async fn server() -> Double {
    let server = Double::start().await;
    server.on("GET /api/v1/projects/slug/shop", Answer::json(&project("shop")));
    let built_in = json!({
        "id": "viewer", "projectId": "p-1", "slug": "viewer", "name": "Viewer", "description": "Sees.",
        "permissions": [{"subject": "project", "action": ["read"]}], "createdAt": null, "updatedAt": null,
    });
    server.on(&format!("GET {ROLES}"), Answer::json(&json!({"roles": [built_in, role(&rules())]})));
    let own = Answer::json(&json!({"role": role(&rules())}));
    server.on(&format!("GET {ROLES}/slug/deployer"), own.clone());
    for change in ["POST /api/v1/projects/p-1/roles", "PATCH /api/v1/projects/p-1/roles/r-1"] {
        server.on(change, own.clone());
    }
    server.on("DELETE /api/v1/projects/p-1/roles/r-1", own);
    server
}

#[tokio::test]
async fn roles_are_listed_with_the_built_in_ones() {
    let server = server().await;
    let run = Mayfly::at(&server).run("role ls --project shop").await;
    let wanted = "SLUG      NAME      KIND      RULES  DESCRIPTION\n\
                  viewer    Viewer    built-in  1      Sees.\n\
                  deployer  Deployer  own       2      for pipelines\n";
    assert_eq!(run.success(), wanted);
}

#[tokio::test]
async fn rules_are_shown_as_they_are_typed() {
    let server = server().await;
    let mayfly = Mayfly::at(&server);
    let run = mayfly.run("role show deployer --project shop").await;
    let wanted = "description  for pipelines\nname         Deployer\n\
                  rules        allow dynamic-secrets:lease,path=/k8s/**\n             \
                  forbid dynamic-secrets:lease+approve-leases,env=staging|prod\nslug         deployer\n";
    assert_eq!(run.success(), wanted);
    let built_in = mayfly.run("role show viewer --project shop").await;
    assert!(built_in.success().contains("allow project:read"), "{built_in:?}");
    assert!(mayfly.run("role show nobody --project shop").await.failure(5).contains("no role `nobody`"));
}

#[tokio::test]
async fn rules_keep_the_order_in_which_they_are_typed() {
    let server = server().await;
    let line = "role create deployer --project shop --allow dynamic-secrets:lease --forbid \
                dynamic-secrets:lease,env=prod --allow dynamic-secrets:lease,env=prod,path=/open/**";
    Mayfly::at(&server).run(line).await.success();
    let body = server.asked().pop().unwrap().body;
    let inverted: Vec<&Value> = body["permissions"].as_array().unwrap().iter().map(|rule| &rule["inverted"]).collect();
    assert_eq!(inverted, [false, true, false]);
    let last = json!({"environment": {"$eq": "prod"}, "secretPath": {"$glob": "/open/**"}});
    assert_eq!(body["permissions"][2]["conditions"], last);
    assert_eq!((&body["slug"], &body["name"]), (&json!("deployer"), &json!("deployer")));
}

#[tokio::test]
async fn a_file_may_hold_rules_in_either_form() {
    let server = server().await;
    let mayfly = Mayfly::at(&server);
    let rule = json!({"subject": "project", "action": "read"});
    let text = format!("name: Deployer\npermissions:\n  - forbid dynamic-secrets:lease,env=prod\n  - {rule}\n");
    let file = mayfly.file("role.yaml", &text);
    mayfly.run(&format!("role set deployer --project shop -f {file}")).await.success();
    let sent = json!({"name": "Deployer", "permissions": [
        {"subject": "dynamic-secrets", "action": ["lease"], "inverted": true,
         "conditions": {"environment": {"$eq": "prod"}}},
        rule,
    ]});
    assert_eq!(server.asked().pop().unwrap().body, sent);
    let broken = mayfly.file("broken.yaml", "permissions: [dynamic-secrets]\n");
    let run = mayfly.run(&format!("role set deployer --project shop -f {broken}")).await;
    assert!(run.failure(6).contains("`dynamic-secrets` must begin with `allow` or `forbid`"), "{run:?}");
}

#[tokio::test]
async fn what_is_no_rule_or_no_change_is_sent_nowhere() {
    let server = Double::start().await;
    let mayfly = Mayfly::at(&server);
    let run = mayfly.run("role create deployer --project shop --allow dynamic-secrets").await;
    assert!(run.failure(2).contains("want SUBJECT:ACTION"), "{run:?}");
    mayfly.run("role create deployer --project shop").await.failure(2);
    mayfly.run("role set deployer --project shop").await.failure(2);
    mayfly.run("role set deployer --project shop --allow x:y -f role.yaml").await.failure(2);
    assert!(server.calls().is_empty());
}

#[tokio::test]
async fn a_role_is_removed_only_when_that_is_said() {
    let server = server().await;
    let mayfly = Mayfly::at(&server);
    assert!(mayfly.run("role rm deployer --project shop").await.failure(2).contains("nothing was removed: add `-y`"));
    assert_eq!(mayfly.run("role rm deployer --project shop -y").await.success(), "deployer\n");
    assert_eq!(server.calls().last().unwrap(), "DELETE /api/v1/projects/p-1/roles/r-1");
}
