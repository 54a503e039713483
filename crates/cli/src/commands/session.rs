//! `mayfly session`: one's own sign-ins.

mod ls;
mod rm;

use clap::Subcommand;

use crate::{context::Context, error::CliError};

/// See and end your own sessions
#[derive(Debug, Subcommand)]
pub(crate) enum SessionCommand {
    /// List your own sessions
    Ls,
    Rm(rm::RmArguments),
}

/// Does it.
pub(crate) async fn run(command: SessionCommand, context: &Context) -> Result<(), CliError> {
    match command {
        SessionCommand::Ls => ls::run(context).await,
        SessionCommand::Rm(arguments) => rm::run(&arguments, context).await,
    }
}
