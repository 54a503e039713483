//! `mayfly secret create`: a dynamic secret from flags, from a file, or from both.
//!
//! The file has the fields of the API, as YAML or JSON; flags come before it. What the values mean is checked by the
//! server, all at once; so they go there as they were given.

use std::path::PathBuf;

use clap::Args;
use mayfly_api::dynamic_secrets::DynamicSecretBody;
use serde_json::{Map, Value, json};

use super::without_token;
use crate::{
    commands::way::WayArguments,
    console::Format,
    context::{Context, Place},
    error::CliError,
    request_fields::{object, read_fields, read_text, set},
    secret_input,
};

/// Make a dynamic secret, from flags for an existing service account or from a file
///
/// The server tests the connection first. Nothing is left behind in the cluster.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  mayfly secret create ci-deployer --project web-shop --env prod \\
      --url https://kubernetes.example.com:6443 --ca-file ca.crt --cluster-token-file token \\
      --namespace shop --service-account deployer --default-ttl 1h --max-ttl 4h
  mayfly secret create ci-deployer --project web-shop --connection 018f… \\
      --namespace shop --service-account deployer
  mayfly secret create ci-deployer --project web-shop --gateway gw-lab --auth-method gateway \
      --namespace shop --service-account deployer
  mayfly secret create ci-deployer --project web-shop -f ci-deployer.yaml --cluster-token-file token

The file has the fields of the API:
  defaultTTL: 1h
  maxTTL: 4h
  provider:
    inputs:
      url: https://kubernetes.example.com:6443
      namespace: shop
      serviceAccountName: deployer")]
pub(crate) struct CreateArguments {
    /// Its name
    name: String,
    /// A YAML or JSON file with its fields
    #[arg(short, long, value_name = "FILE")]
    file: Option<PathBuf>,
    /// The cluster connection that it is pointed at, instead of an address and a token of its own
    #[arg(long, value_name = "ID", conflicts_with_all = ["url", "ca_file", "cluster_token_file"])]
    connection: Option<String>,
    /// The Kubernetes API server
    #[arg(long, value_name = "URL")]
    url: Option<String>,
    /// PEM certificates of the authority that vouches for it [default: the server's system roots]
    #[arg(long, value_name = "FILE")]
    ca_file: Option<PathBuf>,
    /// File with the token that may create tokens for the service account; `-` is standard input
    #[arg(long, value_name = "FILE")]
    cluster_token_file: Option<PathBuf>,
    #[command(flatten)]
    way: WayArguments,
    /// Namespace of the service account
    #[arg(long)]
    namespace: Option<String>,
    /// The service account
    #[arg(long, value_name = "NAME")]
    service_account: Option<String>,
    /// An audience of the tokens, several times for several [default: the API server's own]
    #[arg(long = "audience", value_name = "NAME")]
    audiences: Vec<String>,
    /// Lifetime of a token that is asked for without one: one number and one of s, m, h, d, w, y
    #[arg(long, value_name = "TIME")]
    default_ttl: Option<String>,
    /// The longest lifetime that can be asked for [default: the server's limit]
    #[arg(long, value_name = "TIME")]
    max_ttl: Option<String>,
}

/// Makes it.
pub(super) async fn run(arguments: &CreateArguments, context: &Context) -> Result<(), CliError> {
    let client = context.client()?;
    let mut request = request(arguments, context.place()?)?;
    arguments.way.set(&client, object(object(&mut request, "provider")?, "inputs")?).await?;
    let request = Value::Object(request);
    let made: DynamicSecretBody = client.post(&["api", "v1", "dynamic-secrets"], &request).await?;
    match context.console.format {
        Format::Json => context.console.document(&without_token(made)),
        Format::Text | Format::Token | Format::Env => context.console.data(&made.dynamic_secret.name),
    }
}

fn request(arguments: &CreateArguments, place: Place<'_>) -> Result<Map<String, Value>, CliError> {
    let mut fields = arguments.file.as_deref().map(read_fields).transpose()?.unwrap_or_default();
    let provider = object(&mut fields, "provider")?;
    provider.entry("type").or_insert_with(|| json!("kubernetes"));
    let inputs = object(provider, "inputs")?;
    inputs.entry("credentialType").or_insert_with(|| json!("static"));
    set_inputs(inputs, arguments)?;
    let top = [
        ("name", Some(&arguments.name)),
        ("defaultTTL", arguments.default_ttl.as_ref()),
        ("maxTTL", arguments.max_ttl.as_ref()),
    ];
    set(&mut fields, top.map(|(name, text)| (name, text.cloned())));
    let place = place.query().map(|(name, text)| (name, Some(text.to_owned())));
    set(&mut fields, place);
    Ok(fields)
}

fn set_inputs(inputs: &mut Map<String, Value>, arguments: &CreateArguments) -> Result<(), CliError> {
    let ca = arguments.ca_file.as_deref().map(read_text).transpose()?;
    let token = arguments.cluster_token_file.as_deref().map(secret_input::from_file).transpose()?;
    let texts = [
        ("clusterConnectionId", arguments.connection.clone()),
        ("url", arguments.url.clone()),
        ("ca", ca),
        ("clusterToken", token.map(|token| token.expose().to_owned())),
        ("namespace", arguments.namespace.clone()),
        ("serviceAccountName", arguments.service_account.clone()),
    ];
    set(inputs, texts);
    if !arguments.audiences.is_empty() {
        inputs.insert("audiences".to_owned(), json!(arguments.audiences));
    }
    Ok(())
}
