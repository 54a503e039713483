//! `mayfly secret`: dynamic secrets, from which tokens are issued.

mod create;
mod ls;

use clap::Subcommand;

use crate::{context::Context, error::CliError};

/// Make and list dynamic secrets
#[derive(Debug, Subcommand)]
pub(crate) enum SecretCommand {
    Create(Box<create::CreateArguments>),
    /// List the dynamic secrets of a folder
    Ls,
}

/// Does it.
pub(crate) async fn run(command: SecretCommand, context: &Context) -> Result<(), CliError> {
    match command {
        SecretCommand::Create(arguments) => create::run(&arguments, context).await,
        SecretCommand::Ls => ls::run(context).await,
    }
}
