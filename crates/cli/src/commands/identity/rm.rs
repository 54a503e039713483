//! `mayfly identity rm`.

use clap::Args;
use mayfly_api::identities::IdentityBody;
use serde_json::json;

use crate::{arguments::path_segment, console::Format, context::Context, error::CliError};

/// Remove a machine identity with all that it signs in with
///
/// Its access tokens are refused from then on. Its leases stay: `mayfly lease end --holder ID` ends them.
#[derive(Debug, Args)]
pub(crate) struct RmArguments {
    /// The identity, as `mayfly identity ls` shows it
    #[arg(value_name = "ID", value_parser = path_segment)]
    id: String,
    /// Do not ask
    #[arg(short, long)]
    yes: bool,
}

/// Removes it.
pub(super) async fn run(arguments: &RmArguments, context: &Context) -> Result<(), CliError> {
    if !arguments.yes {
        context.console.confirm(&format!("Remove the identity {}?", arguments.id), "nothing was removed")?;
    }
    let path = ["api", "v1", "identities", &arguments.id];
    let removed: IdentityBody = context.client()?.delete(&path, &json!({})).await?;
    match context.console.format {
        Format::Json => context.console.document(&removed),
        Format::Text | Format::Token | Format::Env => context.console.data(&removed.identity.name),
    }
}
