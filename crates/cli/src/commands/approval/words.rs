//! What requests ask for, as people say it.

use mayfly_api::approvals::ApprovalRequest;
use serde_json::Value;

use crate::commands::policy::people;

/// What is asked for, in a line.
pub(super) fn wish(request: &ApprovalRequest) -> String {
    let wish = &request.wish;
    let text = |pointer: &str| wish.pointer(pointer).and_then(Value::as_str);
    match text("/type") {
        Some("issue-lease") => {
            let (name, environment) = (text("/name").unwrap_or("?"), text("/place/environmentSlug").unwrap_or("?"));
            let path = text("/place/path").unwrap_or("/");
            let seconds = wish.get("ttlSeconds").map(|seconds| format!("{seconds}s")).unwrap_or_default();
            let time = text("/ttl").map_or(seconds, str::to_owned);
            let namespace =
                text("/namespace").map(|namespace| format!(" in namespace {namespace}")).unwrap_or_default();
            format!("lease of {name} in {environment}:{path} for {time}{namespace}")
        }
        Some("loosen-policy") => {
            let environment = text("/environmentSlug").unwrap_or("?");
            format!("policy of {environment}: {}", policy(wish.get("rules").unwrap_or(&Value::Null)))
        }
        Some("loosen-connection") => {
            let name = text("/name").unwrap_or("?");
            format!("connection {name}: {}", approval(wish.get("approval")))
        }
        other => other.unwrap_or("?").to_owned(),
    }
}

/// How many of those who have to agree did.
pub(super) fn votes(request: &ApprovalRequest) -> String {
    format!("{}/{}", request.votes.len(), request.approvals)
}

/// All that a policy would ask once it is agreed to.
fn policy(rules: &Value) -> String {
    let is_so = |name: &str| rules.get(name).and_then(Value::as_bool).unwrap_or(false);
    let longest = rules.get("maxTTL").and_then(Value::as_str).map(|time| format!("at most {time}"));
    let parts = [
        Some(approval(rules.get("approval"))),
        is_so("requiresReason").then(|| "a reason".to_owned()),
        longest,
        is_so("requiresRevocable").then(|| "only revocable".to_owned()),
    ];
    parts.into_iter().flatten().collect::<Vec<_>>().join(", ")
}

fn approval(rule: Option<&Value>) -> String {
    let count = rule.and_then(|rule| rule.get("approvals")?.as_u64()).and_then(|count| u8::try_from(count).ok());
    count.map_or_else(|| "no approval".to_owned(), |count| format!("approval of {}", people(count)))
}
