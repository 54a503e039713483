//! `mayfly connection ls`.

use mayfly_api::cluster_connections::{ClusterConnection, ClusterConnectionList};

use crate::{console::Format, context::Context, error::CliError, pages, time};

/// Lists them.
pub(super) async fn run(context: &Context) -> Result<(), CliError> {
    let list = all(context).await?;
    match context.console.format {
        Format::Json => context.console.document(&list),
        Format::Text | Format::Token | Format::Env if list.cluster_connections.is_empty() => {
            context.console.say(
                "no cluster connections: `mayfly connection create` makes one, or a dynamic secret brings its own",
            );
            Ok(())
        }
        Format::Text | Format::Token | Format::Env => {
            let columns = ["ID", "NAME", "URL", "VERSION", "TOKEN ENDS", "RENEWAL PROBLEM"];
            context.console.table(&columns, list.cluster_connections.iter().map(row))
        }
    }
}

/// Every page.
async fn all(context: &Context) -> Result<ClusterConnectionList, CliError> {
    let client = context.client()?;
    let all = pages::every(async |cursor| {
        let query: Vec<(&str, &str)> = cursor.map(|cursor| ("cursor", cursor)).into_iter().collect();
        let page: ClusterConnectionList = client.get(&["api", "v1", "cluster-connections"], &query).await?;
        Ok((page.cluster_connections, page.next_cursor))
    });
    Ok(ClusterConnectionList { cluster_connections: all.await?, next_cursor: None })
}

fn row(connection: &ClusterConnection) -> Vec<String> {
    let or_none = |text: &Option<String>| text.clone().unwrap_or_else(|| "-".to_owned());
    let token_ends = connection.token_expires_at.as_ref().map(|time| time::moment(time, time::now()));
    vec![
        connection.id.clone(),
        or_none(&connection.name),
        connection.url.clone(),
        connection.version.to_string(),
        or_none(&token_ends),
        or_none(&connection.renewal_problem),
    ]
}
