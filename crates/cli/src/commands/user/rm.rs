//! `mayfly user rm`.

use clap::Args;
use mayfly_api::users::UserBody;
use serde_json::json;

use super::id_of;
use crate::{arguments::path_segment, console::Format, context::Context, error::CliError};

/// Remove a person with all that they sign in with
#[derive(Debug, Args)]
pub(crate) struct RmArguments {
    /// The person, by id or address
    #[arg(value_name = "USER", value_parser = path_segment)]
    user: String,
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
    let removed: UserBody = client.delete(&["api", "v1", "users", &id], &json!({})).await?;
    match context.console.format {
        Format::Json => context.console.document(&removed),
        Format::Text | Format::Token | Format::Env => context.console.data(&removed.user.email),
    }
}
