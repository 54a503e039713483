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
      --namespace mayfly --service-account mayfly-gateway")]
pub(crate) struct CreateArguments {
    /// Its name
    name: String,
    /// Issuer of the cluster's service account tokens
    #[arg(long, value_name = "URL", requires_all = ["keys_file", "namespace", "service_account"])]
    issuer: Option<String>,
    /// The cluster's public keys, as JWKS or PEM
    #[arg(long, value_name = "FILE", requires = "issuer")]
    keys_file: Option<PathBuf>,
    /// Namespace of the service account
    #[arg(long, requires = "issuer")]
    namespace: Option<String>,
    /// The service account that its processes run as
    #[arg(long, value_name = "NAME", requires = "issuer")]
    service_account: Option<String>,
    /// Whether the gateway may tell that the cluster's keys are others; true unless given
    #[arg(long, value_name = "BOOLEAN", requires = "issuer")]
    follows_keys: Option<bool>,
}

/// Makes it.
pub(super) async fn run(arguments: &CreateArguments, context: &Context) -> Result<(), CliError> {
    let CreateArguments { name, issuer, keys_file, namespace, service_account, follows_keys } = arguments;
    let method = if issuer.is_some() { "service-account" } else { "token" };
    let enrolment = GatewayEnrolmentMethod {
        method: method.to_owned(),
        issuer: issuer.clone(),
        keys: keys_file.as_deref().map(read_text).transpose()?,
        namespace: namespace.clone(),
        service_account_name: service_account.clone(),
        follows_keys: *follows_keys,
    };
    let request = CreateGateway { name: name.clone(), enrolment };
    let made: GatewayBody = context.client()?.post(&["api", "v1", "gateways"], &request).await?;
    context.console.answer(&made, |console| console.data(&made.gateway.id))
}
