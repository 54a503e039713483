//! Whether values make sense together. The chart says the same in `templates/_checks.tpl`, in the same words.

use mayfly_domain::{
    admission::InvalidConfinement,
    ids::{GatewayId, InstallationId},
    kubernetes_name::Namespace,
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
    /// The account cannot be confined.
    #[error("`admissionPolicy`")]
    Confinement(#[from] InvalidConfinement),
}

pub(super) const NO_INSTALLATION: &str = "`admissionPolicy.installation`: give the installation's id";

/// Refuses what would make objects that cannot work together.
pub(super) fn check(values: &Values) -> Result<(), InvalidValues> {
    let Some((_, why)) = faults(values).into_iter().find(|(is_at_fault, _)| *is_at_fault) else {
        return check_text(values);
    };
    Err(InvalidValues::Sense(why))
}

fn faults(values: &Values) -> [(bool, &'static str); 11] {
    let Values { policy, enrolment, admission_policy, network_policy, .. } = values;
    let (has_accounts, has_leases) = (!policy.existing.accounts.is_empty(), !policy.dynamic.namespaces.is_empty());
    let (has_text, has_secret) = (!enrolment.text.is_empty(), !enrolment.existing_secret.is_empty());
    let gives_nothing = policy.dynamic.roles.is_empty() && !policy.dynamic.own_rules;
    [
        (values.gateway.id.parse::<GatewayId>().is_err(), "`gateway.id`: give the gateway's id, from its page"),
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
        (admission_policy.enabled && admission_policy.installation.parse::<InstallationId>().is_err(), NO_INSTALLATION),
        (
            admission_policy.enabled && !has_accounts && !has_leases,
            "`admissionPolicy`: there is nothing to confine the account to",
        ),
        (
            !values.rbac.held_rules.is_empty() && !policy.dynamic.own_rules,
            "`rbac.heldRules`: are of use with `policy.dynamic.ownRules` only",
        ),
        (
            network_policy.enabled && (network_policy.api_server.is_empty() || network_policy.server.is_empty()),
            "`networkPolicy`: give `networkPolicy.apiServer` and `networkPolicy.server`: addresses that pods may go to",
        ),
        (values.replicas == 0, "`replicas`: give at least 1"),
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
