//! `mayfly user show`.

use clap::Args;
use mayfly_api::users::UserBody;

use super::id_of;
use crate::{arguments::path_segment, console::Format, context::Context, error::CliError};

/// Show a person
#[derive(Debug, Args)]
pub(crate) struct ShowArguments {
    /// The person, by id or address
    #[arg(value_name = "USER", value_parser = path_segment)]
    user: String,
}

/// Shows them.
pub(super) async fn run(arguments: &ShowArguments, context: &Context) -> Result<(), CliError> {
    let client = context.client()?;
    let id = id_of(&client, &arguments.user).await?;
    let found: UserBody = client.get(&["api", "v1", "users", &id], &[]).await?;
    match context.console.format {
        Format::Json => context.console.document(&found),
        Format::Text | Format::Token | Format::Env => context.console.sheet(&found.user),
    }
}
