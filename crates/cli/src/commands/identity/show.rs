//! `mayfly identity show`.

use clap::Args;
use mayfly_api::identities::OrganizationIdentityBody;

use super::id_of;
use crate::{context::Context, error::CliError};

/// Show a machine identity
#[derive(Debug, Args)]
pub(crate) struct ShowArguments {
    /// The identity, by name or id
    identity: String,
}

/// Shows it.
pub(super) async fn run(arguments: &ShowArguments, context: &Context) -> Result<(), CliError> {
    let client = context.client()?;
    let id = id_of(&client, &arguments.identity).await?;
    let found: OrganizationIdentityBody = client.get(&["api", "v1", "identities", &id], &[]).await?;
    context.console.answer(&found, |console| console.sheet(&found.identity))
}
