//! Bindings: one account gets one role of those that are allowed, and both have the binding's name where they are ours.

use super::{
    AdmissionPolicy, Confinement, Matches, Operation, OwnRules,
    accounts::{NAME, OUTSIDE},
    cel::{all, any, is_inside, is_our_name, list},
    policy::RBAC,
};
use crate::{kubernetes_name::RoleName, plan::RoleKind};

const INSIDE: Matches = Matches { operations: &[Operation::Create], resources: &[(RBAC, &["rolebindings"])] };
const EVERYWHERE: Matches =
    Matches { operations: &[Operation::Create], resources: &[(RBAC, &["clusterrolebindings"])] };
const SUBJECT: &str = "a binding must have one subject, its own temporary account";
const ROLE: &str = "the role is none of those that may be bound";

/// In a namespace.
pub(super) fn in_namespace(confinement: &Confinement) -> AdmissionPolicy {
    let mut roles =
        vec![named(RoleKind::Role, &confinement.roles), named(RoleKind::ClusterRole, &confinement.cluster_roles)];
    if confinement.own_rules >= OwnRules::InNamespace {
        roles.push(own(RoleKind::Role));
    }
    AdmissionPolicy::new(confinement, "bindings", INSIDE)
        .must(is_inside(confinement), OUTSIDE)
        .must(is_our_name("object.metadata.name", confinement), NAME)
        .must(has_one_subject("object.subjects[0].namespace == request.namespace"), SUBJECT)
        .must(any(&roles), ROLE)
}

/// In the whole cluster.
pub(super) fn everywhere(confinement: &Confinement) -> AdmissionPolicy {
    let policy = AdmissionPolicy::new(confinement, "cluster-bindings", EVERYWHERE);
    if !confinement.is_open_everywhere() {
        return policy.must("false", "whole-cluster bindings are closed");
    }
    let mut roles = vec![named(RoleKind::ClusterRole, &confinement.cluster_roles_everywhere)];
    if confinement.own_rules >= OwnRules::Everywhere {
        roles.push(own(RoleKind::ClusterRole));
    }
    let home = format!("object.subjects[0].namespace in {}", list(&confinement.namespaces));
    policy
        .must(is_our_name("object.metadata.name", confinement), NAME)
        .must(has_one_subject(&home), SUBJECT)
        .must(any(&roles), ROLE)
}

fn has_one_subject(home: &str) -> String {
    all(&[
        "has(object.subjects) && size(object.subjects) == 1".to_owned(),
        "object.subjects[0].kind == 'ServiceAccount'".to_owned(),
        "object.subjects[0].name == object.metadata.name".to_owned(),
        "has(object.subjects[0].namespace)".to_owned(),
        home.to_owned(),
    ])
}

fn named(kind: RoleKind, names: &[RoleName]) -> String {
    format!("object.roleRef.kind == '{}' && object.roleRef.name in {}", kind.name(), list(names))
}

/// The role that is made beside the binding.
fn own(kind: RoleKind) -> String {
    format!("object.roleRef.kind == '{}' && object.roleRef.name == object.metadata.name", kind.name())
}
