//! `mayfly admin rotate-keys`.

use serde_json::{Value, json};

use crate::{
    double::{Answer, Double},
    mayfly::Mayfly,
};

const PATH: &str = "/api/v1/admin/key-rotations";

fn rotation(kind: &str, state: &str, left: u64) -> Value {
    let percent = if state == "finished" { 100 } else { 75 };
    json!({"id": format!("r-{kind}"), "kind": kind, "state": state, "percent": percent, "total": 4, "left": left,
           "remainingSeconds": 9, "startedAt": "2026-11-26T12:00:00.000Z"})
}

fn begun(kind: &str, state: &str) -> Answer {
    Answer::json(&json!({"rotation": rotation(kind, state, 4)}))
}

#[tokio::test]
async fn keys_are_rotated_and_waited_for() {
    let server = Double::start().await;
    server.on(&format!("POST {PATH}"), begun("master", "running"));
    server.on(&format!("GET {PATH}"), Answer::json(&json!({"rotations": [rotation("master", "running", 1)]})));
    server.on(&format!("GET {PATH}"), Answer::json(&json!({"rotations": [rotation("master", "finished", 0)]})));
    let run = Mayfly::at(&server).run("admin rotate-keys --master").await;
    assert!(run.success().contains("master  finished  100 %  0 of 4"), "{run:?}");
    assert!(run.stderr.contains("master: newer keys are in use"), "{run:?}");
    assert!(run.stderr.contains("master: 75 %, 1 left, about 9 s to go"), "{run:?}");
    assert_eq!(server.calls(), [format!("POST {PATH}"), format!("GET {PATH}"), format!("GET {PATH}")]);
}

#[tokio::test]
async fn without_a_flag_everything_but_the_master_key_is_rotated() {
    let server = Double::start().await;
    server
        .on(&format!("POST {PATH}"), begun("data", "running"))
        .on(&format!("POST {PATH}"), begun("signing", "finished"));
    let run = Mayfly::at(&server).run("admin rotate-keys --no-wait -o json").await;
    let kinds: Vec<Value> =
        run.json()["rotations"].as_array().unwrap().iter().map(|rotation| rotation["kind"].clone()).collect();
    assert_eq!(kinds, ["data", "signing"]);
}

#[tokio::test]
async fn the_status_begins_nothing() {
    let server = Double::start().await;
    server.on(&format!("GET {PATH}"), Answer::json(&json!({"rotations": []})));
    let run = Mayfly::at(&server).run("admin rotate-keys --status").await;
    assert_eq!((run.success(), run.stderr.as_str()), ("", "no keys were rotated yet\n"));
    assert_eq!(server.calls(), [format!("GET {PATH}")]);
    Mayfly::at(&server).run("admin rotate-keys --status --data").await.failure(2);
}
