//! `mayfly identity rm`.

use clap::Args;
use mayfly_api::identities::IdentityBody;
use serde_json::json;

use super::id_of;
use crate::{console::Format, context::Context, error::CliError};

/// Remove a machine identity with all that it signs in with
///
/// Its access tokens are refused from then on. Its leases stay: `mayfly lease end --holder ID` ends them.
#[derive(Debug, Args)]
pub(crate) struct RmArguments {
    /// The identity, by name or id
    identity: String,
    /// Do not ask
    #[arg(short, long)]
    yes: bool,
}

/// Removes it.
pub(super) async fn run(arguments: &RmArguments, context: &Context) -> Result<(), CliError> {
    if !arguments.yes {
        context.console.confirm(&format!("Remove the identity {}?", arguments.identity), "nothing was removed")?;
    }
    let client = context.client()?;
    let id = id_of(&client, &arguments.identity).await?;
    let removed: IdentityBody = client.delete(&["api", "v1", "identities", &id], &json!({})).await?;
    match context.console.format {
        Format::Json => context.console.document(&removed),
        Format::Text | Format::Token | Format::Env => context.console.data(&removed.identity.name),
    }
}
