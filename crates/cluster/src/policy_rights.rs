//! The rights that a gateway's policy takes: what its account needs to do all that the policy lets it be asked.

use mayfly_domain::{
    gateway_policy::{AllowedRole, DynamicPolicy, GatewayOperation, GatewayPolicy, StaticPolicy},
    kubernetes_name::Namespace,
    plan::{Account, ObjectKind, RoleKind},
};

use crate::{objects, probe::Need, questions, right::Right};

/// Every right once, with how much it matters.
pub fn rights_of(policy: &GatewayPolicy) -> Vec<(Right, Need)> {
    let mut wanted = Wanted { policy, rights: Vec::new() };
    wanted.of_existing(&policy.existing);
    wanted.of_temporary(&policy.dynamic);
    if wanted.is_asked(GatewayOperation::Review) {
        let group = "authentication.k8s.io".to_owned();
        wanted.add(Need::Required, Right { group, ..Right::core("create", "tokenreviews") });
    }
    wanted.rights
}

struct Wanted<'a> {
    policy: &'a GatewayPolicy,
    rights: Vec<(Right, Need)>,
}

impl Wanted<'_> {
    fn add(&mut self, need: Need, right: Right) {
        if !self.rights.iter().any(|(known, _)| *known == right) {
            self.rights.push((right, need));
        }
    }

    fn is_asked(&self, operation: GatewayOperation) -> bool {
        self.policy.operations.contains(&operation)
    }

    fn of_existing(&mut self, policy: &StaticPolicy) {
        let [issues, revokes] = [GatewayOperation::Issue, GatewayOperation::Revoke].map(|asked| self.is_asked(asked));
        for allowed in &policy.accounts {
            let account = Account::Existing { namespace: allowed.namespace.clone(), name: allowed.name.clone() };
            if issues {
                self.add(Need::Required, questions::create_token_right(&account));
                self.add(Need::Optional, questions::read_account_right(&account));
            }
            // The janitor looks for no anchors.
            for (verb, is_used) in [("create", issues), ("delete", revokes)] {
                if is_used && policy.anchors {
                    self.add(Need::Required, objects::right(verb, ObjectKind::Secret, Some(&allowed.namespace)));
                }
            }
        }
    }

    fn of_temporary(&mut self, policy: &DynamicPolicy) {
        let issues = self.is_asked(GatewayOperation::Issue);
        for namespace in &policy.namespaces {
            if issues {
                self.add(Need::Required, Right::core("create", questions::TOKEN_RESOURCE).within(namespace.as_str()));
            }
            self.made(ObjectKind::ServiceAccount, Some(namespace));
            self.made(ObjectKind::RoleBinding, Some(namespace));
            if policy.own_rules {
                self.made(ObjectKind::Role, Some(namespace));
            }
            for role in policy.roles.iter().filter(|_| issues) {
                self.bound(role, Some(namespace));
            }
        }
        if policy.is_everywhere() {
            self.made(ObjectKind::ClusterRoleBinding, None);
            if policy.own_rules {
                self.made(ObjectKind::ClusterRole, None);
            }
            for role in policy.roles.iter().filter(|role| issues && role.kind == RoleKind::ClusterRole) {
                self.bound(role, None);
            }
        }
    }

    /// What is done to an object that is made for a lease, by which operation.
    fn made(&mut self, kind: ObjectKind, namespace: Option<&Namespace>) {
        let [issues, revokes, lists] = [GatewayOperation::Issue, GatewayOperation::Revoke, GatewayOperation::ListOwned]
            .map(|asked| self.is_asked(asked));
        let cleans = self.policy.janitor.enabled;
        for (verb, need, is_used) in [
            ("create", Need::Required, issues),
            ("delete", Need::Required, revokes || cleans),
            // Of an object that a process before this one made, or whose UID was never told: a removal that is only tried tells that, too.
            ("get", Need::Optional, issues || revokes),
            // What is left of leases is found by lists. A server that may not look says so, and goes on.
            ("list", if cleans { Need::Required } else { Need::Optional }, lists || cleans),
        ] {
            if is_used {
                self.add(need, objects::right(verb, kind, namespace));
            }
        }
    }

    /// Whoever gives a role has to hold what is in it, or the right to bind it: this asks for the latter, which says the same for
    /// whatever the role holds tomorrow.
    /// <https://kubernetes.io/docs/reference/access-authn-authz/rbac/#privilege-escalation-prevention-and-bootstrapping>
    fn bound(&mut self, role: &AllowedRole, namespace: Option<&Namespace>) {
        let kind = match role.kind {
            RoleKind::Role => ObjectKind::Role,
            RoleKind::ClusterRole => ObjectKind::ClusterRole,
        };
        self.add(Need::Required, objects::right("bind", kind, namespace).on(role.name.as_str()));
        // A server that cannot look at a role gives it to nobody, unless it was told not to look.
        let home = namespace.filter(|_| role.kind == RoleKind::Role);
        self.add(Need::Optional, objects::right("get", kind, home).on(role.name.as_str()));
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use serde_json::json;

    use super::*;

    fn required(policy: serde_json::Value) -> Vec<String> {
        let policy: GatewayPolicy = serde_json::from_value(policy).unwrap();
        let rights = rights_of(&policy).into_iter().filter(|(_, need)| *need == Need::Required);
        rights.map(|(right, _)| right.to_string()).collect()
    }

    #[test]
    fn a_policy_takes_what_it_lets_be_asked_and_no_more() {
        assert_eq!(required(json!({})), Vec::<String>::new());
        let account = json!({ "accounts": [{ "namespace": "a", "name": "b" }] });
        assert_eq!(
            required(json!({ "static": account })),
            ["`create` on `serviceaccounts/token` named `b` in namespace `a`"]
        );
        assert_eq!(required(json!({ "static": account, "operations": ["probe"] })), Vec::<String>::new());
        let dynamic = json!({ "namespaces": ["l"], "roles": [{ "kind": "ClusterRole", "name": "view" }] });
        assert_eq!(
            required(json!({ "dynamic": dynamic })),
            [
                "`create` on `serviceaccounts/token` in namespace `l`",
                "`create` on `serviceaccounts` in namespace `l`",
                "`delete` on `serviceaccounts` in namespace `l`",
                "`list` on `serviceaccounts` in namespace `l`",
                "`create` on `rolebindings.rbac.authorization.k8s.io` in namespace `l`",
                "`delete` on `rolebindings.rbac.authorization.k8s.io` in namespace `l`",
                "`list` on `rolebindings.rbac.authorization.k8s.io` in namespace `l`",
                "`bind` on `clusterroles.rbac.authorization.k8s.io` named `view` in namespace `l`",
            ]
        );
        let policy: GatewayPolicy = serde_json::from_value(json!({ "dynamic": dynamic })).unwrap();
        let looks: Vec<_> = rights_of(&policy).into_iter().filter(|(right, _)| right.name.is_some()).collect();
        assert_eq!(
            looks[1].0.to_string(),
            "`get` on `clusterroles.rbac.authorization.k8s.io` named `view` in the whole cluster"
        );
        for (operations, janitor, verbs) in [
            (vec!["revoke"], false, vec!["`delete`"]),
            (vec!["list-owned"], true, vec!["`delete`", "`list`"]),
            (vec!["probe"], false, vec![]),
        ] {
            let policy = json!({ "dynamic": dynamic, "operations": operations, "janitor": { "enabled": janitor } });
            let first = |right: String| right.split(' ').next().map(str::to_owned);
            let found: BTreeSet<_> = required(policy).into_iter().filter_map(first).collect();
            assert_eq!(found.into_iter().collect::<Vec<_>>(), verbs, "{operations:?}");
        }
        let anchors = |operations: &[&str]| {
            let policy =
                json!({ "static": { "accounts": account["accounts"], "anchors": true }, "operations": operations });
            required(policy).into_iter().filter(|right| right.contains("secrets")).collect::<Vec<_>>()
        };
        assert_eq!(anchors(&["issue"]), ["`create` on `secrets` in namespace `a`"]);
        assert_eq!(anchors(&["revoke"]), ["`delete` on `secrets` in namespace `a`"]);
        let off = json!({ "dynamic": dynamic, "janitor": { "enabled": false } });
        assert!(!required(off).iter().any(|right| right.contains("list")));
        let wide = json!({ "namespaces": ["l"], "clusterWide": true, "ownRules": true });
        for kind in ["rolebindings", "roles", "clusterrolebindings", "clusterroles"] {
            let list = format!("`list` on `{kind}.rbac.authorization.k8s.io`");
            assert!(required(json!({ "dynamic": wide })).iter().any(|right| right.starts_with(&list)), "{kind}");
        }
    }
}
