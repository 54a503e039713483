//! `mayfly admin`: what is for whoever runs the server.

mod adopt;
#[cfg(feature = "server")]
mod recover;
mod rotate_keys;

use clap::Subcommand;

use crate::{context::Context, error::CliError};

/// Look after the server itself
#[derive(Debug, Subcommand)]
pub(crate) enum AdminCommand {
    Adopt(adopt::AdoptArguments),
    #[cfg(feature = "server")]
    Recover(recover::RecoverArguments),
    RotateKeys(rotate_keys::RotateKeysArguments),
}

/// Does it.
pub(crate) async fn run(command: AdminCommand, context: &Context) -> Result<(), CliError> {
    match command {
        AdminCommand::Adopt(arguments) => adopt::run(&arguments, context).await,
        #[cfg(feature = "server")]
        AdminCommand::Recover(arguments) => recover::run(arguments, context).await,
        AdminCommand::RotateKeys(arguments) => rotate_keys::run(&arguments, context).await,
    }
}
