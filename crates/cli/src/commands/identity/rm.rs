//! `mayfly identity rm`.

use clap::Args;
use mayfly_api::identities::IdentityBody;

use super::{
    disable::{LeasesThen, tell_left},
    id_of,
};
use crate::{console::Format, context::Context, error::CliError};

/// Remove a machine identity with all that it signs in with
///
/// Its access tokens are refused from then on, and its leases end unless `--leases run-out` says otherwise.
#[derive(Debug, Args)]
pub(crate) struct RmArguments {
    /// The identity, by name or id
    identity: String,
    /// What becomes of its live leases
    #[arg(long, value_enum, default_value = "end")]
    leases: LeasesThen,
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
    let request = arguments.leases.body();
    let removed: IdentityBody = client.delete(&["api", "v1", "identities", &id], &request).await?;
    tell_left(removed.leases_left.as_deref().unwrap_or_default(), context);
    match context.console.format {
        Format::Json => context.console.document(&removed),
        Format::Text | Format::Token | Format::Env => context.console.data(&removed.identity.name),
    }
}
