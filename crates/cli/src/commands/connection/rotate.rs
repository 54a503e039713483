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

/// Give a cluster connection a new token, and perhaps a new address with it
///
/// The server tries the new one first, and swaps only what works. Running leases keep what they had.
#[derive(Debug, Args)]
pub(crate) struct RotateArguments {
    /// The cluster connection, as `mayfly connection ls` shows it
    #[arg(value_name = "ID", value_parser = path_segment)]
    id: String,
    /// File with the new token; `-` is standard input
    #[arg(long, value_name = "FILE")]
    cluster_token_file: PathBuf,
    /// A new address of the API server
    #[arg(long, value_name = "URL")]
    url: Option<String>,
    /// New PEM certificates of the authority that vouches for it
    #[arg(long, value_name = "FILE")]
    ca_file: Option<PathBuf>,
}

/// Changes it.
pub(super) async fn run(arguments: &RotateArguments, context: &Context) -> Result<(), CliError> {
    let token = secret_input::from_file(&arguments.cluster_token_file)?;
    let mut fields = Map::new();
    let texts = [
        ("clusterToken", Some(token.expose().to_owned())),
        ("url", arguments.url.clone()),
        ("ca", arguments.ca_file.as_deref().map(read_text).transpose()?),
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
