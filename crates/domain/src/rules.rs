//! Rules of RBAC: what a Role or ClusterRole lets its holder do, written down in Kubernetes' own words.
//!
//! [`danger`](crate::danger) says which of them let a holder become more than they are.

use serde::{Deserialize, Serialize};

/// One rule of a Role or ClusterRole.
/// <https://kubernetes.io/docs/reference/kubernetes-api/authorization-resources/role-v1/>
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PolicyRule {
    /// API groups; the core group is the empty text.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub api_groups: Vec<String>,
    /// Plural resources, with their subresources: `pods/exec`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub resources: Vec<String>,
    /// Names of the objects; empty means all.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub resource_names: Vec<String>,
    /// Paths outside of resources, such as `/healthz`; only in a ClusterRole that is bound everywhere.
    #[serde(default, rename = "nonResourceURLs", skip_serializing_if = "Vec::is_empty")]
    pub non_resource_urls: Vec<String>,
    /// Verbs, such as `get`.
    pub verbs: Vec<String>,
}

/// Why rules written by hand are none. Reads after the field's name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidRules {
    /// None at all.
    #[error("must have at least one rule")]
    Empty,
    /// More than [`PolicyRule::MOST`].
    #[error("must have at most {most} rules, got {0}", most = PolicyRule::MOST)]
    TooMany(usize),
    /// A rule says nothing, counted from 1.
    #[error("must name `verbs`, and `resources` with `apiGroups` or `nonResourceURLs`, in each rule (rule {0})")]
    Incomplete(usize),
    /// A rule mixes resources and other paths.
    #[error("must not have `nonResourceURLs` beside `resources` in one rule (rule {0})")]
    Mixed(usize),
    /// Paths outside of resources where they mean nothing.
    #[error("must not have `nonResourceURLs` unless they are bound everywhere (rule {0})")]
    OutsideNamespace(usize),
    /// An entry that nobody writes.
    #[error("must have entries of 1 to 253 characters without blanks (rule {0})")]
    Entry(usize),
}

impl PolicyRule {
    /// Most rules that a dynamic secret may have written into it: far more than a person reads.
    pub const MOST: usize = 64;
    const LONGEST_ENTRY: usize = 253;

    /// Whether it speaks of `verb` on `resource` of `group`, by name or by `*`.
    pub fn covers(&self, verb: &str, group: &str, resource: &str) -> bool {
        let is_in = |entries: &[String], wanted: &str| entries.iter().any(|entry| entry == "*" || entry == wanted);
        let whole = resource.split_once('/').map(|(_, subresource)| format!("*/{subresource}"));
        let is_resource =
            is_in(&self.resources, resource) || whole.is_some_and(|pattern| self.resources.contains(&pattern));
        is_in(&self.verbs, verb) && is_in(&self.api_groups, group) && is_resource
    }

    /// Whether it is limited to named objects. A name does not limit `create`, `list`, `watch` and `deletecollection`
    /// of objects that have none in their path, which therefore are not allowed by such a rule at all.
    pub fn is_limited_by_name(&self) -> bool {
        !self.resource_names.is_empty()
    }

    fn entries(&self) -> impl Iterator<Item = &String> {
        let lists = [&self.api_groups, &self.resources, &self.resource_names, &self.non_resource_urls, &self.verbs];
        lists.into_iter().flatten()
    }
}

/// Checks rules as people write them.
pub fn check(rules: &[PolicyRule], is_everywhere: Everywhere) -> Result<(), InvalidRules> {
    if rules.is_empty() {
        return Err(InvalidRules::Empty);
    }
    if rules.len() > PolicyRule::MOST {
        return Err(InvalidRules::TooMany(rules.len()));
    }
    (1..).zip(rules).try_for_each(|(number, rule)| check_one(number, rule, is_everywhere))
}

/// Whether rules count in the whole cluster.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Everywhere {
    /// They do.
    Yes,
    /// In one namespace.
    No,
}

fn check_one(number: usize, rule: &PolicyRule, is_everywhere: Everywhere) -> Result<(), InvalidRules> {
    let (has_resources, has_urls) = (!rule.resources.is_empty(), !rule.non_resource_urls.is_empty());
    if has_urls && (has_resources || !rule.api_groups.is_empty()) {
        return Err(InvalidRules::Mixed(number));
    }
    if has_urls && is_everywhere == Everywhere::No {
        return Err(InvalidRules::OutsideNamespace(number));
    }
    if rule.verbs.is_empty() || !(has_urls || has_resources && !rule.api_groups.is_empty()) {
        return Err(InvalidRules::Incomplete(number));
    }
    // The core group is the one entry that may be empty.
    let is_fine = |text: &String| text.len() <= PolicyRule::LONGEST_ENTRY && !text.contains(char::is_whitespace);
    let are_named = rule.entries().all(is_fine)
        && [&rule.resources, &rule.resource_names, &rule.non_resource_urls, &rule.verbs]
            .into_iter()
            .flatten()
            .all(|text| !text.is_empty());
    if are_named { Ok(()) } else { Err(InvalidRules::Entry(number)) }
}

/// The same rules in one fixed order, so that two spellings of one meaning compare equal.
pub fn ordered(rules: &[PolicyRule]) -> Vec<PolicyRule> {
    let mut ordered: Vec<PolicyRule> = rules.to_vec();
    for rule in &mut ordered {
        for list in [
            &mut rule.api_groups,
            &mut rule.resources,
            &mut rule.resource_names,
            &mut rule.non_resource_urls,
            &mut rule.verbs,
        ] {
            list.sort_unstable();
            list.dedup();
        }
    }
    ordered.sort_unstable();
    ordered.dedup();
    ordered
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule(groups: &[&str], resources: &[&str], verbs: &[&str]) -> PolicyRule {
        let texts = |list: &[&str]| list.iter().map(|text| (*text).to_owned()).collect();
        PolicyRule {
            api_groups: texts(groups),
            resources: texts(resources),
            verbs: texts(verbs),
            ..PolicyRule::default()
        }
    }

    #[test]
    fn stars_and_subresources_cover_what_they_name() {
        assert!(rule(&["*"], &["*"], &["*"]).covers("get", "apps", "deployments"));
        assert!(rule(&[""], &["pods/exec"], &["create"]).covers("create", "", "pods/exec"));
        assert!(rule(&[""], &["*/exec"], &["create"]).covers("create", "", "pods/exec"));
        assert!(!rule(&[""], &["pods"], &["create"]).covers("create", "", "pods/exec"));
        assert!(!rule(&["apps"], &["pods"], &["get"]).covers("get", "", "pods"));
    }

    #[test]
    fn each_faulty_rule_is_counted() {
        let good = rule(&[""], &["pods"], &["get"]);
        assert_eq!(check(std::slice::from_ref(&good), Everywhere::No), Ok(()));
        assert_eq!(check(&[], Everywhere::No), Err(InvalidRules::Empty));
        assert_eq!(check(&vec![good.clone(); 65], Everywhere::No), Err(InvalidRules::TooMany(65)));
        assert_eq!(
            check(&[good.clone(), rule(&[""], &["pods"], &[])], Everywhere::No),
            Err(InvalidRules::Incomplete(2))
        );
        assert_eq!(check(&[rule(&[""], &["po ds"], &["get"])], Everywhere::No), Err(InvalidRules::Entry(1)));
        let health = PolicyRule { non_resource_urls: vec!["/healthz".to_owned()], ..rule(&[], &[], &["get"]) };
        assert_eq!(check(std::slice::from_ref(&health), Everywhere::Yes), Ok(()));
        assert_eq!(check(std::slice::from_ref(&health), Everywhere::No), Err(InvalidRules::OutsideNamespace(1)));
        let mixed = PolicyRule { resources: vec!["pods".to_owned()], ..health };
        assert_eq!(check(&[mixed], Everywhere::Yes), Err(InvalidRules::Mixed(1)));
    }

    #[test]
    fn order_and_repetition_mean_nothing() {
        let one = [rule(&[""], &["pods", "services"], &["get", "list"]), rule(&["apps"], &["deployments"], &["get"])];
        let other =
            [rule(&["apps"], &["deployments"], &["get"]), rule(&[""], &["services", "pods", "pods"], &["list", "get"])];
        assert_eq!(ordered(&one), ordered(&other));
        assert_ne!(ordered(&one), ordered(&one[..1]));
    }
}
