//! `mayfly stop`, `mayfly lease end`, `mayfly lease forget`.

use serde_json::{Value, json};

use crate::{
    answers::lease,
    double::{Answer, Double},
    mayfly::Mayfly,
};

const STOPS: &str = "/api/v1/stops";
const END: &str = "POST /api/v1/leases/end";

fn stop(scope: &str, target: Option<&str>) -> Value {
    let created = "2026-11-23T12:00:00.000Z";
    json!({"id": "st-1", "scope": scope, "targetId": target, "reason": "laptop stolen", "createdAt": created})
}

fn ended(is_dry_run: bool) -> Answer {
    let leases = [lease("l-1"), lease("l-2")];
    let counts = json!({"found": 3, "ending": 1, "closed": 1, "cancelled": 1});
    let mut answer = json!({"isDryRun": is_dry_run, "leases": leases});
    answer.as_object_mut().unwrap().extend(counts.as_object().unwrap().clone());
    Answer::json(&answer)
}

#[tokio::test]
async fn issuing_is_stopped_in_one_place_at_a_time() {
    for (flags, scope, target) in [
        ("--everywhere", "everywhere", None),
        ("--environment-id e-1", "environment", Some("e-1")),
        ("--connection c-1", "cluster-connection", Some("c-1")),
        ("--secret s-1", "dynamic-secret", Some("s-1")),
    ] {
        let server = Double::start().await;
        server.on(&format!("POST {STOPS}"), Answer::json(&json!({"stop": stop(scope, target)})));
        let run = Mayfly::at(&server).run(&format!("stop create {flags} --reason stolen")).await;
        assert_eq!(run.success(), "st-1\n");
        let mut wanted = json!({"scope": scope, "reason": "stolen"});
        if let Some(target) = target {
            wanted["targetId"] = json!(target);
        }
        assert_eq!(server.only_body(), wanted);
    }
    let server = Double::start().await;
    for flags in ["", "--everywhere --secret s-1"] {
        Mayfly::at(&server).run(&format!("stop create {flags} --reason stolen")).await.failure(2);
    }
    assert_eq!(server.calls(), Vec::<String>::new());
}

#[tokio::test]
async fn stops_are_listed_and_lifted() {
    let server = Double::start().await;
    server.on(&format!("GET {STOPS}"), Answer::json(&json!({"stops": [stop("dynamic-secret", Some("s-1"))]})));
    let run = Mayfly::at(&server).run("stop ls").await;
    assert!(run.success().contains("st-1  dynamic-secret s-1  2026-11-23T12:00:00.000Z  laptop stolen"), "{run:?}");
    server.on(&format!("DELETE {STOPS}/st-1"), Answer::json(&json!({"stop": stop("everywhere", None)})));
    let run = Mayfly::at(&server).run("stop lift st-1").await;
    assert_eq!(run.success(), "issuing goes on: everywhere\n");
    let server = Double::start().await;
    server.on(&format!("GET {STOPS}"), Answer::json(&json!({"stops": []})));
    let run = Mayfly::at(&server).run("stop ls").await;
    assert_eq!((run.success(), run.stderr.as_str()), ("", "issuing is stopped nowhere\n"));
}

#[tokio::test]
async fn stops_are_listed_page_by_page() {
    let server = Double::start().await;
    let page = |next: Value| Answer::json(&json!({"stops": [stop("everywhere", None)], "nextCursor": next}));
    server.on(&format!("GET {STOPS}"), page(json!("st-1"))).on(&format!("GET {STOPS}"), page(Value::Null));
    assert_eq!(Mayfly::at(&server).run("stop ls").await.success().lines().count(), 3);
    assert_eq!(server.calls(), [format!("GET {STOPS}"), format!("GET {STOPS}?cursor=st-1")]);
}

#[tokio::test]
async fn a_database_is_adopted_only_when_that_is_said() {
    let server = Double::start().await;
    let refused = Mayfly::at(&server).run("admin adopt").await;
    assert!(refused.failure(2).contains("nothing was done: add `-y`"), "{refused:?}");
    assert_eq!(server.calls(), Vec::<String>::new());
    for (was_held, told) in [(true, "is the one to go on with"), (false, "was not held")] {
        let server = Double::start().await;
        server.on("POST /api/v1/admin/adopt", Answer::json(&json!({"wasHeld": was_held})));
        let run = Mayfly::at(&server).run("admin adopt -y").await;
        assert!(run.success().is_empty() && run.stderr.contains(told), "{run:?}");
        assert_eq!(Mayfly::at(&server).run("admin adopt -y -o json").await.json()["wasHeld"], was_held);
    }
}

#[tokio::test]
async fn leases_are_shown_first_and_ended_when_that_is_said() {
    let server = Double::start().await;
    server.on(END, ended(true));
    let line = "lease end --holder h-1 --since 2026-11-26T08:00:00Z --reason stolen";
    let run = Mayfly::at(&server).run(line).await;
    assert!(run.code == 2 && run.stdout.contains("l-2  shop/deployer  active  ci"), "{run:?}");
    assert!(
        run.stderr
            .contains("1 would end, 1 would only be closed, whose tokens live until they expire; 1 are being issued"),
        "{run:?}"
    );
    assert!(run.stderr.contains("nothing was ended: add `-y`"), "{run:?}");
    let wanted = json!({"holderId": "h-1", "since": "2026-11-26T08:00:00Z", "dryRun": true, "reason": "stolen"});
    assert_eq!(server.only_body(), wanted);

    let run = Mayfly::at(&server).run(&format!("{line} -o json")).await;
    let document: Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!((run.code, &document["isDryRun"]), (2, &json!(true)), "{run:?}");

    let server = Double::start().await;
    let none = json!({"isDryRun": true, "found": 0, "ending": 0, "closed": 0, "cancelled": 0, "leases": []});
    server.on(END, Answer::json(&none));
    Mayfly::at(&server).run(line).await.success();

    let server = Double::start().await;
    server.on(END, ended(false));
    let run = Mayfly::at(&server).run("lease end --everything --reason stolen -y").await;
    run.success();
    assert!(
        run.stderr
            .contains("1 are ending, 1 are only closed, whose tokens live until they expire; 1 were being issued"),
        "{run:?}"
    );
    assert_eq!(server.only_body(), json!({"everything": true, "dryRun": false, "reason": "stolen"}));
}

#[tokio::test]
async fn a_lease_is_given_up_with_a_reason_and_only_when_that_is_said() {
    let server = Double::start().await;
    let refused = Mayfly::at(&server).run("lease forget l-1 --project shop --reason gone").await;
    assert!(refused.failure(2).contains("nothing was forgotten: add `-y`"), "{refused:?}");
    assert_eq!(server.calls(), Vec::<String>::new());
    let mut forgotten = lease("l-1");
    (forgotten["state"], forgotten["outcome"]) = (json!("ended"), json!("forgotten"));
    server.on("POST /api/v1/leases/l-1/forget", Answer::json(&json!({ "lease": forgotten })));
    let run = Mayfly::at(&server).run("lease forget l-1 --project shop --reason gone -y").await;
    assert_eq!(run.success(), "l-1 forgotten\n");
    assert_eq!(server.only_body(), json!({"projectSlug": "shop", "reason": "gone"}));
}
