//! `mayfly lease`.

use serde_json::{Value, json};

use crate::{
    answers::{closed, lease},
    double::{Answer, Double},
    mayfly::Mayfly,
};

const HISTORY: &str = "GET /api/v1/leases";

fn page(leases: &[Value], next: Option<&str>) -> Answer {
    Answer::json(&json!({"leases": leases, "nextCursor": next}))
}

#[tokio::test]
async fn live_leases_of_a_secret_are_a_table() {
    let server = Double::start().await;
    let list = json!({"leases": [lease("l-1"), lease("l-2")]});
    server.on("GET /api/v1/dynamic-secrets/ci%2Fx/leases", Answer::json(&list));
    let run = Mayfly::at(&server).run("lease ls ci/x --project shop --env prod").await;
    let rows: Vec<&str> = run.success().lines().collect();
    assert!(rows[0].starts_with("ID "), "{run:?}");
    assert!(rows[1].starts_with("l-1  shop/deployer  active  2099-01-01 10:00:00 UTC"), "{run:?}");
    assert_eq!(rows.len(), 3);
    let wanted = "GET /api/v1/dynamic-secrets/ci%2Fx/leases?projectSlug=shop&environmentSlug=prod&path=%2F";
    assert_eq!(server.calls(), [wanted]);
}

#[tokio::test]
async fn the_projects_history_says_when_there_is_more() {
    let server = Double::start().await;
    let mut ended = lease("l-1");
    (ended["state"], ended["outcome"], ended["endedAt"]) =
        (json!("ended"), json!("possibly_issued"), json!("2026-11-23T12:00:00.000Z"));
    server.on(HISTORY, page(&[ended], Some("l-1")));
    let run = Mayfly::at(&server).run("lease ls --project shop").await;
    assert!(run.success().contains("failed, possibly issued  2026-11-23 12:00:00 UTC"), "{run:?}");
    assert!(run.stderr.contains("`--all`"), "{run:?}");
    assert_eq!(server.calls(), ["GET /api/v1/leases?projectSlug=shop&limit=100"]);
}

#[tokio::test]
async fn all_follows_the_cursor_to_the_end() {
    let server = Double::start().await;
    server.on(HISTORY, page(&[lease("l-3")], Some("l-3"))).on(HISTORY, page(&[lease("l-2")], Some("l-2")));
    server.on(HISTORY, page(&[lease("l-1")], None));
    let document = Mayfly::at(&server).run("lease ls --all --project shop -o json").await.json();
    let ids: Vec<&str> =
        document["leases"].as_array().unwrap().iter().map(|lease| lease["id"].as_str().unwrap()).collect();
    assert_eq!(ids, ["l-3", "l-2", "l-1"]);
    assert!(server.calls()[1].ends_with("&cursor=l-3") && server.calls()[2].ends_with("&cursor=l-2"));
}

#[tokio::test]
async fn a_cursor_that_comes_back_ends_the_list() {
    let server = Double::start().await;
    server.on(HISTORY, page(&[lease("l-1")], Some("l-1")));
    let run = Mayfly::at(&server).run("lease ls --all --project shop").await;
    assert_eq!((run.success().lines().count(), server.calls().len()), (3, 2), "{run:?}");
}

#[tokio::test]
async fn a_lease_is_shown_with_why_and_since_when_it_waits() {
    let server = Double::start().await;
    let mut waiting = lease("l-1");
    (waiting["state"], waiting["status"]) = (json!("ending"), json!("Failed to delete"));
    (waiting["statusDetails"], waiting["endingSince"]) = (json!("no route"), json!("2026-11-23T12:00:00.000Z"));
    waiting["nextAttemptAt"] = json!("2026-11-23T12:15:00.000Z");
    server.on("GET /api/v1/leases/l-1", Answer::json(&json!({ "lease": waiting })));
    let run = Mayfly::at(&server).run("lease show l-1 --project shop").await;
    for (name, text) in [
        ("statusDetails", "no route"),
        ("endingSince", "2026-11-23T12:00:00.000Z"),
        ("nextAttemptAt", "2026-11-23T12:15:00.000Z"),
        ("tokenExpiresAt", "2099-01-01T10:00:00.000Z"),
        ("holder.id", "i"),
    ] {
        let line = run.success().lines().find(|line| line.split_whitespace().next() == Some(name));
        assert!(line.is_some_and(|line| line.ends_with(&format!("  {text}"))), "{name}: {run:?}");
    }
    assert_eq!(server.calls(), ["GET /api/v1/leases/l-1?projectSlug=shop"]);
}

#[tokio::test]
async fn no_leases_are_no_data() {
    let server = Double::start().await;
    server.on(HISTORY, page(&[], None));
    let run = Mayfly::at(&server).run("lease ls --project shop").await;
    assert_eq!((run.success(), run.stderr.as_str()), ("", "no leases\n"));
    assert_eq!(Mayfly::at(&server).run("lease ls --project shop -o json").await.json()["leases"], json!([]));
}

#[tokio::test]
async fn ending_a_lease_does_not_claim_to_end_its_token() {
    let server = Double::start().await;
    server.on("DELETE /api/v1/dynamic-secrets/leases/l-1", Answer::json(&json!({"lease": closed("l-1")})));
    let run = Mayfly::at(&server).run("lease revoke l-1 -y --project shop --env prod").await;
    assert!(
        run.success().starts_with("l-1 closed; nobody can take its token back: it stays valid until 2099-01-01"),
        "{run:?}"
    );
    assert_eq!(server.only_body(), json!({"projectSlug": "shop", "environmentSlug": "prod", "path": "/"}));
}

#[tokio::test]
async fn a_lease_with_objects_is_said_to_be_refused_by_the_cluster() {
    let server = Double::start().await;
    let mut revoked = lease("l-1");
    (revoked["state"], revoked["outcome"], revoked["endsWhen"]) = (json!("ended"), json!("revoked"), json!("deleted"));
    let mut waiting = lease("l-2");
    (waiting["state"], waiting["status"], waiting["statusDetails"]) =
        (json!("ending"), json!("Failed to delete"), json!("cluster unreachable"));
    server.on("DELETE /api/v1/dynamic-secrets/leases/l-1", Answer::json(&json!({"lease": revoked})));
    server.on("DELETE /api/v1/dynamic-secrets/leases/l-2", Answer::json(&json!({"lease": waiting})));
    let run = Mayfly::at(&server).run("lease revoke l-1 l-2 -y --project shop").await;
    let wanted =
        "l-1 revoked; the cluster refuses its token\nl-2 clean-up waits and is tried again: cluster unreachable\n";
    assert_eq!(run.success(), wanted);
}

#[tokio::test]
async fn where_nobody_can_be_asked_nothing_is_ended() {
    let server = Double::start().await;
    let run = Mayfly::at(&server).run_with_input("lease revoke l-1 --project shop", "y\n").await;
    assert!(run.failure(2).contains("nothing was ended"), "{run:?}");
    assert_eq!(server.calls(), Vec::<String>::new());
}

#[tokio::test]
async fn of_several_leases_each_that_fails_is_named() {
    let server = Double::start().await;
    let gone = || Answer::problem(404, "lease_not_found", "gone");
    server.on("DELETE /api/v1/dynamic-secrets/leases/l-1", Answer::json(&json!({"lease": closed("l-1")})));
    server
        .on("DELETE /api/v1/dynamic-secrets/leases/l-2", gone())
        .on("DELETE /api/v1/dynamic-secrets/leases/l-3", gone());
    let mayfly = Mayfly::at(&server);
    let run = mayfly.run("lease revoke l-1 l-2 l-3 -y --project shop").await;
    assert_eq!(run.code, 9, "{run:?}");
    assert!(run.stdout.starts_with("l-1 closed"), "{run:?}");
    for wanted in ["l-2: error: gone\n", "l-3: error: gone\n", "error: 1 ended, 2 not\n"] {
        assert!(run.stderr.contains(wanted), "{run:?}");
    }
    let alone = mayfly.run("lease revoke l-2 -y --project shop").await;
    assert_eq!(alone.failure(5), "error: gone\n  request req-42\n");
}
