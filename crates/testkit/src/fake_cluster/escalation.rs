//! Which of a role's rules somebody does not hold, told as the API server tells it.

use std::collections::{BTreeMap, BTreeSet};

use mayfly_domain::rules::PolicyRule;

use super::rights::{FakeRight, Needed};

/// Group, resource and name: the verbs on one of these are told together.
type Target = (String, String, Option<String>);

/// The rules that are not covered by `rights` in `namespace`, one line each, sorted.
pub(super) fn missing(rules: &[PolicyRule], rights: &[FakeRight], namespace: Option<&str>) -> Vec<String> {
    let mut verbs: BTreeMap<Target, Vec<String>> = BTreeMap::new();
    let mut lines = BTreeSet::new();
    for rule in rules {
        for (target, verb) in pieces(rule) {
            let (group, resource, name) = &target;
            let needed = Needed { group: group.clone(), ..Needed::new(&verb, resource, namespace, name.as_deref()) };
            if !needed.is_held_by(rights) {
                verbs.entry(target).or_default().push(verb);
            }
        }
        for url in rule.non_resource_urls.iter().filter(|_| !rights.contains(&FakeRight::everywhere("*", "*"))) {
            lines.extend(rule.verbs.iter().map(|verb| format!("{{NonResourceURLs:[{url:?}], Verbs:[{verb:?}]}}")));
        }
    }
    lines.extend(verbs.iter().map(|((group, resource, name), verbs)| {
        let name = name.as_ref().map_or_else(String::new, |name| format!(" ResourceNames:[{name:?}],"));
        let verbs: Vec<String> = verbs.iter().map(|verb| format!("{verb:?}")).collect();
        format!("{{APIGroups:[{group:?}], Resources:[{resource:?}],{name} Verbs:[{}]}}", verbs.join(" "))
    }));
    lines.into_iter().collect()
}

/// A rule, cut into its smallest parts.
fn pieces(rule: &PolicyRule) -> Vec<(Target, String)> {
    let names: Vec<Option<String>> = match rule.resource_names.as_slice() {
        [] => vec![None],
        names => names.iter().cloned().map(Some).collect(),
    };
    let mut pieces = Vec::new();
    for group in &rule.api_groups {
        for resource in &rule.resources {
            for name in &names {
                let target = (group.clone(), resource.clone(), name.clone());
                pieces.extend(rule.verbs.iter().map(|verb| (target.clone(), verb.clone())));
            }
        }
    }
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_not_held_is_told() {
        let text = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>();
        let rule = PolicyRule {
            api_groups: text(&[""]),
            resources: text(&["pods", "secrets"]),
            verbs: text(&["list", "get"]),
            ..PolicyRule::default()
        };
        let named = PolicyRule { resource_names: text(&["b", "a"]), resources: text(&["pods"]), ..rule.clone() };
        let rights = [FakeRight::within("team", "get", "pods")];
        let all = missing(&[rule, named], &rights, Some("team"));
        assert_eq!(
            all,
            [
                r#"{APIGroups:[""], Resources:["pods"], ResourceNames:["a"], Verbs:["list"]}"#,
                r#"{APIGroups:[""], Resources:["pods"], ResourceNames:["b"], Verbs:["list"]}"#,
                r#"{APIGroups:[""], Resources:["pods"], Verbs:["list"]}"#,
                r#"{APIGroups:[""], Resources:["secrets"], Verbs:["list" "get"]}"#,
            ]
        );
    }
}
