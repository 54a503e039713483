//! `mayfly connection rm`.

use clap::Args;
use mayfly_api::cluster_connections::ClusterConnectionBody;
use serde_json::json;

use crate::{arguments::path_segment, console::Format, context::Context, error::CliError};

/// Remove a cluster connection that nothing uses
#[derive(Debug, Args)]
pub(crate) struct RmArguments {
    /// The cluster connection, as `mayfly connection ls` shows it
    #[arg(value_name = "ID", value_parser = path_segment)]
    id: String,
    /// Do not ask
    #[arg(short, long)]
    yes: bool,
}

/// Removes it.
pub(super) async fn run(arguments: &RmArguments, context: &Context) -> Result<(), CliError> {
    if !arguments.yes {
        context.console.confirm(&format!("Remove the cluster connection {}?", arguments.id), "nothing was removed")?;
    }
    let path = ["api", "v1", "cluster-connections", &arguments.id];
    let removed: ClusterConnectionBody = context.client()?.delete(&path, &json!({})).await?;
    match context.console.format {
        Format::Json => context.console.document(&removed),
        Format::Text | Format::Token | Format::Env => context.console.data(&removed.cluster_connection.id),
    }
}
