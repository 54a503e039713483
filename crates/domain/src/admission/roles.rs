//! Roles with rules of our own: nothing in them lets their holder become more than they are.

use std::collections::BTreeMap;

use super::{
    AdmissionPolicy, Confinement, Matches, Operation, OwnRules,
    accounts::{NAME, OUTSIDE},
    cel::{all, is_inside, is_our_name, list, present},
    policy::RBAC,
};
use crate::danger;

const INSIDE: Matches = Matches { operations: &[Operation::Create], resources: &[(RBAC, &["roles"])] };
const EVERYWHERE: Matches = Matches { operations: &[Operation::Create], resources: &[(RBAC, &["clusterroles"])] };

/// In a namespace.
pub(super) fn in_namespace(confinement: &Confinement) -> AdmissionPolicy {
    let policy = AdmissionPolicy::new(confinement, "roles", INSIDE);
    if confinement.own_rules < OwnRules::InNamespace {
        return policy.must("false", "roles with rules of their own are closed");
    }
    with_rules(policy.must(is_inside(confinement), OUTSIDE), confinement)
}

/// In the whole cluster.
pub(super) fn everywhere(confinement: &Confinement) -> AdmissionPolicy {
    let policy = AdmissionPolicy::new(confinement, "cluster-roles", EVERYWHERE);
    if confinement.own_rules < OwnRules::Everywhere {
        return policy.must("false", "cluster roles with rules of their own are closed");
    }
    with_rules(policy, confinement).must("!has(object.aggregationRule)", "a role must not gather the rules of others")
}

fn with_rules(policy: AdmissionPolicy, confinement: &Confinement) -> AdmissionPolicy {
    policy
        .with("rules", present("object.rules", "[]"))
        .with("dangers", dangers())
        .must(is_our_name("object.metadata.name", confinement), NAME)
        .must(has_no_star(), "a rule must name what it allows, without `*`")
        .must(raises_nothing(), "a rule must not let its holder become more than it is")
}

/// The lists of a rule, each as one that is there.
fn part(name: &str) -> String {
    format!("({})", present(&format!("rule.{name}"), "[]"))
}

fn has_no_star() -> String {
    let parts = ["verbs", "apiGroups", "resources", "nonResourceURLs"];
    let starless = |name| format!("{}.all(entry, !entry.contains('*'))", part(name));
    format!("variables.rules.all(rule,\n{})", all(&parts.map(starless)))
}

/// The verbs that raise rights on whatever they are, and the table of [`danger`].
fn raises_nothing() -> String {
    let verbs =
        format!("{}.exists(verb, verb in ['bind', 'escalate'] || verb.startsWith('impersonate'))", part("verbs"));
    let table = format!(
        "variables.dangers.exists(danger,\n\
         danger.groups.exists(group, group in {}) &&\n\
         danger.resources.exists(resource, resource in {}) &&\n\
         danger.verbs.exists(verb, verb in {}))",
        part("apiGroups"),
        part("resources"),
        part("verbs")
    );
    format!("!variables.rules.exists(rule,\n{verbs} ||\n{table})")
}

/// The table, with the resources of one group and the same verbs together.
fn dangers() -> String {
    let mut rows: BTreeMap<(&str, &[&str]), Vec<&str>> = BTreeMap::new();
    for row in danger::TABLE {
        rows.entry((row.group, row.verbs)).or_default().push(row.resource);
    }
    let row = |((group, verbs), resources): (&(&str, &[&str]), &Vec<&str>)| {
        format!("{{'groups': {}, 'resources': {}, 'verbs': {}}}", list([group]), list(resources), list(*verbs))
    };
    format!("[\n{}]", rows.iter().map(row).collect::<Vec<_>>().join(",\n"))
}
