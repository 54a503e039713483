//! The verdict: what is asked, held against the rules.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{AllowedAccount, AllowedRole, ForwardTarget, GatewayOperation, GatewayPolicy};
use crate::{
    kubernetes_name::Namespace,
    plan::{self, Access, Account, LeasePlan, ObjectKind, PlannedObject},
};

/// Seconds by which a lease may end after what the rules say: the clocks of server and gateway are never quite the same, and
/// the way takes time.
const TOLERANCE_SECONDS: i64 = 60;

/// What is beyond the rules, and which rule. Reads as a sentence.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("the gateway's own policy does not allow {asked} (`{rule}`)")]
pub struct BeyondPolicy {
    /// The rule, as the policy's file calls it.
    pub rule: String,
    /// What was asked for.
    pub asked: String,
}

fn beyond<T>(rule: &str, asked: impl Into<String>) -> Result<T, BeyondPolicy> {
    Err(BeyondPolicy { rule: rule.to_owned(), asked: asked.into() })
}

fn within(is_within: bool, rule: &str, asked: impl FnOnce() -> String) -> Result<(), BeyondPolicy> {
    if is_within { Ok(()) } else { beyond(rule, asked()) }
}

impl GatewayPolicy {
    /// Whether an operation may be asked for at all.
    pub fn judge_operation(&self, operation: GatewayOperation) -> Result<(), BeyondPolicy> {
        within(self.operations.contains(&operation), "operations", || format!("the operation `{}`", operation.word()))
    }

    /// Whether a plan may be carried out, `now`.
    pub fn judge_plan(&self, plan: &LeasePlan, now: Timestamp) -> Result<(), BeyondPolicy> {
        self.judge_subject(plan)?;
        judge_objects(plan)?;
        self.judge_life(plan, now)
    }

    /// Whether what a plan gives out may be given out at all, whatever its objects are called and however long it lives.
    pub fn judge_subject(&self, plan: &LeasePlan) -> Result<(), BeyondPolicy> {
        match &plan.account {
            Account::Existing { namespace, name } => {
                let asked = AllowedAccount { namespace: namespace.clone(), name: name.clone() };
                let rule = "static.accounts";
                within(self.existing.accounts.contains(&asked), rule, || format!("tokens of `{namespace}/{name}`"))?;
                let has_anchor = plan.belongings.is_some();
                within(!has_anchor || self.existing.anchors, "static.anchors", || "Secrets to bind tokens to".into())?;
            }
            Account::Temporary { namespace, access, .. } => {
                self.judge_place(namespace)?;
                self.judge_access(access)?;
            }
        }
        for audience in &plan.audiences {
            within(self.audiences.contains(audience), "audiences", || format!("the audience `{audience}`"))?;
        }
        Ok(())
    }

    /// Whether an object may be removed. Whether it is one of ours, its seal says; here is only where one of ours can be.
    pub fn judge_removal(&self, object: &PlannedObject) -> Result<(), BeyondPolicy> {
        let asked = || format!("to remove the {} `{}`", object.kind.name(), object.name);
        let is_in = |rule: &str, is_within: bool| within(is_within, rule, asked);
        match object.kind {
            ObjectKind::Secret => {
                let is_near = |account: &AllowedAccount| Some(&account.namespace) == object.namespace.as_ref();
                is_in("static.anchors", self.existing.anchors && plan::is_anchor_name(&object.name))?;
                is_in("static.accounts", self.existing.accounts.iter().any(is_near))
            }
            ObjectKind::RoleBinding | ObjectKind::ServiceAccount | ObjectKind::Role => {
                let is_there = |namespace: &Namespace| self.dynamic.namespaces.contains(namespace);
                is_in("dynamic.namespaces", object.namespace.as_ref().is_some_and(is_there))
            }
            ObjectKind::ClusterRoleBinding | ObjectKind::ClusterRole => {
                is_in("dynamic.clusterWide", self.dynamic.cluster_wide && object.namespace.is_none())
            }
        }
    }

    /// Whether a byte stream may lead to `host` at `port`; the rule that says so bounds its addresses.
    pub fn judge_target(&self, host: &str, port: u16) -> Result<Option<&ForwardTarget>, BeyondPolicy> {
        within(self.forward.enabled, "forward.enabled", || "byte streams".into())?;
        let is_asked = |target: &&ForwardTarget| target.host.eq_ignore_ascii_case(host) && target.port == port;
        match self.forward.targets.iter().find(is_asked) {
            Some(target) => Ok(Some(target)),
            None if self.forward.targets.is_empty() => Ok(None),
            None => beyond("forward.targets", format!("a byte stream to `{host}:{port}`")),
        }
    }

    fn judge_place(&self, namespace: &Namespace) -> Result<(), BeyondPolicy> {
        let is_allowed = self.dynamic.namespaces.contains(namespace);
        within(is_allowed, "dynamic.namespaces", || format!("accounts in the namespace `{namespace}`"))
    }

    fn judge_access(&self, access: &Access) -> Result<(), BeyondPolicy> {
        let is_narrow = !access.is_everywhere() || self.dynamic.cluster_wide;
        within(is_narrow, "dynamic.clusterWide", || "rights in the whole cluster".into())?;
        match access.existing_role() {
            Some((kind, name)) => {
                let asked = AllowedRole { kind, name: name.clone() };
                let is_allowed = self.dynamic.roles.contains(&asked);
                within(is_allowed, "dynamic.roles", || format!("the {} `{name}`", kind.name()))
            }
            None => within(self.dynamic.own_rules, "dynamic.ownRules", || "rules that the server brings".into()),
        }
    }

    fn judge_life(&self, plan: &LeasePlan, now: Timestamp) -> Result<(), BeyondPolicy> {
        let most = self.max_ttl_seconds.max(LeasePlan::SHORTEST_TOKEN_SECONDS);
        let token = plan.token_seconds;
        within(token <= most, "maxTtlSeconds", || format!("a token for {token} s, where {most} s are the most"))?;
        let Some(belongings) = &plan.belongings else { return Ok(()) };
        let left = belongings.expires_at.as_second().saturating_sub(now.as_second());
        let (least, most) = (seconds(self.min_ttl_seconds), seconds(self.max_ttl_seconds));
        let is_short = left.saturating_add(TOLERANCE_SECONDS) < least;
        within(!is_short, "minTtlSeconds", || format!("a lease for {left} s, where {least} s are the least"))?;
        let is_long = left > most.saturating_add(TOLERANCE_SECONDS);
        within(!is_long, "maxTtlSeconds", || format!("a lease for {left} s, where {most} s are the most"))
    }
}

/// A plan makes what its account needs, by name and place, and nothing else.
fn judge_objects(plan: &LeasePlan) -> Result<(), BeyondPolicy> {
    let planned = plan.objects();
    let is_needed = match (&plan.account, &plan.belongings) {
        (Account::Existing { .. }, None) => true,
        (Account::Temporary { .. }, None) => false,
        (account, Some(_)) => {
            let needed = plan::objects_of(plan.lease, account);
            let is_same = |(object, (kind, namespace, name)): (&PlannedObject, &plan::Unsealed)| {
                object.kind == *kind && object.namespace == *namespace && object.name == *name
            };
            needed.len() == planned.len() && planned.iter().zip(&needed).all(is_same)
        }
    };
    within(is_needed, "static and dynamic", || "other objects than the lease needs".into())
}

fn seconds(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod generated;
#[cfg(test)]
mod tests;
