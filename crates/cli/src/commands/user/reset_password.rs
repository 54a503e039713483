//! `mayfly user reset-password`.

use clap::Args;
use mayfly_api::users::{PasswordLink, ResetUserPasswordRequest};

use super::id_of;
use crate::{arguments::path_segment, console::Format, context::Context, error::CliError};

/// Make a link by which a person sets a new password: printed this once, and good for an hour
#[derive(Debug, Args)]
pub(crate) struct ResetPasswordArguments {
    /// The person, by id or address
    #[arg(value_name = "USER", value_parser = path_segment)]
    user: String,
    /// Send the link by mail, too
    #[arg(long)]
    by_mail: bool,
}

/// Makes it.
pub(super) async fn run(arguments: &ResetPasswordArguments, context: &Context) -> Result<(), CliError> {
    let client = context.client()?;
    let id = id_of(&client, &arguments.user).await?;
    let request = ResetUserPasswordRequest { by_mail: arguments.by_mail.then_some(true) };
    let made: PasswordLink = client.post(&["api", "v1", "users", &id, "password-reset"], &request).await?;
    match context.console.format {
        Format::Json => context.console.document(&made),
        Format::Text | Format::Token | Format::Env => {
            context.console.say(&format!("hand this link over; it sets a password once, until {}:", made.expires_at));
            context.console.data(&made.link)
        }
    }
}
