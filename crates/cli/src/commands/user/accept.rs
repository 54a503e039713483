//! `mayfly user accept`: joining, where there is no browser.

use std::path::PathBuf;

use clap::Args;
use mayfly_api::users::{AcceptInvitationRequest, UserBody};

use super::new_password::{chosen_password, secret_of_link};
use crate::{console::Format, context::Context, error::CliError};

/// Join by the link of an invitation
///
/// Link and password are asked for. Sign in after: `mayfly login --email`.
#[derive(Debug, Args)]
pub(crate) struct AcceptArguments {
    /// What you are called
    #[arg(long)]
    name: String,
    /// File with the link; `-` is standard input
    #[arg(long, value_name = "FILE")]
    link_file: Option<PathBuf>,
    /// File with the password you choose
    #[arg(long, value_name = "FILE")]
    password_file: Option<PathBuf>,
}

/// Joins.
pub(super) async fn run(arguments: &AcceptArguments, context: &Context) -> Result<(), CliError> {
    let client = context.anonymous_client(&context.server(None))?;
    let request = AcceptInvitationRequest {
        token: secret_of_link(arguments.link_file.as_deref(), context)?,
        name: arguments.name.clone(),
        password: chosen_password(arguments.password_file.as_deref(), context)?,
    };
    let joined: UserBody = client.post(&["api", "v1", "users", "invitations", "accept"], &request).await?;
    match context.console.format {
        Format::Json => context.console.document(&joined),
        Format::Text | Format::Token | Format::Env => {
            context.console.say(&format!("joined; sign in with `mayfly login --email {}`", joined.user.email));
            Ok(())
        }
    }
}
