//! `mayfly gateway create`.

use std::path::PathBuf;

use clap::Args;
use mayfly_api::gateways::{CreateGateway, GatewayBody, GatewayEnrolmentMethod};

use crate::{context::Context, error::CliError, request_fields::read_text};

/// Make a gateway; it is nowhere until a process of it enrols
///
/// Its processes prove themselves by tokens that `mayfly gateway enrol` makes, or, with `--issuer`, by the service account
/// that they run as.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  mayfly gateway create gw-lab
  kubectl get --raw /openid/v1/jwks > keys.json
  mayfly gateway create gw-eu --issuer https://kubernetes.default.svc.cluster.local --keys-file keys.json \\
      --namespace mayfly --service-account mayfly-gateway
  mayfly gateway create gw-managed --issuer https://oidc.example.com/id/EXAMPLE --discovery-url https://oidc.example.com/id/EXAMPLE \\
      --namespace mayfly --service-account mayfly-gateway")]
pub(crate) struct CreateArguments {
    /// Its name
    name: String,
    /// Issuer of the cluster's service account tokens
    #[arg(long, value_name = "URL", requires_all = ["keys", "namespace", "service_account"])]
    issuer: Option<String>,
    /// The cluster's public keys, as JWKS or PEM
    #[arg(long, value_name = "FILE", requires = "issuer", group = "keys")]
    keys_file: Option<PathBuf>,
    /// Where the cluster publishes its public keys, as managed ones do at their issuer
    #[arg(long, value_name = "URL", requires = "issuer", group = "keys")]
    discovery_url: Option<String>,
    /// PEM certificates of the only authority that vouches for that address
    #[arg(long, value_name = "FILE", requires = "discovery_url")]
    discovery_ca_file: Option<PathBuf>,
    /// Namespace of the service account
    #[arg(long, requires = "issuer")]
    namespace: Option<String>,
    /// The service account that its processes run as
    #[arg(long, value_name = "NAME", requires = "issuer")]
    service_account: Option<String>,
    /// Whether the gateway may tell that the cluster's keys are others; true unless given
    #[arg(long, value_name = "BOOLEAN", requires = "issuer", conflicts_with = "discovery_url")]
    follows_keys: Option<bool>,
}

/// Makes it.
pub(super) async fn run(arguments: &CreateArguments, context: &Context) -> Result<(), CliError> {
    let method = if arguments.issuer.is_some() { "service-account" } else { "token" };
    let enrolment = GatewayEnrolmentMethod {
        method: method.to_owned(),
        issuer: arguments.issuer.clone(),
        keys: arguments.keys_file.as_deref().map(read_text).transpose()?,
        discovery_url: arguments.discovery_url.clone(),
        discovery_ca_cert: arguments.discovery_ca_file.as_deref().map(read_text).transpose()?,
        namespace: arguments.namespace.clone(),
        service_account_name: arguments.service_account.clone(),
        follows_keys: arguments.follows_keys,
    };
    let request = CreateGateway { name: arguments.name.clone(), enrolment };
    let made: GatewayBody = context.client()?.post(&["api", "v1", "gateways"], &request).await?;
    context.console.answer(&made, |console| console.data(&made.gateway.id))
}
