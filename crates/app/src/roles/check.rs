//! Whether rules say something that can be.

use mayfly_domain::{
    access::{
        condition::{Conditions, TextCondition},
        permission::{Placed, Rule, Subject},
    },
    custom_role::CustomRole,
    error::FieldError,
};

use crate::error::field;

/// What is wrong with `rules`, each with its place in the request.
pub(super) fn faults(rules: &[Rule]) -> Vec<FieldError> {
    if rules.len() > CustomRole::MOST_RULES {
        let message = format!("must have at most {} rules, got {}", CustomRole::MOST_RULES, rules.len());
        return vec![field(&["permissions"], "too_many", message)];
    }
    rules.iter().enumerate().flat_map(|(index, rule)| faults_of(index, rule)).collect()
}

fn faults_of(index: usize, rule: &Rule) -> Vec<FieldError> {
    let index = index.to_string();
    let at = |name: &str, code: &str, message: String| field(&["permissions", &index, name], code, message);
    let mut faults = Vec::new();
    if !Subject::OF_PROJECTS.contains(&rule.subject) {
        faults.push(at("subject", "not_of_projects", "cannot be given in a project".to_owned()));
    }
    if rule.actions.is_empty() {
        faults.push(at("action", "required", "must name one action at least".to_owned()));
    }
    if let Some(action) = rule.actions.iter().find(|action| !rule.subject.actions().contains(action)) {
        let known: Vec<String> = rule.subject.actions().iter().map(|action| format!("`{}`", word(*action))).collect();
        let message = format!("has no action `{}`: it knows {}", word(*action), known.join(", "));
        faults.push(at("action", "unknown_action", message));
    }
    if let Some(message) = misplaced(rule.subject, &rule.conditions).or_else(|| unsaid(&rule.conditions)) {
        faults.push(at("conditions", "invalid_conditions", message.to_owned()));
    }
    faults
}

/// A condition of a kind that the subject has not.
fn misplaced(subject: Subject, conditions: &Conditions) -> Option<&'static str> {
    match subject.placed() {
        Placed::InFolder if conditions.metadata.is_some() => Some("must not be on `metadata`: folders have no labels"),
        Placed::Nowhere if !conditions.is_empty() => Some("are known only of `dynamic-secrets` and `secret-folders`"),
        Placed::WithLabels | Placed::InFolder | Placed::Nowhere => None,
    }
}

/// A condition that asks for nothing, or for a path that no folder has.
fn unsaid(conditions: &Conditions) -> Option<&'static str> {
    let labels = conditions.metadata.as_ref().map(|metadata| &metadata.any);
    let of_labels = labels.into_iter().flat_map(|label| [label.key.as_ref(), label.value.as_ref()]).flatten();
    let texts = conditions.environment.iter().chain(&conditions.secret_path).chain(of_labels);
    if texts.into_iter().any(TextCondition::is_empty) {
        return Some("must each have one of `$eq`, `$ne`, `$in` and `$glob`");
    }
    if labels.is_some_and(|label| label.key.is_none() && label.value.is_none()) {
        return Some("on `metadata` must name `key` or `value`");
    }
    let relative =
        conditions.secret_path.as_ref().is_some_and(|path| !texts_of(path).all(|text| text.starts_with('/')));
    relative.then_some("on `secretPath` must have values that begin with `/`")
}

fn texts_of(condition: &TextCondition) -> impl Iterator<Item = &str> {
    let TextCondition { equals, differs, one_of, glob } = condition;
    let listed = one_of.iter().flatten();
    let glob = glob.as_ref().map(mayfly_domain::access::glob::Glob::as_str);
    equals.iter().chain(differs).chain(listed).map(String::as_str).chain(glob)
}

fn word(action: mayfly_domain::access::permission::Action) -> String {
    serde_json::to_value(action).ok().and_then(|word| word.as_str().map(str::to_owned)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn faults_of_json(rule: &str) -> Vec<String> {
        let rule: Rule = serde_json::from_str(rule).unwrap();
        faults(&[rule]).into_iter().map(|fault| format!("{}: {}", fault.path.join("."), fault.message)).collect()
    }

    #[test]
    fn a_rule_that_says_something_has_no_fault() {
        let rule = r#"{"subject":"dynamic-secrets","action":["lease"],
            "conditions":{"environment":{"$eq":"dev"},"secretPath":{"$glob":"/k8s/**"}}}"#;
        assert_eq!(faults_of_json(rule), Vec::<String>::new());
    }

    #[test]
    fn what_cannot_be_is_told_with_its_place() {
        let table = [
            (r#"{"subject":"gateways","action":["read"]}"#, "permissions.0.subject"),
            (r#"{"subject":"project","action":[]}"#, "permissions.0.action"),
            (r#"{"subject":"project","action":["lease"]}"#, "permissions.0.action: has no action `lease`"),
            (
                r#"{"subject":"project","action":["read"],"conditions":{"environment":{"$eq":"dev"}}}"#,
                "permissions.0.conditions: are known only",
            ),
            (
                r#"{"subject":"dynamic-secrets","action":["lease"],"conditions":{"secretPath":{"$eq":"k8s"}}}"#,
                "permissions.0.conditions: on `secretPath` must have values that begin",
            ),
            (
                r#"{"subject":"dynamic-secrets","action":["lease"],"conditions":{"environment":{}}}"#,
                "permissions.0.conditions: must each have one",
            ),
        ];
        for (rule, told) in table {
            let faults = faults_of_json(rule);
            assert!(faults.iter().any(|fault| fault.contains(told)), "{rule}: {faults:?}");
        }
    }
}
