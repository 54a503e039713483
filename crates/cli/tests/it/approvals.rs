//! `mayfly approval`, and `mayfly token` where another person has to agree.

use serde_json::{Value, json};

use crate::{
    answers::{TOKEN, issued, project},
    double::{Answer, Double},
    mayfly::Mayfly,
};

const ISSUE: &str = "POST /api/v1/dynamic-secrets/leases";
const REQUESTS: &str = "/api/v1/projects/p-1/approval-requests";
const FETCH: &str = "POST /api/v1/projects/p-1/approval-requests/r-1/lease";

fn request(state: &str) -> Value {
    json!({
        "id": "r-1", "projectId": "p-1", "ipAddress": "192.0.2.1", "reason": "release 1.4", "state": state,
        "wish": {
            "type": "issue-lease", "name": "deployer", "ttl": "30m", "ttlSeconds": 1800, "namespace": "shop",
            "place": {"environmentSlug": "prod", "path": "/k8s"},
        },
        "requester": {"type": "user", "id": "u-1", "name": "ana@example.com"}, "approvals": 2,
        "votes": [{"userId": "u-2", "email": "ben@example.com", "comment": null, "at": "t"}],
        "usableUntil": null, "deniedBy": null, "deniedBecause": null, "leaseId": null,
        "createdAt": "t", "expiresAt": "t-end", "updatedAt": "t",
    })
}

fn loosening() -> Value {
    let mut request = request("pending");
    request["wish"] = json!({
        "type": "loosen-policy", "environmentSlug": "prod", "version": 3,
        "rules": {"requiresReason": true, "maxTTL": "8h", "requiresRevocable": false, "approval": null},
    });
    request
}

fn body(request: &Value) -> Answer {
    Answer::json(&json!({"approvalRequest": request}))
}

async fn server() -> Double {
    let server = Double::start().await;
    server.on("GET /api/v1/projects/slug/shop", Answer::json(&project("shop")));
    server
}

fn waits() -> Answer {
    let refusal = Answer::problem(403, "approval_required", "request `r-1` waits for it");
    refusal.with_details(&json!({"approvalRequestId": "r-1"}))
}

#[tokio::test]
async fn requests_are_listed_to_the_end_in_words() {
    let server = server().await;
    let path = format!("GET {REQUESTS}");
    let page = |request: Value, next: Value| Answer::json(&json!({"approvalRequests": [request], "nextCursor": next}));
    server.on(&path, page(request("pending"), json!("r-1"))).on(&path, page(loosening(), Value::Null));
    let run = Mayfly::at(&server).run("approval ls --project shop --state pending").await;
    let lines: Vec<&str> = run.success().lines().collect();
    assert!(lines[0].starts_with("ID   WHAT"), "{run:?}");
    assert!(lines[1].contains("lease of deployer in prod:/k8s for 30m in namespace shop"), "{run:?}");
    assert!(lines[1].contains("ana@example.com") && lines[1].contains("1/2") && lines[1].contains("t-end"), "{run:?}");
    assert!(lines[2].contains("policy of prod: no approval, a reason, at most 8h"), "{run:?}");
    assert_eq!(server.calls()[1..], [format!("{path}?state=pending"), format!("{path}?state=pending&cursor=r-1")]);
}

#[tokio::test]
async fn the_organization_has_requests_of_its_own() {
    let server = Double::start().await;
    let mut asked = request("pending");
    asked["wish"] = json!({"type": "loosen-connection", "connection": "c", "name": "staging", "approval": {
        "approvals": 1, "validFor": "1h"
    }});
    server.on("GET /api/v1/organization/approval-requests/r-1", body(&asked));
    server.on("POST /api/v1/organization/approval-requests/r-1/approve", body(&asked));
    let mayfly = Mayfly::at(&server);
    let run = mayfly.run("approval show r-1 --organization").await;
    assert!(run.success().contains("asks for         connection staging: approval of 1 other person\n"), "{run:?}");
    assert!(run.stdout.contains("agreed           1/2: ben@example.com\n"), "{run:?}");
    let run = mayfly.run("approval approve r-1 --organization --comment fine").await;
    assert_eq!(run.success(), "pending\n");
    assert!(run.stderr.contains("asked for by ana@example.com; 1/2 agreed"), "{run:?}");
    assert_eq!(server.asked()[1].body, json!({"comment": "fine"}));
}

#[tokio::test]
async fn a_request_is_denied_with_a_reason_or_taken_back() {
    let server = server().await;
    server.on(&format!("POST {REQUESTS}/r-1/deny"), body(&request("denied")));
    server.on(&format!("POST {REQUESTS}/r-1/cancel"), body(&request("cancelled")));
    let mayfly = Mayfly::at(&server);
    mayfly.run("approval deny r-1 --project shop").await.failure(2);
    assert_eq!(mayfly.run("approval deny r-1 --project shop --reason freeze").await.success(), "denied\n");
    let cancelled = mayfly.run("approval cancel r-1 --project shop -o json").await.json();
    assert_eq!(cancelled["approvalRequest"]["state"], "cancelled");
    let bodies: Vec<Value> = server.asked().into_iter().map(|asked| asked.body).collect();
    assert_eq!((&bodies[1], &bodies[3]), (&json!({"reason": "freeze"}), &json!({})));
}

#[tokio::test]
async fn what_was_agreed_to_is_fetched_as_a_token() {
    let server = server().await;
    server.on(FETCH, Answer::json(&issued()));
    let mayfly = Mayfly::at(&server);
    let run = mayfly.run("approval fetch r-1 --project shop").await;
    assert_eq!(run.success(), format!("{TOKEN}\n"));
    assert!(run.stderr.contains("lease l-1: shop/deployer until"), "{run:?}");
    assert_eq!(mayfly.run("approval fetch r-1 --project shop -o env").await.success(), format!("TOKEN={TOKEN}\n"));
    assert!(mayfly.run("approval ls --project shop -o env").await.failure(2).contains("are for `mayfly token`"));
}

#[tokio::test]
async fn a_token_that_needs_approval_says_how_to_go_on() {
    let server = server().await;
    server.on(ISSUE, waits());
    let run = Mayfly::at(&server).run("token deployer --project shop --reason release").await;
    let told = run.failure(4);
    for line in ["approval approve r-1 --project shop", "approval fetch r-1 --project shop", "--wait-approval"] {
        assert!(told.contains(line), "{told}");
    }
    assert_eq!(server.calls(), [ISSUE], "it asked once and waited for nobody");
}

#[tokio::test]
async fn a_token_waits_for_approval_and_is_fetched_then() {
    let server = server().await;
    server.on(ISSUE, waits());
    let look = format!("GET {REQUESTS}/r-1");
    server.on(&look, body(&request("pending")));
    server.on(&look, Answer::problem(503, "store_unavailable", "the database is away"));
    server.on(&look, body(&request("approved")));
    server.on(FETCH, Answer::json(&issued()));
    let run = Mayfly::at(&server).run("token deployer --project shop --reason release --wait-approval").await;
    assert_eq!(run.success(), format!("{TOKEN}\n"));
    assert!(run.stderr.contains("mayfly approval approve r-1 --project shop"), "{run:?}");
    assert!(run.stderr.contains("1/2 agreed\n") && run.stderr.contains("away; trying again\n"), "{run:?}");
    assert_eq!(server.calls().last().unwrap(), FETCH);
    let quiet = Mayfly::at(&server).run("token deployer --project shop --wait-approval -q").await;
    assert_eq!((quiet.success(), quiet.stderr.as_str()), (format!("{TOKEN}\n").as_str(), ""));
}

#[tokio::test]
async fn waiting_ends_when_somebody_says_no_or_nobody_says_anything() {
    let server = server().await;
    server.on(ISSUE, waits());
    let mut denied = request("denied");
    denied["deniedBy"] = json!("ben@example.com");
    denied["deniedBecause"] = json!("not tonight");
    let look = format!("GET {REQUESTS}/r-1");
    server.on(&look, body(&denied)).on(&look, body(&request("expired"))).on(&look, body(&request("pending")));
    let mayfly = Mayfly::at(&server);
    let wait = "token deployer --project shop --wait-approval";
    assert!(mayfly.run(wait).await.failure(4).contains("ben@example.com denied the request r-1: not tonight"));
    assert!(mayfly.run(wait).await.failure(4).contains("the request r-1 is expired: ask again"));
    let late = mayfly.run(&format!("{wait} --wait-at-most 1s")).await;
    assert!(late.failure(10).contains("nobody decided in time: the request r-1 goes on waiting"), "{late:?}");
    assert!(!server.calls().iter().any(|call| call.contains("/cancel") || call == FETCH), "{:?}", server.calls());
    for slip in ["--wait-at-most 5m", "--wait-approval --wait-at-most 25h", "--wait-approval --wait-at-most 0s"] {
        mayfly.run(&format!("token deployer --project shop {slip}")).await.failure(2);
    }
}

#[tokio::test]
async fn another_refusal_is_no_reason_to_wait() {
    let server = server().await;
    server.on(ISSUE, Answer::problem(403, "permission_denied", "no"));
    let run = Mayfly::at(&server).run("token deployer --project shop --wait-approval").await;
    assert_eq!(run.failure(4), "error: no\n  request req-42\n");
    assert_eq!(server.calls(), [ISSUE]);
}

#[cfg(unix)]
#[tokio::test]
async fn whoever_stops_waiting_leaves_the_request() {
    use rustix::process::{Pid, Signal, kill_process};
    use tokio::io::{AsyncBufReadExt as _, BufReader};

    let server = server().await;
    server.on(ISSUE, waits());
    let look = format!("GET {REQUESTS}/r-1");
    server.on(&look, body(&request("pending")));
    let mut child = Mayfly::at(&server).command("token deployer --project shop --wait-approval").spawn().unwrap();
    let mut told = BufReader::new(child.stderr.take().unwrap()).lines();
    let first = told.next_line().await.unwrap().unwrap();
    assert!(first.contains("`mayfly approval fetch r-1 --project shop` goes on from here"), "{first}");
    assert_eq!(told.next_line().await.unwrap().as_deref(), Some("1/2 agreed"));
    let id = Pid::from_raw(i32::try_from(child.id().unwrap()).unwrap()).unwrap();
    kill_process(id, Signal::INT).unwrap();
    let output = child.wait_with_output().await.unwrap();
    assert!(!output.status.success() && output.stdout.is_empty(), "{output:?}");
    let asked_for = ["GET /api/v1/projects/slug/shop".to_owned(), ISSUE.to_owned(), look];
    assert!(server.calls().iter().all(|call| asked_for.contains(call)), "{:?}", server.calls());
}
