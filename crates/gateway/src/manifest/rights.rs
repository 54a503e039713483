//! The rights that the policy takes, and no others: by namespace, and in the whole cluster only to bind something there, or to look at a
//! ClusterRole that is given away.

use std::collections::BTreeSet;

use mayfly_cluster::{Right, rights_of};
use mayfly_domain::{
    gateway_policy::{DynamicPolicy, GatewayPolicy, StaticPolicy},
    kubernetes_name::Namespace,
    rules::PolicyRule,
};
use serde_json::{Value, json};

use super::{Release, values::Values};

const RBAC: &str = "rbac.authorization.k8s.io";

const IN_NAMESPACE: [&str; 2] = ["Role", "RoleBinding"];
const EVERYWHERE: [&str; 2] = ["ClusterRole", "ClusterRoleBinding"];

/// Roles with their bindings.
pub(super) fn objects(values: &Values, release: &Release) -> Vec<Value> {
    let policy = &values.policy;
    let accounts: BTreeSet<&Namespace> = policy.existing.accounts.iter().map(|account| &account.namespace).collect();
    let existing = rights(&GatewayPolicy { dynamic: DynamicPolicy::default(), ..policy.clone() });
    let temporary = rights(&GatewayPolicy { existing: StaticPolicy::default(), ..policy.clone() });
    let held = &values.rbac.held_rules;
    let (name, mut objects) = (name_elsewhere(values), Vec::new());
    for namespace in accounts {
        let metadata = release.metadata(&format!("{name}-static"), namespace);
        objects.extend(role_and_binding(release, IN_NAMESPACE, &metadata, &rules_in(&existing, Some(namespace))));
    }
    for namespace in &policy.dynamic.namespaces {
        let rules = [rules_in(&temporary, Some(namespace)), held.clone()].concat();
        let metadata = release.metadata(&format!("{name}-dynamic"), namespace);
        objects.extend(role_and_binding(release, IN_NAMESPACE, &metadata, &rules));
    }
    let held = if policy.dynamic.is_everywhere() { held.as_slice() } else { &[] };
    let rules = [rules_in(&temporary, None).as_slice(), held].concat();
    objects.extend(role_and_binding(release, EVERYWHERE, &release.cluster_metadata(&name), &rules));
    objects
}

fn rights(policy: &GatewayPolicy) -> Vec<Right> {
    rights_of(policy).into_iter().map(|(right, _)| right).collect()
}

/// The rights of one place as rules: first the verbs on one thing are one rule, then the names of things with the same verbs.
fn rules_in(rights: &[Right], namespace: Option<&Namespace>) -> Vec<PolicyRule> {
    let mut rules: Vec<PolicyRule> = Vec::new();
    for right in rights.iter().filter(|right| right.namespace.as_deref() == namespace.map(Namespace::as_str)) {
        join(&mut rules, rule(right), |rule| &mut rule.verbs);
    }
    let mut joined = Vec::new();
    for rule in rules {
        join(&mut joined, rule, |rule| &mut rule.resource_names);
    }
    joined
}

fn rule(right: &Right) -> PolicyRule {
    PolicyRule {
        api_groups: vec![right.group.clone()],
        resources: vec![right.resource.clone()],
        resource_names: right.name.iter().cloned().collect(),
        verbs: vec![right.verb.clone()],
        ..PolicyRule::default()
    }
}

/// Adds a rule, or its `part` to a rule that is the same in everything else. Whoever is not limited to names stays so.
fn join(rules: &mut Vec<PolicyRule>, mut new: PolicyRule, part: impl Fn(&mut PolicyRule) -> &mut Vec<String>) {
    let without = |rule: &PolicyRule| {
        let mut rest = rule.clone();
        part(&mut rest).clear();
        rest
    };
    let is_same = |known: &PolicyRule| {
        known.resource_names.is_empty() == new.resource_names.is_empty() && without(known) == without(&new)
    };
    match rules.iter().position(is_same).and_then(|at| rules.get_mut(at)) {
        Some(known) => {
            let known = part(known);
            known.append(part(&mut new));
            known.sort();
            known.dedup();
        }
        None => rules.push(new),
    }
}

/// What objects are called that are not beside the pods: for the gateway, since releases of the same name may be in other namespaces.
pub(super) fn name_elsewhere(values: &Values) -> String {
    format!("{}-{}", super::PRODUCT, values.gateway.id)
}

fn role_and_binding(release: &Release, kinds: [&str; 2], metadata: &Value, rules: &[PolicyRule]) -> Vec<Value> {
    if rules.is_empty() {
        return Vec::new();
    }
    let ([role, binding], api) = (kinds, format!("{RBAC}/v1"));
    let subject = json!({ "kind": "ServiceAccount", "name": release.name, "namespace": release.namespace });
    let role_ref = json!({ "apiGroup": RBAC, "kind": role, "name": metadata.get("name") });
    vec![
        json!({ "apiVersion": api, "kind": role, "metadata": metadata, "rules": rules }),
        json!({ "apiVersion": api, "kind": binding, "metadata": metadata, "roleRef": role_ref, "subjects": [subject] }),
    ]
}
