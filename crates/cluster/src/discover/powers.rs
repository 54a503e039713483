//! What an account or a role may do, as far as the roles and bindings that we may read tell: nothing is asked on behalf of
//! anybody, and other authorizers than RBAC are not seen.

use futures::future::try_join;
use k8s_openapi::api::rbac::v1::{ClusterRoleBinding, RoleBinding, RoleRef, Subject};
use kube::api::ListParams;
use mayfly_domain::{
    kubernetes_name::{Namespace, RoleName, ServiceAccountName},
    plan::{ObjectKind, RoleKind},
    rules::PolicyRule,
};
use serde::{Deserialize, Serialize};

use crate::{
    ask::Session,
    error::{ClusterError, Kind, clean},
    objects::{self, AnyRole},
    pages::{self, Pages},
    right::Right,
};

/// Most roles that are read for one account; nobody reads through more.
const MOST_ROLES: usize = 100;

/// Whose powers are wanted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PowersOf {
    /// A service account of the namespace.
    Account(ServiceAccountName),
    /// A Role of the namespace, or a ClusterRole.
    Role(RoleKind, RoleName),
}

/// What somebody may do.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Powers {
    /// What gives it, each with its rules.
    pub sources: Vec<PowerSource>,
    /// What could not be looked at.
    pub unseen: Vec<Unseen>,
}

/// A role, and what gives it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PowerSource {
    /// The role: "ClusterRole `view`".
    pub role: String,
    /// The binding that gives it; nothing for a role by itself.
    pub binding: Option<String>,
    /// Where it counts; `None` is the whole cluster.
    pub namespace: Option<String>,
    /// Its resolved rules.
    pub rules: Vec<PolicyRule>,
}

/// Why something is not among the sources.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Unseen {
    /// A right is missing to look.
    NotAllowed(Right),
    /// There is more than we read.
    Cut,
}

/// A binding that names the account.
struct Bound {
    binding: String,
    role: RoleRef,
    namespace: Option<Namespace>,
}

pub(super) async fn powers(
    session: &Session<'_>,
    namespace: &Namespace,
    of: &PowersOf,
) -> Result<Powers, ClusterError> {
    let mut powers = Powers::default();
    match of {
        PowersOf::Role(kind, name) => {
            let place = (*kind == RoleKind::Role).then(|| namespace.to_string());
            let role = objects::role_text(*kind, name, Some(namespace));
            match rules(session, *kind, name, namespace).await? {
                Ok(rules) => powers.sources.push(PowerSource { role, binding: None, namespace: place, rules }),
                Err(unseen) => powers.unseen.push(unseen),
            }
        }
        PowersOf::Account(account) => {
            for bound in bindings(session, namespace, account, &mut powers.unseen).await? {
                follow(session, namespace, bound, &mut powers).await?;
            }
        }
    }
    Ok(powers)
}

async fn follow(
    session: &Session<'_>,
    home: &Namespace,
    bound: Bound,
    powers: &mut Powers,
) -> Result<(), ClusterError> {
    let kind = if bound.role.kind == "ClusterRole" { RoleKind::ClusterRole } else { RoleKind::Role };
    let namespace = bound.namespace.as_ref().unwrap_or(home);
    let Ok(name) = bound.role.name.parse::<RoleName>() else { return Ok(()) };
    if powers.sources.len() >= MOST_ROLES {
        note(&mut powers.unseen, Unseen::Cut);
        return Ok(());
    }
    match rules(session, kind, &name, namespace).await {
        Ok(Ok(rules)) => powers.sources.push(PowerSource {
            role: objects::role_text(kind, &name, Some(namespace)),
            binding: Some(bound.binding),
            namespace: bound.namespace.map(|namespace| namespace.to_string()),
            rules,
        }),
        Ok(Err(unseen)) => note(&mut powers.unseen, unseen),
        // A binding to a role that is not there gives nothing.
        Err(error) if error.is_missing() => {}
        Err(error) => return Err(error),
    }
    Ok(())
}

fn note(unseen: &mut Vec<Unseen>, more: Unseen) {
    if !unseen.contains(&more) {
        unseen.push(more);
    }
}

async fn rules(
    session: &Session<'_>,
    kind: RoleKind,
    name: &RoleName,
    namespace: &Namespace,
) -> Result<Result<Vec<PolicyRule>, Unseen>, ClusterError> {
    let answer: Result<AnyRole, ClusterError> = session.ask(&objects::read_role(kind, name, Some(namespace))).await;
    match answer {
        Ok(role) => Ok(Ok(objects::rules_of(role))),
        Err(ClusterError { kind: Kind::Forbidden { missing, .. }, .. }) => Ok(Err(Unseen::NotAllowed(*missing))),
        Err(error) => Err(error),
    }
}

/// The bindings that name the account or a group that it is in. Where we may not look everywhere, we look in its own
/// namespace.
async fn bindings(
    session: &Session<'_>,
    namespace: &Namespace,
    account: &ServiceAccountName,
    unseen: &mut Vec<Unseen>,
) -> Result<Vec<Bound>, ClusterError> {
    let list = |place: Option<Namespace>| async move {
        let question = |page: &ListParams| objects::list(ObjectKind::RoleBinding, place.as_ref(), page);
        pages::read::<RoleBinding>(session, &ListParams::default(), question).await
    };
    let everywhere = |page: &ListParams| objects::list(ObjectKind::ClusterRoleBinding, None, page);
    let all = ListParams::default();
    let cluster = pages::read::<ClusterRoleBinding>(session, &all, everywhere);
    let (inside, cluster) = try_join(list(None), cluster).await?;
    let mut found = seen(inside, unseen);
    if found.is_none() {
        found = seen(list(Some(namespace.clone())).await?, unseen);
    }
    let names = |subjects: Option<Vec<Subject>>| {
        subjects.unwrap_or_default().iter().any(|subject| is_named(subject, namespace, account))
    };
    let mut bound = Vec::new();
    for binding in found.unwrap_or_default().into_iter().filter(|binding| names(binding.subjects.clone())) {
        let (name, place) = (binding.metadata.name.unwrap_or_default(), binding.metadata.namespace.unwrap_or_default());
        let text = format!("RoleBinding `{}` in namespace `{}`", clean(&name), clean(&place));
        bound.push(Bound { binding: text, role: binding.role_ref, namespace: place.parse().ok() });
    }
    let cluster = seen(cluster, unseen).unwrap_or_default();
    for binding in cluster.into_iter().filter(|binding| names(binding.subjects.clone())) {
        let text = format!("ClusterRoleBinding `{}`", clean(&binding.metadata.name.unwrap_or_default()));
        bound.push(Bound { binding: text, role: binding.role_ref, namespace: None });
    }
    Ok(bound)
}

fn seen<T>(pages: Pages<T>, unseen: &mut Vec<Unseen>) -> Option<Vec<T>> {
    match pages {
        Pages::Read { items, is_complete } => {
            if !is_complete {
                note(unseen, Unseen::Cut);
            }
            Some(items)
        }
        Pages::NotAllowed(missing) => {
            note(unseen, Unseen::NotAllowed(missing));
            None
        }
    }
}

/// <https://kubernetes.io/docs/reference/access-authn-authz/rbac/#referring-to-subjects>
fn is_named(subject: &Subject, namespace: &Namespace, account: &ServiceAccountName) -> bool {
    match subject.kind.as_str() {
        "ServiceAccount" => {
            subject.name == account.as_str() && subject.namespace.as_deref() == Some(namespace.as_str())
        }
        "User" => subject.name == format!("system:serviceaccount:{namespace}:{account}"),
        "Group" => {
            let own = format!("system:serviceaccounts:{namespace}");
            ["system:serviceaccounts", "system:authenticated", own.as_str()].contains(&subject.name.as_str())
        }
        _ => false,
    }
}
