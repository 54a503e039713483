//! Every bad input of the catalogue (`security-reliability`, section 5) that applies by now, in one table.
//!
//! A refused request leaves no row, makes no call to the cluster, repeats no secret and is no failure of the server.
//! Which test sends which row, and why some apply to nothing yet: `docs/reference/bad-input.md`.

mod cases;
mod clusters;
mod many;
mod roles;
mod rows;
mod wire;

use serde_json::Value;

use self::rows::Row;
use crate::support::{Answer, Caller, TestServer};

/// A word that no answer may repeat; it is planted wherever a secret is sent.
const SECRET: &str = "planted-hunter2";

/// What every code of a refusal is looked up in.
const CODES: &str = include_str!("../../../../docs/reference/problems.md");

/// A sentence that people read at once, in characters.
const LONGEST_SENTENCE: usize = 400;

/// Sends one row and checks everything that holds for each of them.
async fn check(server: &TestServer, caller: &Caller, row: &Row) {
    let mut before = (server.home.rows().await, server.cluster.requests().connections());
    let answer = caller.send(row.method.clone(), &row.path, Some(&row.body)).await;
    let name = format!("{} {} ({})", row.id, row.what, answer.text);
    assert_eq!(answer.status, row.status, "{name}");
    let found = told(&answer);
    for (path, text) in &row.told {
        let is_told = found.iter().any(|(place, message)| place == path && message.contains(text));
        assert!(is_told, "{name}: expected {path:?} to be told {text:?}, found {found:?}");
    }
    assert_eq!(found.len(), row.told.len(), "{name}: one fault for each thing that is wrong: {found:?}");
    let problem = answer.problem();
    let code = problem["code"].as_str().unwrap_or_default();
    assert!(CODES.contains(&format!("`{code}`")), "{name}: `{code}` is no code that is documented");
    for (_, sentence) in &found {
        let length = sentence.chars().count();
        assert!(
            (10..=LONGEST_SENTENCE).contains(&length) && !sentence.contains('\n'),
            "{name}: no sentence: {sentence}"
        );
    }
    assert!(!answer.text.contains(SECRET), "{name}: repeats a secret");
    for word in ["panicked", "sqlite", "postgres", "SELECT", "crates/", "serde"] {
        assert!(!answer.text.to_lowercase().contains(word), "{name}: shows our inside");
    }
    let mut after = (server.home.rows().await, server.cluster.requests().connections());
    if row.is_tested {
        after.1 = before.1;
    }
    if answer.status == 404 && found[0].1.starts_with("project `") {
        // A project that is not for the caller: one event, whether it is there or not.
        *before.0.get_mut("audit_events").unwrap() += 1;
    }
    assert_eq!(after, before, "{name}: left something behind, or went to the cluster");
}

/// Where something is wrong, and what: field by field, or `""` for a whole request.
fn told(answer: &Answer) -> Vec<(String, String)> {
    let problem = answer.problem();
    match &problem["message"] {
        Value::Array(_) => answer.faults().into_iter().map(|(path, _, message)| (path, message)).collect(),
        message => vec![(String::new(), message.as_str().unwrap_or_default().to_owned())],
    }
}
