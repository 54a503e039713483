//! `mayfly connection create`.

use std::path::PathBuf;

use clap::Args;
use mayfly_api::cluster_connections::ClusterConnectionBody;
use serde_json::{Map, Value, json};

use crate::{
    commands::way::WayArguments,
    console::Format,
    context::Context,
    error::CliError,
    request_fields::{read_fields, read_text, set},
    secret_input,
};

/// Make a cluster connection that dynamic secrets of several projects can be pointed at
///
/// The server tries it first.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  mayfly connection create staging --url https://kubernetes.example.com:6443 --ca-file ca.crt \\
      --cluster-token-file token --project-id 018f0000-0000-7000-8000-000000000000
  mayfly connection create staging -f staging.yaml --cluster-token-file token
  mayfly connection create lab --gateway gw-lab --auth-method gateway

The file has the fields of the API:
  url: https://kubernetes.example.com:6443
  sharedWith: all
  limits:
    namespaces: [shop]
    maxTTL: 8h")]
pub(crate) struct CreateArguments {
    /// Its name
    name: String,
    /// A YAML or JSON file with its fields
    #[arg(short, long, value_name = "FILE")]
    file: Option<PathBuf>,
    /// The Kubernetes API server
    #[arg(long, value_name = "URL")]
    url: Option<String>,
    /// PEM certificates of the authority that vouches for it [default: the server's system roots]
    #[arg(long, value_name = "FILE")]
    ca_file: Option<PathBuf>,
    /// A file here with the token that Mayfly uses there, which is sent to the server and stored (`clusterToken`); `-`
    /// is standard input
    #[arg(long, value_name = "FILE")]
    cluster_token_file: Option<PathBuf>,
    /// A token file of the server's settings, which the server reads each time, instead of a token (`clusterTokenFile`)
    #[arg(long, value_name = "NAME", conflicts_with = "cluster_token_file")]
    server_token_file: Option<String>,
    #[command(flatten)]
    way: WayArguments,
    /// Where those who hold tokens find the API server, if it is elsewhere
    #[arg(long, value_name = "URL")]
    client_url: Option<String>,
    /// A project that may use it, several times for several
    #[arg(long = "project-id", value_name = "ID")]
    project_ids: Vec<String>,
}

/// Makes it.
pub(super) async fn run(arguments: &CreateArguments, context: &Context) -> Result<(), CliError> {
    let (client, mut request) = (context.client()?, request(arguments)?);
    arguments.way.set(&client, &mut request).await?;
    let request = Value::Object(request);
    let made: ClusterConnectionBody = client.post(&["api", "v1", "cluster-connections"], &request).await?;
    match context.console.format {
        Format::Json => context.console.document(&made),
        Format::Text | Format::Token | Format::Env => context.console.data(&made.cluster_connection.id),
    }
}

fn request(arguments: &CreateArguments) -> Result<Map<String, Value>, CliError> {
    let mut fields = arguments.file.as_deref().map(read_fields).transpose()?.unwrap_or_default();
    let token = arguments.cluster_token_file.as_deref().map(secret_input::from_file).transpose()?;
    let texts = [
        ("name", Some(arguments.name.clone())),
        ("url", arguments.url.clone()),
        ("ca", arguments.ca_file.as_deref().map(read_text).transpose()?),
        ("clusterToken", token.map(|token| token.expose().to_owned())),
        ("clusterTokenFile", arguments.server_token_file.clone()),
        ("clientUrl", arguments.client_url.clone()),
    ];
    set(&mut fields, texts);
    if !arguments.project_ids.is_empty() {
        fields.insert("projectIds".to_owned(), json!(arguments.project_ids));
    }
    Ok(fields)
}
