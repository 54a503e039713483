//! The requests that existing clients send, and the replies that they read, replayed as they are on the wire.
//!
//! Nothing here is particular to a client in the server: these tests only keep their habits. Whole replies are kept as
//! snapshots; ids are numbered in the order in which they appear, and what is secret or random is replaced by a word.

mod agent_and_operator;
mod command_line;
mod go_sdk;
mod node_sdk;
mod older_paths;
mod shapes;
mod terraform;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::Value;

use crate::support::TestServer;

/// The whole value, with everything that differs from run to run made the same.
fn tidy(server: &TestServer, value: &Value) -> Value {
    let mut ids = Vec::new();
    tidied(server, value, &mut ids)
}

fn tidied(server: &TestServer, value: &Value, ids: &mut Vec<String>) -> Value {
    match value {
        Value::String(text) => Value::String(tidy_text(server, text, ids)),
        Value::Array(entries) => entries.iter().map(|entry| tidied(server, entry, ids)).collect(),
        Value::Object(fields) => {
            Value::Object(fields.iter().map(|(key, value)| (key.clone(), tidied(server, value, ids))).collect())
        }
        other => other.clone(),
    }
}

fn tidy_text(server: &TestServer, text: &str, ids: &mut Vec<String>) -> String {
    if text == server.cluster_token {
        return "[cluster token]".to_owned();
    }
    if text.starts_with("eyJ") && text.split('.').count() == 3 {
        return "[token]".to_owned();
    }
    let ca = server.cluster.ca_pem();
    match text {
        _ if text == ca => "[ca]".to_owned(),
        _ if text == STANDARD.encode(&ca) => "[ca data]".to_owned(),
        _ => tidy_id(text, ids).unwrap_or_else(|| text.replace(&server.cluster.url(), "[cluster]")),
    }
}

/// An id, perhaps with a word behind it, by the number of its first appearance.
fn tidy_id(text: &str, ids: &mut Vec<String>) -> Option<String> {
    const LENGTH: usize = 36;
    let (id, rest) = text.split_at_checked(LENGTH)?;
    uuid::Uuid::parse_str(id).ok()?;
    let known = ids.iter().position(|known| known == id);
    let number = known.unwrap_or_else(|| {
        ids.push(id.to_owned());
        ids.len() - 1
    });
    Some(format!("[id {}]{rest}", number + 1))
}
