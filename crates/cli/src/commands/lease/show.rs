//! `mayfly lease show`.

use clap::Args;
use mayfly_api::leases::LeaseBody;

use crate::{arguments::path_segment, console::Format, context::Context, error::CliError};

/// Show a lease with all its fields: who holds it, when its token expires, why and since when its clean-up waits
#[derive(Debug, Args)]
pub(crate) struct ShowArguments {
    /// The lease, in whatever state
    #[arg(value_name = "ID", value_parser = path_segment)]
    id: String,
}

/// Shows it.
pub(super) async fn run(arguments: &ShowArguments, context: &Context) -> Result<(), CliError> {
    let project = context.project()?;
    let path = ["api", "v1", "leases", &arguments.id];
    let found: LeaseBody = context.client()?.get(&path, &[("projectSlug", project)]).await?;
    match context.console.format {
        Format::Json => context.console.document(&found),
        Format::Text | Format::Token | Format::Env => context.console.sheet(&found.lease),
    }
}
