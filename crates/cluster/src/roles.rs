//! Roles that leases refer to: whether they are there, and what they allow.

use aws_lc_rs::digest;
use mayfly_domain::{
    hex::hex,
    kubernetes_name::Namespace,
    plan::{Access, ExpectedRules, LeasePlan, OnRoleChange},
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
    let answer: Result<AnyRole, _> = session.ask(&objects::read_role(kind, name, namespace)).await;
    match answer {
        Ok(role) => Ok(Some(objects::rules_of(role))),
        Err(error) if error.is_forbidden() => Ok(None),
        Err(error) => Err(error),
    }
}

/// Looks at the role of a plan before anything is made: it must be there, and what it was, if that was asked for. Gives the
/// digest of its rules.
pub(crate) async fn check(session: &Session<'_>, plan: &LeasePlan) -> Result<Option<String>, ClusterError> {
    let Some(access) = plan.account.access() else { return Ok(None) };
    let rules = resolve(session, access, plan.account.namespace()).await?;
    let seen = rules.map(|rules| rules_sha256(&rules));
    let is_refused =
        |expected: &ExpectedRules| expected.on_change == OnRoleChange::Block && seen.as_ref() != Some(&expected.sha256);
    match (plan.expected_rules.as_ref(), access.existing_role()) {
        (Some(expected), Some((kind, name))) if is_refused(expected) => {
            let role = objects::role_text(kind, name, plan.account.namespace());
            Err(session.error(Call::ReadRole, Step::Answer, Kind::RoleChanged { role }, Certainty::NeverSent))
        }
        _ => Ok(seen),
    }
}
