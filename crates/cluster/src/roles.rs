//! Roles that leases refer to: whether they are there, and what they allow.

use aws_lc_rs::digest;
use mayfly_domain::{
    danger::why_closed,
    hex::hex,
    kubernetes_name::{Namespace, RoleName},
    plan::{Access, LeasePlan, OnRoleChange, RoleKind},
    rules::{PolicyRule, ordered},
};

use crate::{
    ask::Session,
    error::{Call, Certainty, ClusterError, Kind, Step},
    objects::{self, AnyRole},
};

/// SHA-256 in hex over rules in their fixed order.
pub fn rules_sha256(rules: &[PolicyRule]) -> String {
    // Plain texts cannot fail to be written.
    let text = serde_json::to_vec(&ordered(rules)).unwrap_or_default();
    hex(digest::digest(&digest::SHA256, &text).as_ref())
}

/// The resolved rules of the role that `access` refers to; nothing where it refers to none, or they may not be read.
/// A role that is missing is an error.
pub(crate) async fn resolve(
    session: &Session<'_>,
    access: &Access,
    namespace: &Namespace,
) -> Result<Option<Vec<PolicyRule>>, ClusterError> {
    let Some((kind, name)) = access.existing_role() else { return Ok(None) };
    read(session, kind, name, Some(namespace)).await
}

/// The resolved rules of a role; nothing where they may not be read. A Role is looked for in `namespace`.
pub(crate) async fn read(
    session: &Session<'_>,
    kind: RoleKind,
    name: &RoleName,
    namespace: Option<&Namespace>,
) -> Result<Option<Vec<PolicyRule>>, ClusterError> {
    let answer: Result<AnyRole, _> = session.ask(&objects::read_role(kind, name, namespace)).await;
    match answer {
        Ok(role) => Ok(Some(objects::rules_of(role))),
        Err(error) if error.is_forbidden() => Ok(None),
        Err(error) => Err(error),
    }
}

/// Looks at the role of a plan before anything is made: it must be there, harmless where others are closed, and what it was,
/// if that was asked for. Gives the digest of its rules.
pub(crate) async fn check(session: &Session<'_>, plan: &LeasePlan) -> Result<Option<String>, ClusterError> {
    let Some(access) = plan.account.access() else { return Ok(None) };
    let rules = resolve(session, access, plan.account.namespace()).await?;
    let seen = rules.as_deref().map(rules_sha256);
    match closed(plan, access, rules.as_deref()).or_else(|| changed(plan, access, seen.as_ref())) {
        Some(kind) => Err(session.error(Call::ReadRole, Step::Answer, kind, Certainty::NeverSent)),
        None => Ok(seen),
    }
}

/// Rules of its own are judged like those that were read: what is open may have been closed since they were saved.
fn closed(plan: &LeasePlan, access: &Access, read: Option<&[PolicyRule]>) -> Option<Kind> {
    if !plan.refuses_escalating_roles {
        return None;
    }
    let why = why_closed(access.rules().or(read))?;
    Some(Kind::RoleClosed { role: role_of(plan, access), why })
}

/// Whether a plan refuses a role whose rules were `seen` to be these, because they are others than it expects.
pub(crate) fn refuses_rules(plan: &LeasePlan, seen: Option<&String>) -> bool {
    plan.account.access().is_some_and(|access| changed(plan, access, seen).is_some())
}

fn changed(plan: &LeasePlan, access: &Access, seen: Option<&String>) -> Option<Kind> {
    let expected = plan.expected_rules.as_ref().filter(|expected| expected.on_change == OnRoleChange::Block)?;
    access.existing_role()?;
    (seen != Some(&expected.sha256)).then(|| Kind::RoleChanged { role: role_of(plan, access) })
}

fn role_of(plan: &LeasePlan, access: &Access) -> String {
    let existing =
        access.existing_role().map(|(kind, name)| objects::role_text(kind, name, Some(plan.account.namespace())));
    existing.unwrap_or_else(|| "the role that is made for it".to_owned())
}
