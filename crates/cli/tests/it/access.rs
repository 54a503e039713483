//! `mayfly access`.

use serde_json::{Value, json};

use crate::{
    double::{Answer, Double},
    mayfly::Mayfly,
};

fn explanation(decision: &str) -> Value {
    json!({
        "principal": {"type": "user", "id": "u-1"}, "subject": "dynamic-secrets", "action": "lease",
        "decision": decision, "reason": "forbidden by line 2 of the role `deployer`",
        "rule": {
            "role": "deployer", "group": "ops", "line": 2, "subject": "dynamic-secrets", "action": ["lease"],
            "inverted": true, "conditions": {"environment": {"$eq": "prod"}},
        },
    })
}

#[tokio::test]
async fn a_decision_comes_with_the_rule_that_made_it() {
    let server = Double::start().await;
    server.on("POST /api/v1/access/explain", Answer::json(&explanation("deny")));
    let mayfly = Mayfly::at(&server);
    let run = mayfly.run("access explain --project shop --env prod --path /k8s --user u-1").await;
    let wanted = "decision  deny\nreason    forbidden by line 2 of the role `deployer`\n\
                  rule      forbid dynamic-secrets:lease,env=prod\n";
    assert_eq!(run.success(), wanted);
    let sent = json!({
        "projectSlug": "shop", "principal": {"type": "user", "id": "u-1"}, "subject": "dynamic-secrets",
        "action": "lease", "environmentSlug": "prod", "path": "/k8s",
    });
    assert_eq!(server.only_body(), sent);
}

#[tokio::test]
async fn one_asks_about_oneself_and_about_the_whole_project() {
    let server = Double::start().await;
    server.on("POST /api/v1/access/explain", Answer::json(&explanation("allow")));
    let mayfly = Mayfly::at(&server);
    let run = mayfly.run("access explain role:edit --project shop --anywhere -o json").await;
    assert_eq!(run.json()["decision"], "allow");
    assert_eq!(server.only_body(), json!({"projectSlug": "shop", "subject": "role", "action": "edit"}));
    mayfly.run("access explain role --project shop").await.failure(2);
}

#[tokio::test]
async fn rights_are_listed_with_their_reasons() {
    let server = Double::start().await;
    server.on("POST /api/v1/access/rights", Answer::json(&json!({"rights": [explanation("deny")]})));
    let run = Mayfly::at(&server).run("access rights --project shop --secret deployer").await;
    let wanted = "RIGHT                  DECISION  REASON\n\
                  dynamic-secrets:lease  deny      forbidden by line 2 of the role `deployer`\n";
    assert_eq!(run.success(), wanted);
    let sent = json!({"projectSlug": "shop", "environmentSlug": "dev", "path": "/", "dynamicSecretName": "deployer"});
    assert_eq!(server.only_body(), sent);
}

#[tokio::test]
async fn whoever_can_is_listed_to_the_end_by_name() {
    let server = Double::start().await;
    let path = "POST /api/v1/access/who-can";
    let page = |next: Value| Answer::json(&json!({"holders": [explanation("allow")], "nextCursor": next}));
    server.on(path, page(json!("c"))).on(path, page(Value::Null));
    let users = json!({"users": [{
        "id": "u-1", "email": "ana@example.com", "name": null, "role": "member", "isDisabled": false,
        "hasSecondFactor": false, "createdAt": "t", "updatedAt": "t",
    }], "nextCursor": null});
    server.on("GET /api/v1/users", Answer::json(&users));
    server.on("GET /api/v1/identities", Answer::json(&json!({"identities": [], "totalCount": 0})));
    let run = Mayfly::at(&server).run("access who-can dynamic-secrets:approve-leases --project shop").await;
    assert_eq!(run.success().lines().count(), 3);
    assert!(run.stdout.contains("user  ana@example.com  forbidden by line 2"), "{run:?}");
    let bodies: Vec<Value> = server.asked().into_iter().map(|asked| asked.body).collect();
    assert_eq!((&bodies[0]["action"], &bodies[0]["cursor"]), (&json!("approve-leases"), &Value::Null));
    assert_eq!(bodies[1]["cursor"], "c");
}
