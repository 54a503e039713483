//! `mayfly connection show`.

use clap::Args;
use mayfly_api::cluster_connections::ClusterConnectionBody;

use crate::{arguments::path_segment, console::Format, context::Context, error::CliError};

/// Show a cluster connection with all its fields, such as when its token ends and why it was not renewed
#[derive(Debug, Args)]
pub(crate) struct ShowArguments {
    /// The cluster connection, as `mayfly connection ls` shows it
    #[arg(value_name = "ID", value_parser = path_segment)]
    id: String,
}

/// Shows it.
pub(super) async fn run(arguments: &ShowArguments, context: &Context) -> Result<(), CliError> {
    let path = ["api", "v1", "cluster-connections", &arguments.id];
    let found: ClusterConnectionBody = context.client()?.get(&path, &[]).await?;
    match context.console.format {
        Format::Json => context.console.document(&found),
        Format::Text | Format::Token | Format::Env => context.console.sheet(&found.cluster_connection),
    }
}
