//! `mayfly connection rotate`.

use std::path::PathBuf;

use clap::Args;
use mayfly_api::cluster_connections::ClusterConnectionBody;
use serde_json::{Map, Value};

use crate::{
    arguments::path_segment,
    console::Format,
    context::Context,
    error::CliError,
    request_fields::{read_text, set},
    secret_input,
};

/// Give a cluster connection a new token or another token file, and perhaps a new address with it
///
/// The server tries the new one first, and swaps only what works. Running leases keep what they had.
#[derive(Debug, Args)]
pub(crate) struct RotateArguments {
    /// The cluster connection, as `mayfly connection ls` shows it
    #[arg(value_name = "ID", value_parser = path_segment)]
    id: String,
    #[command(flatten)]
    token: NewToken,
    /// A new address of the API server
    #[arg(long, value_name = "URL")]
    url: Option<String>,
    /// New PEM certificates of the authority that vouches for it
    #[arg(long, value_name = "FILE")]
    ca_file: Option<PathBuf>,
    /// Whether the API server's certificate is verified: `full`, or `off` where the server allows that
    #[arg(long, value_name = "full|off")]
    verification: Option<String>,
}

/// What Mayfly uses there from now on.
#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
struct NewToken {
    /// A file here with the new token, which is sent to the server and stored (`clusterToken`); `-` is standard input
    #[arg(long, value_name = "FILE")]
    cluster_token_file: Option<PathBuf>,
    /// A token file of the server's settings, which the server reads each time (`clusterTokenFile`)
    #[arg(long, value_name = "NAME")]
    server_token_file: Option<String>,
}

/// Changes it.
pub(super) async fn run(arguments: &RotateArguments, context: &Context) -> Result<(), CliError> {
    let NewToken { cluster_token_file, server_token_file } = &arguments.token;
    let token = cluster_token_file.as_deref().map(secret_input::from_file).transpose()?;
    let mut fields = Map::new();
    let texts = [
        ("clusterToken", token.map(|token| token.expose().to_owned())),
        ("clusterTokenFile", server_token_file.clone()),
        ("url", arguments.url.clone()),
        ("ca", arguments.ca_file.as_deref().map(read_text).transpose()?),
        ("verification", arguments.verification.clone()),
    ];
    set(&mut fields, texts);
    let path = ["api", "v1", "cluster-connections", &arguments.id];
    let changed: ClusterConnectionBody = context.client()?.patch(&path, &Value::Object(fields)).await?;
    match context.console.format {
        Format::Json => context.console.document(&changed),
        Format::Text | Format::Token | Format::Env => {
            context.console.data(&format!("version {}", changed.cluster_connection.version))
        }
    }
}
