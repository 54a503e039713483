//! `mayfly policy`.

use serde_json::{Value, json};

use crate::{
    answers::project,
    double::{Answer, Double},
    mayfly::Mayfly,
};

const POLICY: &str = "/api/v1/projects/p-1/environments/f/policy";

fn policy(approval: &Value) -> Answer {
    Answer::json(&json!({"policy": {
        "environmentId": "f", "version": 2, "requiresReason": true, "maxTTL": "8h", "requiresRevocable": false,
        "approval": approval, "updatedAt": "t"
    }}))
}

async fn server() -> Double {
    let server = Double::start().await;
    server.on("GET /api/v1/projects/slug/shop", Answer::json(&project("shop")));
    server.on(&format!("GET {POLICY}"), policy(&json!({"approvals": 2, "validFor": "4h"})));
    server.on(&format!("PATCH {POLICY}"), policy(&Value::Null));
    server
}

/// What the last request changed.
fn last_body(server: &Double) -> Value {
    server.asked().pop().unwrap().body
}

#[tokio::test]
async fn a_policy_is_shown_in_words() {
    let server = server().await;
    let mayfly = Mayfly::at(&server);
    let run = mayfly.run("policy show --project shop --env prod").await;
    assert!(run.success().contains("approval        2 other people, whose word counts for 4h\n"), "{run:?}");
    assert!(run.stdout.contains("needs a reason  yes\n") && run.stdout.contains("longest lease   8h\n"), "{run:?}");
    let document = mayfly.run("policy show --project shop --env prod -o json").await.json();
    assert_eq!(document["policy"]["approval"]["approvals"], 2);
}

#[tokio::test]
async fn only_what_is_named_changes() {
    let cases = [
        (
            "--require-reason --approvals 2 --valid-for 30m",
            json!({
                "requiresReason": true, "approval": {"approvals": 2, "validFor": "30m"}
            }),
        ),
        ("--approvals 1", json!({"approval": {"approvals": 1, "validFor": "4h"}})),
        ("--no-require-reason --max-ttl none", json!({"requiresReason": false, "maxTTL": null})),
        ("--max-ttl 8h --require-revocable", json!({"maxTTL": "8h", "requiresRevocable": true})),
        (
            "--no-require-revocable --no-approval --reason thaw",
            json!({
                "requiresRevocable": false, "approval": null, "reason": "thaw"
            }),
        ),
    ];
    for (flags, wanted) in cases {
        let server = server().await;
        let run = Mayfly::at(&server).run(&format!("policy set --project shop --env prod {flags}")).await;
        assert!(run.success().contains("approval        nobody's\n"), "{run:?}");
        assert_eq!(last_body(&server), wanted, "{flags}");
    }
}

#[tokio::test]
async fn what_contradicts_itself_is_sent_nowhere() {
    let server = server().await;
    let slips = [
        "",
        "--require-reason --no-require-reason",
        "--require-revocable --no-require-revocable",
        "--approvals 1 --no-approval",
        "--valid-for 1h",
        "--reason thaw",
    ];
    for flags in slips {
        Mayfly::at(&server).run(&format!("policy set --project shop --env prod {flags}")).await.failure(2);
    }
    let unknown = Mayfly::at(&server).run("policy show --project shop --env qa").await;
    assert!(unknown.failure(5).contains("no environment `qa`: see `mayfly env ls`"), "{unknown:?}");
    assert_eq!(server.calls(), ["GET /api/v1/projects/slug/shop"]);
}

#[tokio::test]
async fn a_loosening_that_waits_names_the_request_and_what_to_type() {
    let server = Double::start().await;
    server.on("GET /api/v1/projects/slug/shop", Answer::json(&project("shop")));
    let refusal = Answer::problem(403, "approval_required", "request `r-1` waits for it");
    server.on(&format!("PATCH {POLICY}"), refusal.with_details(&json!({"approvalRequestId": "r-1"})));
    let run = Mayfly::at(&server).run("policy set --project shop --env prod --no-approval").await;
    let told = run.failure(4);
    assert!(told.starts_with("error: request `r-1` waits for it\n  nothing has changed yet"), "{told}");
    assert!(told.contains("`mayfly approval approve r-1 --project shop`"), "{told}");
}
