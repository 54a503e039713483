//! `mayfly user rm`.

use clap::Args;
use mayfly_api::users::UserBody;

use super::id_of;
use crate::{
    arguments::path_segment,
    commands::identity::{LeasesThen, tell_left},
    console::Format,
    context::Context,
    error::CliError,
};

/// Remove a person with all that they sign in with
///
/// Their leases end unless `--leases run-out` says otherwise.
#[derive(Debug, Args)]
pub(crate) struct RmArguments {
    /// The person, by id or address
    #[arg(value_name = "USER", value_parser = path_segment)]
    user: String,
    /// What becomes of their live leases
    #[arg(long, value_enum, default_value = "end")]
    leases: LeasesThen,
    /// Do not ask
    #[arg(short, long)]
    yes: bool,
}

/// Removes them.
pub(super) async fn run(arguments: &RmArguments, context: &Context) -> Result<(), CliError> {
    if !arguments.yes {
        context.console.confirm(&format!("Remove {}?", arguments.user), "nobody was removed")?;
    }
    let client = context.client()?;
    let id = id_of(&client, &arguments.user).await?;
    let request = arguments.leases.body();
    let removed: UserBody = client.delete(&["api", "v1", "users", &id], &request).await?;
    tell_left(removed.leases_left.as_deref().unwrap_or_default(), context);
    match context.console.format {
        Format::Json => context.console.document(&removed),
        Format::Text | Format::Token | Format::Env => context.console.data(&removed.user.email),
    }
}
