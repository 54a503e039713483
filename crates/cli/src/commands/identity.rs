//! `mayfly identity`: machine identities, which sign in with client id and client secret.

mod create;

use clap::Subcommand;

use crate::{context::Context, error::CliError};

/// Make machine identities
#[derive(Debug, Subcommand)]
pub(crate) enum IdentityCommand {
    Create(create::CreateArguments),
}

/// Does it.
pub(crate) async fn run(command: IdentityCommand, context: &Context) -> Result<(), CliError> {
    match command {
        IdentityCommand::Create(arguments) => create::run(&arguments, context).await,
    }
}
