//! Rules that let their holder become more than they are.
//!
//! Sources: <https://kubernetes.io/docs/concepts/security/rbac-good-practices/> ("privilege escalation risks") and the
//! CIS Kubernetes benchmark, section 5.1. A role is judged by its resolved rules, so what an aggregated role gains later
//! counts too.

use crate::rules::PolicyRule;

/// A way in which a rule raises the rights of whoever holds it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Danger {
    /// What the rule allows, for people.
    pub what: &'static str,
}

/// A verb on a resource that is dangerous. `named` says whether a limit to named objects takes the danger away.
pub(crate) struct Row {
    pub(crate) group: &'static str,
    pub(crate) resource: &'static str,
    pub(crate) verbs: &'static [&'static str],
    what: &'static str,
}

const WRITE: &[&str] = &["create", "update", "patch"];
const READ: &[&str] = &["get", "list", "watch"];
const RBAC: &str = "rbac.authorization.k8s.io";

/// In the order in which they are told.
pub(crate) const TABLE: &[Row] = &[
    Row { group: RBAC, resource: "roles", verbs: &["escalate"], what: "give roles rights that it does not hold" },
    Row {
        group: RBAC,
        resource: "clusterroles",
        verbs: &["escalate"],
        what: "give roles rights that it does not hold",
    },
    Row { group: RBAC, resource: "roles", verbs: &["bind"], what: "bind roles that it does not hold" },
    Row { group: RBAC, resource: "clusterroles", verbs: &["bind"], what: "bind roles that it does not hold" },
    Row { group: RBAC, resource: "rolebindings", verbs: WRITE, what: "give its roles to others" },
    Row { group: RBAC, resource: "clusterrolebindings", verbs: WRITE, what: "give its roles to others" },
    Row { group: RBAC, resource: "roles", verbs: WRITE, what: "change roles" },
    Row { group: RBAC, resource: "clusterroles", verbs: WRITE, what: "change roles" },
    Row { group: "", resource: "users", verbs: &["impersonate"], what: "act as somebody else" },
    Row { group: "", resource: "groups", verbs: &["impersonate"], what: "act as somebody else" },
    Row { group: "", resource: "serviceaccounts", verbs: &["impersonate"], what: "act as a service account" },
    Row { group: "authentication.k8s.io", resource: "uids", verbs: &["impersonate"], what: "act as somebody else" },
    Row {
        group: "authentication.k8s.io",
        resource: "userextras",
        verbs: &["impersonate"],
        what: "act as somebody else",
    },
    Row { group: "", resource: "serviceaccounts/token", verbs: &["create"], what: "make tokens of service accounts" },
    Row { group: "", resource: "secrets", verbs: READ, what: "read secrets" },
    Row { group: "", resource: "secrets", verbs: WRITE, what: "make a lasting token of a service account as a secret" },
    Row { group: "", resource: "pods", verbs: WRITE, what: "run pods as any service account of the namespace" },
    Row { group: "", resource: "pods/exec", verbs: &["create", "get"], what: "act inside pods" },
    Row { group: "", resource: "pods/attach", verbs: &["create", "get"], what: "act inside pods" },
    Row { group: "", resource: "pods/portforward", verbs: &["create", "get"], what: "reach into pods" },
    Row { group: "", resource: "pods/ephemeralcontainers", verbs: &["update", "patch"], what: "act inside pods" },
    Row {
        group: "",
        resource: "pods/proxy",
        verbs: &["create", "get", "update", "patch", "delete"],
        what: "reach into pods",
    },
    Row {
        group: "",
        resource: "services/proxy",
        verbs: &["create", "get", "update", "patch", "delete"],
        what: "reach into services",
    },
    Row {
        group: "",
        resource: "replicationcontrollers",
        verbs: WRITE,
        what: "run pods as any service account of the namespace",
    },
    Row {
        group: "apps",
        resource: "deployments",
        verbs: WRITE,
        what: "run pods as any service account of the namespace",
    },
    Row {
        group: "apps",
        resource: "daemonsets",
        verbs: WRITE,
        what: "run pods as any service account of the namespace",
    },
    Row {
        group: "apps",
        resource: "statefulsets",
        verbs: WRITE,
        what: "run pods as any service account of the namespace",
    },
    Row {
        group: "apps",
        resource: "replicasets",
        verbs: WRITE,
        what: "run pods as any service account of the namespace",
    },
    Row { group: "batch", resource: "jobs", verbs: WRITE, what: "run pods as any service account of the namespace" },
    Row {
        group: "batch",
        resource: "cronjobs",
        verbs: WRITE,
        what: "run pods as any service account of the namespace",
    },
    Row {
        group: "",
        resource: "nodes/proxy",
        verbs: &["create", "get", "update", "patch", "delete"],
        what: "reach every pod of a node",
    },
    Row { group: "", resource: "nodes", verbs: WRITE, what: "change nodes" },
    Row { group: "", resource: "persistentvolumes", verbs: WRITE, what: "mount the disks of nodes" },
    Row {
        group: "",
        resource: "namespaces",
        verbs: &["update", "patch"],
        what: "change the safeguards of a namespace",
    },
    Row {
        group: "certificates.k8s.io",
        resource: "certificatesigningrequests",
        verbs: WRITE,
        what: "ask for certificates of others",
    },
    Row {
        group: "certificates.k8s.io",
        resource: "certificatesigningrequests/approval",
        verbs: &["update", "patch"],
        what: "approve certificates",
    },
    Row {
        group: "certificates.k8s.io",
        resource: "signers",
        verbs: &["approve", "sign"],
        what: "approve certificates",
    },
    Row {
        group: "admissionregistration.k8s.io",
        resource: "mutatingwebhookconfigurations",
        verbs: WRITE,
        what: "change what others write",
    },
    Row {
        group: "admissionregistration.k8s.io",
        resource: "validatingwebhookconfigurations",
        verbs: WRITE,
        what: "see what others write",
    },
    Row {
        group: "admissionregistration.k8s.io",
        resource: "validatingadmissionpolicies",
        verbs: WRITE,
        what: "change the cluster's safeguards",
    },
    Row {
        group: "admissionregistration.k8s.io",
        resource: "validatingadmissionpolicybindings",
        verbs: WRITE,
        what: "change the cluster's safeguards",
    },
    Row {
        group: "apiregistration.k8s.io",
        resource: "apiservices",
        verbs: WRITE,
        what: "stand in for a part of the API",
    },
];

/// The ways in which `rules` raise the rights of their holder, each once, in the table's order.
pub fn dangers(rules: &[PolicyRule]) -> Vec<Danger> {
    let mut found: Vec<Danger> = Vec::new();
    for row in TABLE {
        let is_held = row.verbs.iter().any(|verb| rules.iter().any(|rule| holds(rule, verb, row)));
        let danger = Danger { what: row.what };
        if is_held && !found.contains(&danger) {
            found.push(danger);
        }
    }
    found
}

/// Why a role with these rules, or with rules that could not be read, is closed where only harmless ones are open; nothing
/// where it is not. Reads after the role's name.
pub fn why_closed(rules: Option<&[PolicyRule]>) -> Option<String> {
    let Some(rules) = rules else {
        let text =
            "cannot be looked at: grant the cluster token `get` on it, or have its connection opened for such roles";
        return Some(text.to_owned());
    };
    let danger = dangers(rules).into_iter().next()?;
    Some(format!(
        "lets its holder {}, and so become more than it is: such roles are closed unless the operator opens the connection \
         for them",
        danger.what
    ))
}

/// A limit to named objects leaves the danger where the object's name is in the path; a plain `create` has none, and so
/// is not allowed by such a rule.
fn holds(rule: &PolicyRule, verb: &str, row: &Row) -> bool {
    let is_plain_create = verb == "create" && !row.resource.contains('/');
    rule.covers(verb, row.group, row.resource) && !(is_plain_create && rule.is_limited_by_name())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule(group: &str, resource: &str, verbs: &[&str]) -> PolicyRule {
        PolicyRule {
            api_groups: vec![group.to_owned()],
            resources: vec![resource.to_owned()],
            verbs: verbs.iter().map(|verb| (*verb).to_owned()).collect(),
            ..PolicyRule::default()
        }
    }

    #[test]
    fn each_row_is_found_by_each_of_its_verbs_and_by_stars() {
        for row in TABLE {
            for verb in row.verbs {
                let danger = Danger { what: row.what };
                assert!(
                    dangers(&[rule(row.group, row.resource, &[verb])]).contains(&danger),
                    "{} {verb}",
                    row.resource
                );
            }
            assert!(dangers(&[rule("*", "*", &["*"])]).contains(&Danger { what: row.what }));
        }
        assert!(TABLE.len() >= 30);
    }

    #[test]
    fn reading_ordinary_things_is_no_danger() {
        for (group, resource) in
            [("", "pods"), ("", "configmaps"), ("apps", "deployments"), ("", "pods/log"), ("", "events")]
        {
            assert_eq!(dangers(&[rule(group, resource, &["get", "list", "watch"])]), [], "{resource}");
        }
        assert_eq!(dangers(&[rule("", "configmaps", &["create", "update", "delete"])]), []);
    }

    #[test]
    fn what_is_dangerous_or_hidden_is_closed() {
        assert_eq!(why_closed(Some(&[rule("", "pods", &["get"])])), None);
        let dangerous = why_closed(Some(&[rule("", "secrets", &["get"])])).unwrap();
        assert!(dangerous.starts_with("lets its holder read secrets, and so"), "{dangerous}");
        assert!(why_closed(None).unwrap().starts_with("cannot be looked at"));
    }

    #[test]
    fn a_name_takes_the_danger_only_from_what_has_no_name_in_its_path() {
        let named = |resource: &str, verb: &str| PolicyRule {
            resource_names: vec!["one".to_owned()],
            ..rule("", resource, &[verb])
        };
        assert_eq!(dangers(&[named("pods", "create")]), [], "such a rule allows nothing");
        assert_eq!(dangers(&[named("secrets", "get")]).len(), 1);
        assert_eq!(dangers(&[named("serviceaccounts/token", "create")]).len(), 1);
    }
}
