//! `mayfly admission-policy`: what a cluster's API server can refuse to the issuer's account by itself.

use clap::{Args, ValueEnum};
use mayfly_server::admission::{
    AdmissionPolicy, Confinement, ExistingAccount, InstallationId, LabelSelector, NameTemplate, Namespace, ObjectName,
    OwnRules, OwnTokens, PlainTokens, RoleName,
};
use serde_json::{Value, json};

use crate::{console::Format, context::Context, error::CliError};

/// Print admission policies that confine the issuer's account in a cluster
///
/// `ValidatingAdmissionPolicy` objects with their bindings, for `kubectl apply -f -` (Kubernetes 1.30 or later). They
/// hold the account to objects with the labels, names and shapes of Mayfly, and judge nobody else. Whatever no flag
/// allows is closed. Nothing is sent anywhere.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  mayfly admission-policy --installation 01893b9e-… --issuer system:serviceaccount:mayfly:issuer \\
    --namespace team-a --role deployer | kubectl apply -f -
  mayfly admission-policy --installation 01893b9e-… --issuer system:serviceaccount:mayfly:issuer \\
    --account team-a/ci-deployer --audience https://kubernetes.default.svc --longest-token 3600")]
pub(crate) struct AdmissionPolicyArguments {
    /// The installation's id: the server's log tells it at the start, and every object of Mayfly in its label
    #[arg(long, value_name = "ID")]
    installation: InstallationId,
    /// The user that the cluster takes the issuer's token for: `system:serviceaccount:<namespace>:<name>`
    #[arg(long, value_name = "USER")]
    issuer: String,
    /// What the policies' names begin with; needed for a second issuer in a cluster [default: `mayfly-<installation>`]
    #[arg(long, value_name = "NAME")]
    policy_name: Option<ObjectName>,
    /// A namespace for temporary accounts; may be given again
    #[arg(long = "namespace", value_name = "NAMESPACE")]
    namespaces: Vec<Namespace>,
    /// What the labels of those namespaces must be, besides: `{"matchLabels": {"team": "a"}}`
    #[arg(long, value_name = "SELECTOR", value_parser = selector)]
    namespace_selector: Option<LabelSelector>,
    /// A name template that dynamic secrets use; may be given again [default: names without a template]
    #[arg(long = "name-template", value_name = "TEMPLATE")]
    name_templates: Vec<NameTemplate>,
    /// A Role that may be bound in its namespace; may be given again
    #[arg(long = "role", value_name = "NAME")]
    roles: Vec<RoleName>,
    /// A ClusterRole that may be bound in a namespace; may be given again
    #[arg(long = "cluster-role", value_name = "NAME")]
    cluster_roles: Vec<RoleName>,
    /// A ClusterRole that may be bound in the whole cluster; may be given again
    #[arg(long = "cluster-role-everywhere", value_name = "NAME")]
    cluster_roles_everywhere: Vec<RoleName>,
    /// How far roles with rules written into dynamic secrets may reach
    #[arg(long, value_enum, default_value = "closed")]
    own_rules: OwnRulesWord,
    /// An existing account whose tokens are issued, as `namespace/name`; may be given again
    #[arg(long = "account", value_name = "ACCOUNT")]
    accounts: Vec<ExistingAccount>,
    /// Allow tokens of existing accounts that cannot be revoked
    #[arg(long)]
    allow_plain_tokens: bool,
    /// Allow Mayfly to exchange the issuer's own token for a fresh one, as connections with `renewsToken` do
    #[arg(long)]
    renews_token: bool,
    /// An audience that tokens may have; may be given again [default: any]
    #[arg(long = "audience", value_name = "AUDIENCE")]
    audiences: Vec<String>,
    /// The longest life of a token, in seconds
    #[arg(long, value_name = "SECONDS", default_value_t = LONGEST_TOKEN_SECONDS)]
    longest_token: u64,
    /// The key of a label that objects may carry besides Mayfly's; may be given again
    #[arg(long = "label", value_name = "KEY")]
    labels: Vec<String>,
    /// The key of an annotation that objects may carry besides Mayfly's; may be given again
    #[arg(long = "annotation", value_name = "KEY")]
    annotations: Vec<String>,
}

/// A server's own limit for a lease, unless it is set otherwise: 24 h.
const LONGEST_TOKEN_SECONDS: u64 = 86_400;

/// How far rules may reach, as it is typed.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum OwnRulesWord {
    /// There are none
    Closed,
    /// Their namespace
    Namespace,
    /// The whole cluster
    Everywhere,
}

/// Prints them.
pub(crate) fn run(arguments: AdmissionPolicyArguments, context: &Context) -> Result<(), CliError> {
    let policies = confinement(arguments).policies().map_err(|error| CliError::Usage(error.to_string()))?;
    let manifests: Vec<Value> = policies.iter().flat_map(AdmissionPolicy::manifests).collect();
    match context.console.format {
        Format::Json => {
            let list = json!({ "apiVersion": "v1", "kind": "List", "items": manifests });
            context.console.data(&serde_json::to_string_pretty(&list).map_err(CliError::Shape)?)
        }
        Format::Text | Format::Token | Format::Env => {
            manifests.iter().try_for_each(|manifest| context.console.data(&yaml(manifest)?))
        }
    }
}

fn yaml(manifest: &Value) -> Result<String, CliError> {
    let text = serde_saphyr::to_string(manifest).map_err(CliError::Yaml)?;
    Ok(format!("---\n{}", text.trim_end()))
}

fn confinement(arguments: AdmissionPolicyArguments) -> Confinement {
    Confinement {
        name: arguments.policy_name,
        installation: arguments.installation,
        issuer: arguments.issuer,
        namespaces: arguments.namespaces,
        namespace_selector: arguments.namespace_selector,
        name_templates: arguments.name_templates,
        roles: arguments.roles,
        cluster_roles: arguments.cluster_roles,
        cluster_roles_everywhere: arguments.cluster_roles_everywhere,
        own_rules: match arguments.own_rules {
            OwnRulesWord::Closed => OwnRules::Closed,
            OwnRulesWord::Namespace => OwnRules::InNamespace,
            OwnRulesWord::Everywhere => OwnRules::Everywhere,
        },
        accounts: arguments.accounts,
        plain_tokens: if arguments.allow_plain_tokens { PlainTokens::Open } else { PlainTokens::Closed },
        own_tokens: if arguments.renews_token { OwnTokens::Renewed } else { OwnTokens::Closed },
        audiences: arguments.audiences,
        longest_token_seconds: arguments.longest_token,
        labels: arguments.labels,
        annotations: arguments.annotations,
    }
}

fn selector(text: &str) -> Result<LabelSelector, String> {
    serde_saphyr::from_str(text)
        .map_err(|_| r#"want a label selector, such as {"matchLabels": {"team": "a"}}"#.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn yaml_says_what_json_says() {
        let manifest = json!({ "a": "x == 'y' &&\n  !z: #1", "b": ["*", "", "false", "\\u{1}"], "c": [{ "d": 7 }] });
        let text = yaml(&manifest).unwrap();
        assert!(text.starts_with("---\n"));
        assert_eq!(serde_saphyr::from_str::<Value>(&text).unwrap(), manifest);
    }

    #[test]
    fn selector_is_what_a_dynamic_secret_has() {
        assert_eq!(selector("{matchLabels: {team: a}}").unwrap().match_labels["team"], "a");
        assert!(selector("team=a").is_err());
    }
}
