//! Whether values make sense together. The chart says the same in `templates/_checks.tpl`, in the same words.

use std::str::FromStr;

use mayfly_domain::{
    admission::InvalidConfinement,
    ids::{GatewayId, InstallationId},
    kubernetes_name::{InvalidName, Namespace},
    rules::PolicyRule,
};
use mayfly_tunnel::enrolment::EnrolmentText;

use super::{
    Release,
    values::{Method, Values},
};

/// Why values come to nothing.
#[derive(Debug, thiserror::Error)]
pub enum InvalidValues {
    /// They are no YAML.
    #[error("no YAML: {0}")]
    Yaml(String),
    /// They have other fields than there are.
    #[error("no values")]
    Shape(#[source] serde_json::Error),
    /// They say nothing that holds. The text begins with the name of a value.
    #[error("{0}")]
    Sense(&'static str),
    /// The enrolment is for another gateway.
    #[error("`enrolment.text` is for the gateway {0}, and `gateway.id` is another")]
    OtherGateway(GatewayId),
    /// No object can be called so.
    #[error("`gateway.id`: a name of it")]
    Name(#[from] InvalidName),
    /// The account cannot be confined.
    #[error("`admissionPolicy`")]
    Confinement(#[from] InvalidConfinement),
}

pub(super) const NO_INSTALLATION: &str = "`admissionPolicy.installation`: give the installation's id";

/// Half of the processes of one gateway that a server lets be here at once: while pods change, old and new ones are.
const MOST_REPLICAS: u32 = 16;

/// Refuses what would make objects that cannot work together.
pub(super) fn check(values: &Values) -> Result<(), InvalidValues> {
    let mut faults =
        faults(values).into_iter().chain(faults_of_surroundings(values)).chain(faults_of_held_rules(values));
    let Some((_, why)) = faults.find(|(is_at_fault, _)| *is_at_fault) else {
        return check_text(values);
    };
    Err(InvalidValues::Sense(why))
}

fn faults(values: &Values) -> [(bool, &'static str); 6] {
    let Values { policy, enrolment, admission_policy, .. } = values;
    let (has_accounts, has_leases) = (!policy.existing.accounts.is_empty(), !policy.dynamic.namespaces.is_empty());
    let (has_text, has_secret) = (!enrolment.text.is_empty(), !enrolment.existing_secret.is_empty());
    let gives_nothing = policy.dynamic.roles.is_empty() && !policy.dynamic.own_rules;
    [
        (!is_id::<GatewayId>(&values.gateway.id), "`gateway.id`: give the gateway's id, from its page"),
        (
            !has_accounts && !has_leases && !policy.forward.enabled,
            "`policy`: names nothing that may be asked for: give `policy.static.accounts`, or `policy.dynamic.namespaces` with `policy.dynamic.roles`",
        ),
        (
            has_leases && gives_nothing,
            "`policy.dynamic`: accounts that are made would get nothing: give `policy.dynamic.roles`, or `policy.dynamic.ownRules`",
        ),
        (has_text == has_secret, "`enrolment`: give `enrolment.text` or `enrolment.existingSecret`, and not both"),
        (
            has_text && enrolment.method == Method::Token,
            "`enrolment.text`: a one-time code is a secret: give `enrolment.existingSecret`",
        ),
        (
            policy.existing.anchors && !admission_policy.enabled,
            "`policy.static.anchors`: takes the right to make and remove any Secret of those namespaces, which only `admissionPolicy.enabled` narrows",
        ),
    ]
}

fn faults_of_surroundings(values: &Values) -> [(bool, &'static str); 6] {
    let Values { policy, admission_policy, network_policy, pod_monitor, replicas, .. } = values;
    let knows_api_server = network_policy.cilium || !network_policy.api_server.is_empty();
    let has_subject = !policy.existing.accounts.is_empty() || !policy.dynamic.namespaces.is_empty();
    [
        (admission_policy.enabled && !is_id::<InstallationId>(&admission_policy.installation), NO_INSTALLATION),
        (admission_policy.enabled && !has_subject, "`admissionPolicy`: there is nothing to confine the account to"),
        (
            network_policy.enabled && (!knows_api_server || network_policy.server.is_empty()),
            "`networkPolicy`: give `networkPolicy.apiServer`, or `networkPolicy.cilium` where that is, and `networkPolicy.server`: where pods may go",
        ),
        (
            network_policy.enabled && pod_monitor.enabled && network_policy.metrics_from.is_empty(),
            "`podMonitor`: give `networkPolicy.metricsFrom`, too: without it nobody may read the numbers",
        ),
        (*replicas == 0, "`replicas`: give at least 1"),
        (
            *replicas > MOST_REPLICAS,
            "`replicas`: give at most 16: a server takes a limited number of processes of one gateway, and while pods change, old and new ones are there",
        ),
    ]
}

/// Names and audiences are made of it as it is written, so it is written as everywhere.
fn is_id<Id: FromStr + ToString>(text: &str) -> bool {
    text.parse::<Id>().is_ok_and(|id| id.to_string() == text)
}

/// Verbs whose holder is as good as anybody.
/// <https://kubernetes.io/docs/concepts/security/rbac-good-practices/#privilege-escalation-risks>
const TOO_MUCH: [&str; 3] = ["escalate", "bind", "impersonate"];

fn faults_of_held_rules(values: &Values) -> [(bool, &'static str); 3] {
    let (held, dynamic) = (&values.rbac.held_rules, &values.policy.dynamic);
    let is_wide = |rule: &PolicyRule| {
        [&rule.api_groups, &rule.resources, &rule.verbs].into_iter().flatten().any(|word| word.contains('*'))
    };
    let is_too_much =
        |rule: &PolicyRule| is_wide(rule) || rule.verbs.iter().any(|verb| TOO_MUCH.contains(&verb.as_str()));
    [
        (!held.is_empty() && !dynamic.own_rules, "`rbac.heldRules`: are of use with `policy.dynamic.ownRules` only"),
        (
            !held.is_empty() && dynamic.namespaces.is_empty(),
            "`rbac.heldRules`: would be bound nowhere: give `policy.dynamic.namespaces`",
        ),
        (
            held.iter().any(is_too_much),
            "`rbac.heldRules`: must not have `*`, nor the verbs `escalate`, `bind` and `impersonate`",
        ),
    ]
}

fn check_text(values: &Values) -> Result<(), InvalidValues> {
    if values.enrolment.text.is_empty() {
        return Ok(());
    }
    let text: EnrolmentText =
        values.enrolment.text.parse().map_err(|_| {
            InvalidValues::Sense("`enrolment.text`: copy the whole of it, from `mayfly_enrol_` to its end")
        })?;
    if text.token.is_some() {
        return Err(InvalidValues::Sense(
            "`enrolment.text`: holds a one-time code, which is a secret: give `enrolment.existingSecret`",
        ));
    }
    if Ok(text.gateway) != values.gateway.id.parse().map_err(drop) {
        return Err(InvalidValues::OtherGateway(text.gateway));
    }
    Ok(())
}

/// What somebody should know before they apply the objects.
pub fn warnings(values: &Values, release: &Release) -> Vec<String> {
    if values.admission_policy.enabled {
        return Vec::new();
    }
    let accounts = &values.policy.existing.accounts;
    let is_shared = |namespace: &Namespace| {
        *namespace == release.namespace || accounts.iter().any(|account| account.namespace == *namespace)
    };
    let shared = values.policy.dynamic.namespaces.iter().filter(|namespace| is_shared(namespace));
    let say = |namespace: &Namespace| {
        format!(
            "accounts are made in `{namespace}`, where others are, too: the gateway's account may make tokens of every account \
             there. Give leases a namespace of their own, or turn `admissionPolicy` on"
        )
    };
    shared.map(say).collect()
}
