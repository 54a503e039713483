//! `mayfly identity auth kubernetes`.

use std::path::PathBuf;

use clap::Args;
use mayfly_api::outside_auth::{KubernetesAuthBody, KubernetesAuthRequest};

use super::{Method, OutsideToken, read, set, show};
use crate::{arguments::path_segment, context::Context, error::CliError, secret_input::from_file};

/// Let an identity sign in with tokens of Kubernetes service accounts
///
/// Who says whose a token is: an API server (`--host` with `--reviewer-token-file`), the cluster of a connection
/// (`--connection`), or the cluster's public keys (`--public-keys-file` with `--issuer`). What is left out keeps its value if it
/// was set before.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  mayfly identity auth kubernetes \"$ID\" --connection \"$CONNECTION\" --namespace ci --audience https://mayfly.example.com
  mayfly identity auth kubernetes \"$ID\" --public-keys-file jwks.json --issuer https://kubernetes.default.svc \\
    --namespace ci --account runner --audience https://mayfly.example.com")]
pub(crate) struct KubernetesArguments {
    /// The identity, as `mayfly identity ls` shows it
    #[arg(value_name = "ID", value_parser = path_segment)]
    id: String,
    /// The API server that is asked
    #[arg(long, value_name = "URL", conflicts_with_all = ["connection", "public_keys_file"])]
    host: Option<String>,
    /// PEM certificates to trust for it, and no others
    #[arg(long, value_name = "FILE")]
    ca_file: Option<PathBuf>,
    /// File with the token to ask it with; `-` is standard input
    #[arg(long, value_name = "FILE")]
    reviewer_token_file: Option<PathBuf>,
    /// The cluster connection that is asked instead
    #[arg(long, value_name = "ID", conflicts_with = "public_keys_file")]
    connection: Option<String>,
    /// File with the cluster's public keys, as JWKS or PEM
    #[arg(long, value_name = "FILE")]
    public_keys_file: Option<PathBuf>,
    /// What the cluster calls itself in its tokens
    #[arg(long, value_name = "TEXT")]
    issuer: Option<String>,
    /// A namespace whose accounts may sign in; several if given again
    #[arg(long = "namespace", value_name = "NAME")]
    namespaces: Vec<String>,
    /// An account that may sign in; several if given again
    #[arg(long = "account", value_name = "NAME")]
    accounts: Vec<String>,
    /// The audience that tokens are made for
    #[arg(long, value_name = "TEXT")]
    audience: Option<String>,
    #[command(flatten)]
    token: OutsideToken,
}

/// Sets it up.
pub(super) async fn run(arguments: &KubernetesArguments, context: &Context) -> Result<(), CliError> {
    let joined = |names: &[String]| (!names.is_empty()).then(|| names.join(","));
    let is_asked = arguments.host.is_some() || arguments.connection.is_some();
    let mode = match (arguments.public_keys_file.is_some(), is_asked) {
        (true, _) => Some("pinned-keys".to_owned()),
        (false, true) => Some("api".to_owned()),
        (false, false) => None,
    };
    let reviewer = arguments.reviewer_token_file.as_deref().map(from_file).transpose()?;
    let request = KubernetesAuthRequest {
        token_review_mode: mode,
        kubernetes_host: arguments.host.clone(),
        ca_cert: read(arguments.ca_file.as_deref())?,
        token_reviewer_jwt: reviewer.map(|token| token.expose().to_owned()),
        connection_id: arguments.connection.clone(),
        issuer: arguments.issuer.clone(),
        public_keys: read(arguments.public_keys_file.as_deref())?,
        allowed_namespaces: joined(&arguments.namespaces),
        allowed_names: joined(&arguments.accounts),
        allowed_audience: arguments.audience.clone(),
        token: arguments.token.request(),
    };
    let set_up: KubernetesAuthBody =
        set(Method::Kubernetes, &arguments.id, (&request, &request), &context.client()?).await?;
    show(&set_up, &set_up.identity_kubernetes_auth.auth.identity_id, context)
}
