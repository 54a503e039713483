//! One rule of a role in a short form that people type and read:
//! `dynamic-secrets:lease,env=dev|qa,path=/k8s/**,label:tier=1`.
//!
//! What the server knows is left to the server: this only puts the words where they belong. What has no short form is
//! said as the API has it, behind `when=`.

use mayfly_api::roles::PermissionRule;
use serde_json::{Map, Value, json};

/// What stands before a rule that allows.
const ALLOW: &str = "allow";
/// What stands before a rule that forbids.
const FORBID: &str = "forbid";
/// What begins conditions in the form of the API.
const WHEN: &str = "when=";

/// `SUBJECT:ACTION`.
pub(in crate::commands) fn right(text: &str) -> Result<(String, String), String> {
    let parts = text.split_once(':').filter(|(subject, action)| !subject.is_empty() && !action.is_empty());
    let (subject, action) = parts.ok_or("want SUBJECT:ACTION, such as dynamic-secrets:lease")?;
    Ok((subject.to_owned(), action.to_owned()))
}

/// Reads a rule, with `allow` or `forbid` before it.
pub(super) fn parse_line(line: &str) -> Result<PermissionRule, String> {
    match line.trim().split_once(' ') {
        Some((verb @ (ALLOW | FORBID), rule)) => Ok(PermissionRule { inverted: verb == FORBID, ..parse(rule.trim())? }),
        _ => Err(format!("must begin with `{ALLOW}` or `{FORBID}`")),
    }
}

/// Reads a rule that allows.
pub(super) fn parse(text: &str) -> Result<PermissionRule, String> {
    let (text, mut conditions) = match text.split_once(WHEN) {
        None => (text, Map::new()),
        Some((before, when)) => (before.trim_end_matches(','), exact(when)?),
    };
    let mut parts = text.split(',');
    let (subject, actions) = right(parts.next().unwrap_or_default())?;
    for part in parts {
        condition(part, &mut conditions)?;
    }
    let conditions = (!conditions.is_empty()).then_some(Value::Object(conditions));
    Ok(PermissionRule { subject, action: json!(actions.split('+').collect::<Vec<_>>()), inverted: false, conditions })
}

fn exact(when: &str) -> Result<Map<String, Value>, String> {
    let fields = serde_json::from_str::<Value>(when).ok().and_then(|value| value.as_object().cloned());
    fields.ok_or_else(|| "has no JSON object behind `when=`".to_owned())
}

fn condition(part: &str, conditions: &mut Map<String, Value>) -> Result<(), String> {
    let unknown = || format!("says `{part}`: want env=…, env!=…, path=…, path!=…, label:KEY=VALUE or when={{…}}");
    let (name, value) = part.split_once('=').filter(|(_, value)| !value.is_empty()).ok_or_else(unknown)?;
    if let Some(key) = name.strip_prefix("label:") {
        let label = json!({"$elemMatch": {"key": {"$eq": key}, "value": {"$eq": value}}});
        return match conditions.insert("metadata".to_owned(), label) {
            None => Ok(()),
            Some(_) => Err("names two labels: one rule knows one".to_owned()),
        };
    }
    let (name, is_not) = name.strip_suffix('!').map_or((name, false), |name| (name, true));
    let (field, globs) = match name {
        "env" => ("environment", false),
        "path" => ("secretPath", true),
        _ => return Err(unknown()),
    };
    let (operator, operand) = match value.split('|').collect::<Vec<_>>().as_slice() {
        [one] if is_not => ("$ne", json!(one)),
        _ if is_not => return Err(unknown()),
        [one] if one.contains(['*', '?']) || globs => ("$glob", json!(one)),
        [one] => ("$eq", json!(one)),
        several => ("$in", json!(several)),
    };
    let field = conditions.entry(field).or_insert_with(|| json!({}));
    let set = field.as_object_mut().map(|fields| fields.insert(operator.to_owned(), operand));
    if set == Some(None) { Ok(()) } else { Err(format!("says `{name}` twice")) }
}

/// Writes a rule, with `allow` or `forbid` before it.
pub(in crate::commands) fn line(rule: &PermissionRule) -> String {
    let verb = if rule.inverted { FORBID } else { ALLOW };
    let actions = match &rule.action {
        Value::Array(actions) => actions.iter().filter_map(Value::as_str).collect::<Vec<_>>().join("+"),
        other => other.as_str().unwrap_or_default().to_owned(),
    };
    let right = format!("{verb} {}:{actions}", rule.subject);
    let Some(conditions) = &rule.conditions else { return right };
    let short = short(conditions).map(|parts| parts.join(","));
    let place = short.filter(|text| says(text, conditions)).unwrap_or_else(|| format!("{WHEN}{conditions}"));
    if place.is_empty() { right } else { format!("{right},{place}") }
}

/// Whether a short form is read back as what it was written from.
fn says(short: &str, conditions: &Value) -> bool {
    let read = parse(&format!("x:y,{short}")).ok().and_then(|rule| rule.conditions);
    read.as_ref() == Some(conditions) || (short.is_empty() && conditions.as_object().is_some_and(Map::is_empty))
}

/// Environment, path and label, in the order in which people think of them.
fn short(conditions: &Value) -> Option<Vec<String>> {
    let mut parts = Vec::new();
    for (field, name) in [("environment", "env"), ("secretPath", "path")] {
        if let Some(condition) = conditions.get(field) {
            parts.extend(texts(name, condition)?);
        }
    }
    if let Some(label) = conditions.get("metadata") {
        let text = |pointer: &str| label.pointer(pointer).and_then(Value::as_str);
        parts.push(format!("label:{}={}", text("/$elemMatch/key/$eq")?, text("/$elemMatch/value/$eq")?));
    }
    Some(parts)
}

fn texts(name: &str, condition: &Value) -> Option<Vec<String>> {
    let one = |(operator, operand): (&String, &Value)| match operator.as_str() {
        "$eq" | "$glob" => Some(format!("{name}={}", operand.as_str()?)),
        "$ne" => Some(format!("{name}!={}", operand.as_str()?)),
        "$in" => {
            let texts: Option<Vec<&str>> = operand.as_array()?.iter().map(Value::as_str).collect();
            Some(format!("{name}={}", texts?.join("|")))
        }
        _ => None,
    };
    condition.as_object()?.iter().map(one).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn conditions(text: &str) -> Value {
        parse(text).unwrap().conditions.unwrap_or_default()
    }

    #[test]
    fn a_rule_says_where_it_counts() {
        let text = "dynamic-secrets:lease+manage-leases,env=dev|qa,path=/k8s/**,label:tier=1";
        let rule = parse(text).unwrap();
        assert_eq!((rule.subject.as_str(), rule.inverted), ("dynamic-secrets", false));
        assert_eq!(rule.action, json!(["lease", "manage-leases"]));
        let wanted = json!({
            "environment": {"$in": ["dev", "qa"]}, "secretPath": {"$glob": "/k8s/**"},
            "metadata": {"$elemMatch": {"key": {"$eq": "tier"}, "value": {"$eq": "1"}}},
        });
        assert_eq!(rule.conditions, Some(wanted));
        assert_eq!(conditions("project:read"), Value::Null);
        assert_eq!(conditions("x:y,env!=prod"), json!({"environment": {"$ne": "prod"}}));
        assert_eq!(conditions("x:y,env=dev-*"), json!({"environment": {"$glob": "dev-*"}}));
        assert_eq!(conditions("x:y,env=a|b,env!=c"), json!({"environment": {"$in": ["a", "b"], "$ne": "c"}}));
    }

    #[test]
    fn every_rule_is_read_back_as_it_was_written() {
        let lines = [
            "allow dynamic-secrets:lease",
            "forbid dynamic-secrets:lease+approve-leases,env=prod",
            "allow secret-folders:read,env!=prod,path=/k8s/**",
            "allow dynamic-secrets:lease,label:team=a b",
            "allow dynamic-secrets:lease,env=dev,env!=qa,path=/k8s/**,label:tier=1",
            r#"allow x:y,when={"environment":{"$eq":"a,b"}}"#,
            r#"forbid x:y,when={"metadata":{"$elemMatch":{"key":{"$eq":"tier"}}}}"#,
            r#"allow x:y,when={"secretPath":{"$eq":"/a"}}"#,
        ];
        for text in lines {
            assert_eq!(line(&parse_line(text).unwrap()), text);
        }
    }

    #[test]
    fn a_slip_of_the_pen_is_no_rule() {
        let slips = [
            "",
            "lease",
            ":lease",
            "dynamic-secrets:",
            "x:y,",
            "x:y,env",
            "x:y,env=",
            "x:y,where=a",
            "x:y,env!=a|b",
            "x:y,env=a,env=b",
            "x:y,label:a=1,label:b=2",
            "x:y,when=env",
            "x:y,when=[]",
        ];
        for slip in slips {
            assert!(parse(slip).is_err(), "`{slip}`");
        }
        for slip in ["x:y", "deny x:y", "allow"] {
            assert!(parse_line(slip).is_err(), "`{slip}`");
        }
    }
}
