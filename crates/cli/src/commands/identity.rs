//! `mayfly identity`: machine identities, which sign in with client id and client secret.

mod create;
mod ls;
mod rm;

use clap::Subcommand;

use crate::{context::Context, error::CliError};

/// Make, list and remove machine identities
#[derive(Debug, Subcommand)]
pub(crate) enum IdentityCommand {
    Create(create::CreateArguments),
    /// List the machine identities of your organization
    Ls,
    Rm(rm::RmArguments),
}

/// Does it.
pub(crate) async fn run(command: IdentityCommand, context: &Context) -> Result<(), CliError> {
    match command {
        IdentityCommand::Create(arguments) => create::run(&arguments, context).await,
        IdentityCommand::Ls => ls::run(context).await,
        IdentityCommand::Rm(arguments) => rm::run(&arguments, context).await,
    }
}
