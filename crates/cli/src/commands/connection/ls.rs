//! `mayfly connection ls`.

use mayfly_api::cluster_connections::{ClusterConnection, ClusterConnectionList};

use crate::{console::Format, context::Context, error::CliError};

/// Lists them.
pub(super) async fn run(context: &Context) -> Result<(), CliError> {
    let list: ClusterConnectionList = context.client()?.get(&["api", "v1", "cluster-connections"], &[]).await?;
    match context.console.format {
        Format::Json => context.console.document(&list),
        Format::Text | Format::Token | Format::Env if list.cluster_connections.is_empty() => {
            context.console.say("no cluster connections: each dynamic secret brings one");
            Ok(())
        }
        Format::Text | Format::Token | Format::Env => {
            context.console.table(&["ID", "URL", "VERSION"], list.cluster_connections.iter().map(row))
        }
    }
}

fn row(connection: &ClusterConnection) -> Vec<String> {
    vec![connection.id.clone(), connection.url.clone(), connection.version.to_string()]
}
