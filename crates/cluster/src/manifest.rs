//! The smallest manifest that gives our credential what a probe found missing: roles, and bindings of them to whoever we
//! are there.
//!
//! What a lease gives away it may give away by `bind` on that one role; rules of its own by holding them, which is less
//! than `escalate`. Names come from the rules themselves, so that one manifest never takes back what another gave.

use mayfly_domain::{
    plan::{LeasePlan, ObjectKind},
    rules::PolicyRule,
};
use serde_json::{Value, json};

use crate::{
    objects::{self, RBAC},
    probe::ProbeReport,
    right::Right,
    roles::rules_sha256,
};

/// Beginning of the names of what the manifest makes.
const NAME: &str = "mayfly-issuer";
/// Digits of the digest in a name: enough to tell the rules of one cluster's manifests apart.
const DIGITS: usize = 10;

/// A list that `kubectl apply -f` takes; nothing where nothing is missing that a role can give.
pub fn manifest(report: &ProbeReport, samples: &[LeasePlan]) -> Option<Value> {
    let mut granted: Vec<(Option<String>, PolicyRule)> = Vec::new();
    for right in report.missing_rights().cloned().chain(rights_to_bind(report, samples)) {
        grant(&mut granted, right);
    }
    granted.extend(rules_to_hold(report, samples));
    let mut scopes: Vec<Option<String>> = granted.iter().map(|(scope, _)| scope.clone()).collect();
    scopes.sort();
    scopes.dedup();
    let items = scopes.iter().flat_map(|scope| {
        let rules = granted.iter().filter(|(place, _)| place == scope).map(|(_, rule)| rule.clone());
        role_and_binding(&report.who, scope.as_deref(), &rules.collect::<Vec<_>>())
    });
    let items: Vec<Value> = items.collect();
    (!items.is_empty()).then(|| json!({"apiVersion": "v1", "kind": "List", "items": items}))
}

/// The verbs on one thing in one place are one rule.
fn grant(granted: &mut Vec<(Option<String>, PolicyRule)>, right: Right) {
    let Right { verb, resource, group, namespace, name } = right;
    let rule = PolicyRule {
        api_groups: vec![group],
        resources: vec![resource],
        resource_names: name.into_iter().collect(),
        ..PolicyRule::default()
    };
    let is_same = |held: &PolicyRule| PolicyRule { verbs: Vec::new(), ..held.clone() } == rule;
    match granted.iter_mut().find(|(place, held)| *place == namespace && is_same(held)) {
        Some((_, held)) if held.verbs.contains(&verb) => {}
        Some((_, held)) => held.verbs.push(verb),
        None => granted.push((namespace, PolicyRule { verbs: vec![verb], ..rule })),
    }
}

/// The right to bind a role whose binding was refused. Where bindings may not be made at all the cluster did not look
/// whether this one could be, so it is among them then too.
fn rights_to_bind<'a>(report: &'a ProbeReport, samples: &'a [LeasePlan]) -> impl Iterator<Item = Right> + 'a {
    let is_refused = refused(report, &[ObjectKind::RoleBinding, ObjectKind::ClusterRoleBinding]);
    samples.iter().filter(move |_| is_refused).filter_map(|sample| {
        let access = sample.account.access()?;
        let (kind, name) = access.existing_role()?;
        let kind = match kind {
            mayfly_domain::plan::RoleKind::Role => ObjectKind::Role,
            mayfly_domain::plan::RoleKind::ClusterRole => ObjectKind::ClusterRole,
        };
        // Asked of the namespace that the binding is in.
        let namespace = (!access.is_everywhere()).then(|| sample.account.namespace());
        Some(objects::right("bind", kind, namespace).on(name.as_str()))
    })
}

/// The rules of a role of its own that was refused.
fn rules_to_hold(report: &ProbeReport, samples: &[LeasePlan]) -> Vec<(Option<String>, PolicyRule)> {
    if !refused(report, &[ObjectKind::Role, ObjectKind::ClusterRole]) {
        return Vec::new();
    }
    let mut held = Vec::new();
    for sample in samples {
        let Some(access) = sample.account.access() else { continue };
        let namespace = (!access.is_everywhere()).then(|| sample.account.namespace().to_string());
        let rules = access.rules().unwrap_or_default().iter().map(|rule| (namespace.clone(), rule.clone()));
        held.extend(rules.filter(|rule| !held.contains(rule)).collect::<Vec<_>>());
    }
    held
}

fn refused(report: &ProbeReport, kinds: &[ObjectKind]) -> bool {
    report.trials.iter().any(|trial| kinds.contains(&trial.kind))
}

fn role_and_binding(who: &str, namespace: Option<&str>, rules: &[PolicyRule]) -> [Value; 2] {
    let digest: String = rules_sha256(rules).chars().take(DIGITS).collect();
    let mut metadata = json!({"name": format!("{NAME}-{digest}")});
    let (role, binding) = match namespace {
        Some(_) => ("Role", "RoleBinding"),
        None => ("ClusterRole", "ClusterRoleBinding"),
    };
    if let (Some(namespace), Some(fields)) = (namespace, metadata.as_object_mut()) {
        fields.insert("namespace".to_owned(), json!(namespace));
    }
    let api = format!("{RBAC}/v1");
    let role_ref = json!({"apiGroup": RBAC, "kind": role, "name": metadata.get("name")});
    [
        json!({"apiVersion": api, "kind": role, "metadata": metadata, "rules": rules}),
        json!({"apiVersion": api, "kind": binding, "metadata": metadata, "roleRef": role_ref, "subjects": [subject(who)]}),
    ]
}

/// Who we are there, as a binding names it.
fn subject(who: &str) -> Value {
    let account = who.strip_prefix("system:serviceaccount:").and_then(|rest| rest.split_once(':'));
    match account {
        Some((namespace, name)) => json!({"kind": "ServiceAccount", "namespace": namespace, "name": name}),
        None => json!({"kind": "User", "apiGroup": RBAC, "name": who}),
    }
}
