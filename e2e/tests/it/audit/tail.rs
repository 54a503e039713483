//! Reading the log by command, and following it while the server is killed.

use std::{collections::BTreeSet, time::Duration};

use mayfly_e2e::{Client, Installation, Scene, waiting::until};
use mayfly_testkit::both_databases;
use serde_json::{Value, json};

use super::desk::{Desk, Running};

/// Servers start three times before the last event is shown, and the machine does other things.
const PATIENCE: Duration = Duration::from_mins(2);

async fn make(client: &Client, prefix: &str, count: usize) -> BTreeSet<String> {
    let mut made = BTreeSet::new();
    for number in 0..count {
        let body = json!({"name": format!("{prefix} {number}")});
        let answer: Value = client.post("/api/v1/identities", &body).await.unwrap();
        made.insert(answer["identity"]["id"].as_str().unwrap().to_owned());
    }
    made
}

/// The identities that the events shown so far are about, as often as they are.
fn about(tail: &Running) -> Vec<String> {
    let events = tail.lines().into_iter().map(|line| serde_json::from_str::<Value>(&line).unwrap());
    events.map(|event| event["metadata"]["identityId"].as_str().unwrap().to_owned()).collect()
}

async fn shows(tail: &Running, made: &BTreeSet<String>) {
    let missing = || {
        let shown = about(tail);
        made.iter().filter(|id| !shown.contains(id)).count()
    };
    let all = async || Ok((missing() == 0).then_some(()));
    let outcome = until(PATIENCE, "the events are shown", all).await;
    assert!(outcome.is_ok(), "{} of {} were not shown", missing(), made.len());
}

both_databases! {
    async fn whoever_follows_the_log_sees_each_event_once_across_kills_of_the_server(home: Installation) {
        let mut mayfly = home.start().await.unwrap();
        let scene = Scene::bootstrap(&mayfly).await.unwrap();
        let desk = Desk::new(&mayfly, &scene).await;
        make(&scene.client, "before", 3).await;
        let tail = desk.start("audit tail --kind create-identity -o json");
        // The first ones show that it has begun.
        let mut made = BTreeSet::new();
        let begun = async || {
            made.extend(make(&scene.client, &format!("first {}", made.len()), 1).await);
            Ok((!tail.lines().is_empty()).then_some(()))
        };
        until(PATIENCE, "it has begun", begun).await.unwrap();
        let first: BTreeSet<String> = about(&tail).into_iter().collect();
        made.retain(|id| first.first().is_none_or(|first| id >= first));
        let address = mayfly.url().rsplit_once('/').unwrap().1.to_owned();
        for round in 0..3 {
            made.extend(make(&scene.client, &format!("round {round}"), 10).await);
            mayfly.kill().await.unwrap();
            mayfly = home.start_with(&[("MAYFLY_LISTEN", &address)]).await.unwrap();
            made.extend(make(&scene.client, &format!("again {round}"), 10).await);
        }
        shows(&tail, &made).await;
        let mut seen = about(&tail);
        let shown = seen.len();
        seen.sort_unstable();
        seen.dedup();
        assert_eq!(seen.len(), shown, "each is shown once");
        println!("{}: {shown} events across three kills", home.database_name());
        mayfly.stop().await.unwrap();
    }
}

/// More than two pages of what is sent to whoever was away.
const MISSED: usize = 1_100;

#[tokio::test]
async fn whoever_was_away_for_long_is_told_all_of_it() {
    let mayfly = Installation::sqlite().await.start().await.unwrap();
    let scene = Scene::bootstrap(&mayfly).await.unwrap();
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let watch = || {
        let url = format!("{}/api/v1/audit-events/live?kind=create-identity", mayfly.url());
        client.get(url).bearer_auth(scene.client.token().unwrap())
    };
    let mut first = watch().send().await.unwrap();
    let begun = String::from_utf8(first.chunk().await.unwrap().unwrap().to_vec()).unwrap();
    let id = begun.lines().find_map(|line| line.strip_prefix("id: ")).unwrap().to_owned();
    drop(first);
    let made = make(&scene.client, "missed", MISSED).await;
    let mut again = watch().header("last-event-id", id).send().await.unwrap();
    let (mut text, mut told) = (Vec::new(), 0);
    while told < MISSED {
        text.extend_from_slice(&again.chunk().await.unwrap().unwrap());
        told = text.windows(13).filter(|part| *part == b"event: audit\n").count();
    }
    let text = String::from_utf8(text).unwrap();
    assert!(made.iter().all(|id| text.matches(id).count() >= 1), "each is there");
    assert_eq!(told, MISSED);
}

#[tokio::test]
async fn every_way_to_read_the_log_by_command_says_the_same() {
    let mayfly = Installation::sqlite().await.start().await.unwrap();
    let scene = Scene::bootstrap(&mayfly).await.unwrap();
    let desk = Desk::new(&mayfly, &scene).await;
    make(&scene.client, "machine", 5).await;
    let listed = desk.json("audit ls --limit 500").await["events"].as_array().unwrap().clone();
    let exported = desk.done("audit export").await;
    let lines: Vec<Value> = exported.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines.iter().rev().cloned().collect::<Vec<_>>(), listed);
    let table = desk.done("audit export --format csv").await;
    assert_eq!(table.lines().count(), listed.len() + 1);
    let facets = desk.json("audit facets").await;
    assert_eq!(facets["total"], listed.len());
    assert_eq!(facets["kinds"]["create-identity"], 5, "{facets}");
    assert!(desk.done("audit facets --kind create-identity").await.contains("create-identity"));
    let one = &listed[0];
    let id = one["id"].as_str().unwrap();
    assert_eq!(desk.json(&format!("audit show {id}")).await["event"], *one);
    assert!(desk.done(&format!("audit show {id}")).await.contains("metadata.identityId"));
    assert_eq!(desk.run(&format!("audit show {}", scene.project_id)).await.code, Some(5));
    let told = desk.json("audit verify").await;
    assert_eq!((&told["isIntact"], &told["events"]), (&json!(true), &json!(listed.len())));
    mayfly.stop().await.unwrap();
}

/// Names as somebody would choose them who wants to steer a terminal.
const HOSTILE: [&str; 3] = ["\u{202e}nimda", "a\u{2066}b\u{2069}", "\u{feff}root"];

#[tokio::test]
async fn names_that_steer_a_terminal_are_numbers_in_every_command() {
    let mayfly = Installation::sqlite().await.start().await.unwrap();
    let scene = Scene::bootstrap(&mayfly).await.unwrap();
    let desk = Desk::new(&mayfly, &scene).await;
    let tail = desk.start("audit tail");
    for (number, name) in HOSTILE.iter().enumerate() {
        let body = json!({"name": name});
        // What the server takes for a name must not steer; what it refuses cannot.
        let taken = scene.client.post::<Value>("/api/v1/identities", &body).await;
        let agent = format!("agent{number}\u{202e}{name}");
        let url = format!("{}/api/v1/audit-events", mayfly.url());
        let asked = reqwest::Client::new().get(url).header("user-agent", agent.as_bytes()).send().await.unwrap();
        assert_eq!(asked.status(), reqwest::StatusCode::UNAUTHORIZED);
        println!("{name:?}: {}", if taken.is_ok() { "taken" } else { "refused" });
    }
    let refused = json!({"name": "x\u{1b}[31m"});
    assert!(scene.client.post::<Value>("/api/v1/identities", &refused).await.is_err());
    let steers = |text: &str| {
        text.chars().any(|c| {
            (c.is_control() && c != '\n')
                || ('\u{202a}'..='\u{202e}').contains(&c)
                || ('\u{2066}'..='\u{2069}').contains(&c)
                || c == '\u{feff}'
        })
    };
    assert!(steers(HOSTILE[0]) && steers("\u{1b}"), "the measure finds what is planted");
    let last = desk.json("audit ls --kind create-identity --limit 1").await["events"][0].clone();
    let id = last["id"].as_str().unwrap().to_owned();
    // From now on who did it has such a name.
    let own = format!("/api/v1/identities/{}", last["actor"]["metadata"]["identityId"].as_str().unwrap());
    let _: Value = scene.client.patch(&own, &json!({"name": HOSTILE[0]})).await.unwrap();
    let followed = async || {
        make(&scene.client, "another", 1).await;
        Ok(tail.lines().iter().any(|line| line.contains("\\u202enimda")).then_some(()))
    };
    until(PATIENCE, "the events are followed, with the name as numbers", followed).await.unwrap();
    for line in [
        "audit ls",
        "audit ls -o json",
        "audit export",
        "audit facets",
        "identity ls",
        "identity ls -o json",
        &format!("audit show {id}"),
    ] {
        let told = desk.run(line).await;
        assert!(!steers(&told.data) && !steers(&told.rest), "{line}: {:?}", told.data);
    }
    assert!(desk.done("audit export").await.contains("\\u202e"), "what was planted is there");
    assert!(tail.lines().iter().all(|line| !steers(line)));
}
