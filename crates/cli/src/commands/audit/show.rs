//! `mayfly audit show`.

use clap::Args;
use mayfly_api::audit_events::LoggedEventBody;

use crate::{arguments::path_segment, context::Context, error::CliError};

/// Show one event with all that it tells
#[derive(Debug, Args)]
pub(crate) struct ShowArguments {
    /// The event, as `mayfly audit ls -o json` shows it
    #[arg(value_name = "ID", value_parser = path_segment)]
    id: String,
    /// Of the project with this id; else of the whole organization
    #[arg(long, value_name = "ID")]
    project_id: Option<String>,
}

/// Shows it.
pub(super) async fn run(arguments: &ShowArguments, context: &Context) -> Result<(), CliError> {
    let query: Vec<(&str, &str)> = arguments.project_id.iter().map(|id| ("projectId", id.as_str())).collect();
    let found: LoggedEventBody = context.client()?.get(&["api", "v1", "audit-events", &arguments.id], &query).await?;
    context.console.answer(&found, |console| console.sheet(&found.event))
}
