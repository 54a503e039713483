//! `mayfly lease requests`: what a lease's token did.

use clap::Args;
use mayfly_api::cluster_requests::{ClusterRequest, ClusterRequestList};

use crate::{arguments::path_segment, console::Format, context::Context, error::CliError, pages};

/// Show what a lease's token did in its cluster, oldest first
///
/// As far as the cluster's audit log was sent to Mayfly, or read with `mayfly audit import`.
#[derive(Debug, Args)]
pub(crate) struct RequestsArguments {
    /// The lease, in whatever state
    #[arg(value_name = "ID", value_parser = path_segment)]
    id: String,
}

/// Lists them.
pub(super) async fn run(arguments: &RequestsArguments, context: &Context) -> Result<(), CliError> {
    let (client, project) = (context.client()?, context.project()?);
    let path = ["api", "v1", "leases", &arguments.id, "requests"];
    let mut is_cut = false;
    let requests = pages::every(async |cursor| {
        let mut query = vec![("projectSlug", project)];
        query.extend(cursor.map(|cursor| ("cursor", cursor)));
        let page: ClusterRequestList = client.get(&path, &query).await?;
        is_cut = page.is_cut;
        Ok((page.requests, page.next_cursor))
    })
    .await?;
    let list = ClusterRequestList { requests, is_cut, next_cursor: None };
    if is_cut {
        context.console.say("as many are kept as one lease may have: further ones are not shown");
    }
    match context.console.format {
        Format::Json => context.console.document(&list),
        Format::Text | Format::Token | Format::Env if list.requests.is_empty() => {
            context.console.say("nothing is known of what this token did");
            Ok(())
        }
        Format::Text | Format::Token | Format::Env => {
            context.console.table(&["WHEN", "VERB", "STATUS", "FROM", "WHAT"], list.requests.iter().map(row))
        }
    }
}

fn row(request: &ClusterRequest) -> Vec<String> {
    vec![
        request.at.clone(),
        request.verb.clone(),
        request.status.map(|status| status.to_string()).unwrap_or_default(),
        request.source_ip.clone().unwrap_or_default(),
        request.uri.clone(),
    ]
}
