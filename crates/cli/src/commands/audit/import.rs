//! `mayfly audit import`: a file of a cluster's audit log.

use std::path::PathBuf;

use clap::Args;
use mayfly_api::cluster_requests::{ImportedRequests, RequestImport};

use crate::{console::Format, context::Context, error::CliError};

/// Read a cluster's audit log, so that leases show what their tokens did
///
/// FILE holds events of `audit.k8s.io/v1`, one to a line, as the API server writes them. Reading it again changes
/// nothing.
#[derive(Debug, Args)]
pub(crate) struct ImportArguments {
    /// The cluster connection
    #[arg(long, value_name = "ID", value_parser = crate::arguments::path_segment)]
    connection: String,
    /// The file
    file: PathBuf,
}

/// Imports.
pub(super) async fn run(arguments: &ImportArguments, context: &Context) -> Result<(), CliError> {
    const AT_ONCE: usize = 200;
    let path = &arguments.file;
    let text = std::fs::read_to_string(path).map_err(|source| CliError::Read { path: path.clone(), source })?;
    let (client, mut total) = (context.client()?, ImportedRequests::default());
    let mut items = Vec::new();
    for (position, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        let what = |_| CliError::Content { path: path.clone(), what: format!("line {} is no JSON", position + 1) };
        items.push(serde_json::from_str(line).map_err(what)?);
    }
    for items in items.chunks(AT_ONCE) {
        let import = RequestImport { items: items.to_vec() };
        let segments = ["api", "v1", "cluster-connections", &arguments.connection, "audit-import"];
        let done: ImportedRequests = client.post(&segments, &import).await?;
        total.events += done.events;
        total.joined += done.joined;
    }
    match context.console.format {
        Format::Json => context.console.document(&total),
        Format::Text | Format::Token | Format::Env => {
            context.console.data(&format!("{} events read, {} of leases of Mayfly", total.events, total.joined))
        }
    }
}
