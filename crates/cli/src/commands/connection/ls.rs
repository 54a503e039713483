//! `mayfly connection ls`.

use mayfly_api::cluster_connections::{ClusterConnection, ClusterConnectionList};

use crate::{console::Format, context::Context, error::CliError};

/// Lists them.
pub(super) async fn run(context: &Context) -> Result<(), CliError> {
    let list = all(context).await?;
    match context.console.format {
        Format::Json => context.console.document(&list),
        Format::Text | Format::Token | Format::Env if list.cluster_connections.is_empty() => {
            context.console.say("no cluster connections: each dynamic secret brings one");
            Ok(())
        }
        Format::Text | Format::Token | Format::Env => {
            context.console.table(&["ID", "NAME", "URL", "VERSION"], list.cluster_connections.iter().map(row))
        }
    }
}

/// Every page.
async fn all(context: &Context) -> Result<ClusterConnectionList, CliError> {
    let (client, mut found) = (context.client()?, Vec::new());
    let mut cursor: Option<String> = None;
    loop {
        let query: Vec<(&str, &str)> = cursor.iter().map(|cursor| ("cursor", cursor.as_str())).collect();
        let page: ClusterConnectionList = client.get(&["api", "v1", "cluster-connections"], &query).await?;
        found.extend(page.cluster_connections);
        match page.next_cursor {
            Some(next) => cursor = Some(next),
            None => return Ok(ClusterConnectionList { cluster_connections: found, next_cursor: None }),
        }
    }
}

fn row(connection: &ClusterConnection) -> Vec<String> {
    let name = connection.name.clone().unwrap_or_else(|| "-".to_owned());
    vec![connection.id.clone(), name, connection.url.clone(), connection.version.to_string()]
}
