//! Expressions in the Common Expression Language: texts, lists, and the questions that several policies ask.
//! <https://kubernetes.io/docs/reference/using-api/cel/>

use std::fmt::{Display, Write as _};

use super::Confinement;
use crate::{
    label_selector::{Condition, LabelSelector, Operator},
    name_template::{NameTemplate, default_pattern},
};

/// An id as a lease's label has it.
pub(super) const ID: &str = "[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}";

/// A text as a literal. Nothing in it can end the literal.
pub(super) fn text(value: &str) -> String {
    let mut literal = String::from("'");
    for c in value.chars() {
        match c {
            '\'' | '\\' => literal.extend(['\\', c]),
            c if c.is_control() => {
                let _ = write!(literal, "\\u{:04x}", u32::from(c));
            }
            c => literal.push(c),
        }
    }
    literal.push('\'');
    literal
}

/// A list of texts.
pub(super) fn list(values: impl IntoIterator<Item = impl Display>) -> String {
    let values: Vec<String> = values.into_iter().map(|value| text(&value.to_string())).collect();
    format!("[{}]", values.join(", "))
}

/// Everything holds.
pub(super) fn all(conditions: &[String]) -> String {
    conditions.join(" &&\n")
}

/// One of them holds; nothing does where there is none.
pub(super) fn any(conditions: &[String]) -> String {
    match conditions {
        [] => "false".to_owned(),
        conditions => conditions.iter().map(|condition| format!("({condition})")).collect::<Vec<_>>().join(" ||\n"),
    }
}

/// A list or map that may be absent, as one that is there.
pub(super) fn present(path: &str, empty: &str) -> String {
    format!("has({path}) ? {path} : {empty}")
}

/// A list that is absent or empty.
pub(super) fn is_empty(path: &str) -> String {
    format!("(!has({path}) || size({path}) == 0)")
}

/// Whether the request's namespace is one of those for temporary accounts.
pub(super) fn is_inside(confinement: &Confinement) -> String {
    let Confinement { namespaces, namespace_selector, .. } = confinement;
    let mut conditions = Vec::new();
    match (namespaces.is_empty(), namespace_selector) {
        (true, None) => return "false".to_owned(),
        // Whatever labels a system namespace has, only its name opens it.
        (true, Some(_)) => conditions.push("!request.namespace.startsWith('kube-')".to_owned()),
        (false, _) => conditions.push(format!("request.namespace in {}", list(namespaces))),
    }
    if let Some(selector) = namespace_selector {
        conditions.extend(selected(selector));
    }
    all(&conditions)
}

fn selected(selector: &LabelSelector) -> Vec<String> {
    let labels = format!("({})", present("namespaceObject.metadata.labels", "{}"));
    let equals = |(key, value): (&String, &String)| {
        let key = text(key);
        format!("{key} in {labels} && {labels}[{key}] == {}", text(value))
    };
    let condition = |condition: &Condition| {
        let (key, values) = (text(&condition.key), list(&condition.values));
        match condition.operator {
            Operator::In => format!("{key} in {labels} && {labels}[{key}] in {values}"),
            Operator::NotIn => format!("!({key} in {labels} && {labels}[{key}] in {values})"),
            Operator::Exists => format!("{key} in {labels}"),
            Operator::DoesNotExist => format!("!({key} in {labels})"),
        }
    };
    let labels = selector.match_labels.iter().map(equals);
    labels.chain(selector.match_expressions.iter().map(condition)).collect()
}

/// Whether the text at `path` is a name that Mayfly would give a temporary account.
pub(super) fn is_our_name(path: &str, confinement: &Confinement) -> String {
    let mut patterns: Vec<String> = confinement.name_templates.iter().map(NameTemplate::pattern).collect();
    if patterns.is_empty() {
        patterns.push(default_pattern());
    }
    format!("{path}.matches({})", text(&format!("^({})$", patterns.join("|"))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_in_a_text_ends_it() {
        assert_eq!(text("a"), "'a'");
        assert_eq!(text(r"a' || true || '\"), r"'a\' || true || \'\\'");
        assert_eq!(text("a\nb"), r"'a\u000ab'");
        assert_eq!(list(["a", "b'"]), r"['a', 'b\'']");
    }

    #[test]
    fn nothing_is_not_everything() {
        assert_eq!(any(&[]), "false");
        assert_eq!(any(&["a".to_owned(), "b".to_owned()]), "(a) ||\n(b)");
    }
}
