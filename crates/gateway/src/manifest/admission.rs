//! What the API server itself refuses to the gateway's account: whatever the policy does not let it be asked.

use mayfly_domain::{
    admission::{AdmissionPolicy, Confinement, ExistingAccount, OwnRules, OwnTokens, PlainTokens},
    gateway_policy::GatewayPolicy,
    kubernetes_name::RoleName,
    plan::{LeasePlan, RoleKind},
};
use serde_json::Value;

use super::{InvalidValues, Release, check::NO_INSTALLATION, rights::name_elsewhere, values::Values};

/// The policies with their bindings.
pub(super) fn objects(values: &Values, release: &Release) -> Result<Vec<Value>, InvalidValues> {
    let policies = confinement(values, release)?.policies()?;
    Ok(policies.iter().flat_map(AdmissionPolicy::manifests).collect())
}

fn confinement(values: &Values, release: &Release) -> Result<Confinement, InvalidValues> {
    let (policy, said) = (&values.policy, &values.admission_policy);
    let installation = said.installation.parse().map_err(|_| InvalidValues::Sense(NO_INSTALLATION))?;
    let is_everywhere = policy.dynamic.is_everywhere();
    let cluster_roles = roles(policy, RoleKind::ClusterRole);
    Ok(Confinement {
        name: Some(name_elsewhere(values).parse()?),
        installation,
        issuer: format!("system:serviceaccount:{}:{}", release.namespace, release.name),
        namespaces: policy.dynamic.namespaces.iter().cloned().collect(),
        namespace_selector: None,
        name_templates: Vec::new(),
        roles: roles(policy, RoleKind::Role),
        cluster_roles_everywhere: if is_everywhere { cluster_roles.clone() } else { Vec::new() },
        cluster_roles,
        own_rules: match (policy.dynamic.own_rules, is_everywhere) {
            (false, _) => OwnRules::Closed,
            (true, false) => OwnRules::InNamespace,
            (true, true) => OwnRules::Everywhere,
        },
        accounts: accounts(policy),
        // The policy lets tokens be asked for with anchors and without.
        plain_tokens: PlainTokens::Open,
        own_tokens: OwnTokens::Closed,
        audiences: audiences(values),
        longest_token_seconds: policy.max_ttl_seconds.max(LeasePlan::SHORTEST_TOKEN_SECONDS),
        labels: said.labels.clone(),
        annotations: said.annotations.clone(),
    })
}

fn roles(policy: &GatewayPolicy, kind: RoleKind) -> Vec<RoleName> {
    policy.dynamic.roles.iter().filter(|role| role.kind == kind).map(|role| role.name.clone()).collect()
}

/// In the order of their texts, which is the one that the chart can make, too.
fn accounts(policy: &GatewayPolicy) -> Vec<ExistingAccount> {
    let named = policy.existing.accounts.iter();
    let named =
        named.map(|account| ExistingAccount { namespace: account.namespace.clone(), name: account.name.clone() });
    let mut accounts: Vec<_> = named.collect();
    accounts.sort_by_key(ToString::to_string);
    accounts
}

/// A token that nobody wished an audience for has the cluster's own, so without that there is nothing to hold tokens to.
fn audiences(values: &Values) -> Vec<String> {
    let own = &values.admission_policy.cluster_audience;
    if own.is_empty() {
        return Vec::new();
    }
    std::iter::once(own).chain(values.policy.audiences.iter().filter(|audience| *audience != own)).cloned().collect()
}
