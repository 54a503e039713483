//! The rights that a gateway's policy takes: what its account needs to do all that the policy lets it be asked.

use mayfly_domain::{
    gateway_policy::{AllowedRole, DynamicPolicy, GatewayOperation, GatewayPolicy, StaticPolicy},
    kubernetes_name::Namespace,
    plan::{Account, ObjectKind, RoleKind},
};

use crate::{objects, probe::Need, questions, right::Right};

/// Every right once, with how much it matters.
pub fn rights_of(policy: &GatewayPolicy) -> Vec<(Right, Need)> {
    let mut wanted = Wanted::default();
    if policy.operations.contains(&GatewayOperation::Issue) {
        wanted.of_existing(&policy.existing);
        wanted.of_temporary(&policy.dynamic);
    }
    if policy.janitor.enabled {
        wanted.listed(&policy.dynamic, Need::Required);
    } else if policy.operations.contains(&GatewayOperation::ListOwned) {
        // A server that may not look says so, and goes on.
        wanted.listed(&policy.dynamic, Need::Optional);
    }
    if policy.operations.contains(&GatewayOperation::Review) {
        let group = "authentication.k8s.io".to_owned();
        wanted.add(Need::Required, Right { group, ..Right::core("create", "tokenreviews") });
    }
    wanted.0
}

#[derive(Default)]
struct Wanted(Vec<(Right, Need)>);

impl Wanted {
    fn add(&mut self, need: Need, right: Right) {
        if !self.0.iter().any(|(known, _)| *known == right) {
            self.0.push((right, need));
        }
    }

    fn of_existing(&mut self, policy: &StaticPolicy) {
        for allowed in &policy.accounts {
            let account = Account::Existing { namespace: allowed.namespace.clone(), name: allowed.name.clone() };
            self.add(Need::Required, questions::create_token_right(&account));
            self.add(Need::Optional, questions::read_account_right(&account));
            if policy.anchors {
                for verb in ["create", "delete"] {
                    self.add(Need::Required, objects::right(verb, ObjectKind::Secret, Some(&allowed.namespace)));
                }
            }
        }
    }

    fn of_temporary(&mut self, policy: &DynamicPolicy) {
        for namespace in &policy.namespaces {
            self.add(Need::Required, Right::core("create", questions::TOKEN_RESOURCE).within(namespace.as_str()));
            self.made(ObjectKind::ServiceAccount, Some(namespace));
            self.made(ObjectKind::RoleBinding, Some(namespace));
            if policy.own_rules {
                self.made(ObjectKind::Role, Some(namespace));
            }
            for role in &policy.roles {
                self.bound(role, Some(namespace));
            }
        }
        if policy.is_everywhere() {
            self.made(ObjectKind::ClusterRoleBinding, None);
            if policy.own_rules {
                self.made(ObjectKind::ClusterRole, None);
            }
            for role in policy.roles.iter().filter(|role| role.kind == RoleKind::ClusterRole) {
                self.bound(role, None);
            }
        }
    }

    /// What is left of leases is found by lists of whatever is made for them.
    fn listed(&mut self, policy: &DynamicPolicy, need: Need) {
        let own = |kind| policy.own_rules.then_some(kind);
        for namespace in &policy.namespaces {
            let kinds = [Some(ObjectKind::ServiceAccount), Some(ObjectKind::RoleBinding), own(ObjectKind::Role)];
            for kind in kinds.into_iter().flatten() {
                self.add(need, objects::right("list", kind, Some(namespace)));
            }
        }
        let kinds = [Some(ObjectKind::ClusterRoleBinding), own(ObjectKind::ClusterRole)];
        for kind in kinds.into_iter().flatten().filter(|_| policy.is_everywhere()) {
            self.add(need, objects::right("list", kind, None));
        }
    }

    /// What is made for a lease is removed after it; reading it back only makes that surer.
    fn made(&mut self, kind: ObjectKind, namespace: Option<&Namespace>) {
        for verb in ["create", "delete"] {
            self.add(Need::Required, objects::right(verb, kind, namespace));
        }
        self.add(Need::Optional, objects::right("get", kind, namespace));
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
                "`create` on `rolebindings.rbac.authorization.k8s.io` in namespace `l`",
                "`delete` on `rolebindings.rbac.authorization.k8s.io` in namespace `l`",
                "`bind` on `clusterroles.rbac.authorization.k8s.io` named `view` in namespace `l`",
                "`list` on `serviceaccounts` in namespace `l`",
                "`list` on `rolebindings.rbac.authorization.k8s.io` in namespace `l`",
            ]
        );
        let policy: GatewayPolicy = serde_json::from_value(json!({ "dynamic": dynamic })).unwrap();
        let looks: Vec<_> = rights_of(&policy).into_iter().filter(|(right, _)| right.name.is_some()).collect();
        assert_eq!(
            looks[1].0.to_string(),
            "`get` on `clusterroles.rbac.authorization.k8s.io` named `view` in the whole cluster"
        );
        let off = json!({ "dynamic": dynamic, "janitor": { "enabled": false } });
        assert!(!required(off).iter().any(|right| right.contains("list")));
        let wide = json!({ "namespaces": ["l"], "clusterWide": true, "ownRules": true });
        for kind in ["rolebindings", "roles", "clusterrolebindings", "clusterroles"] {
            let list = format!("`list` on `{kind}.rbac.authorization.k8s.io`");
            assert!(required(json!({ "dynamic": wide })).iter().any(|right| right.starts_with(&list)), "{kind}");
        }
    }
}
