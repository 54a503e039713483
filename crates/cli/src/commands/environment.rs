//! `mayfly environment`: the environments of a project.

mod ls;

use clap::Subcommand;

use crate::{context::Context, error::CliError};

/// See the environments of a project
#[derive(Debug, Subcommand)]
pub(crate) enum EnvironmentCommand {
    /// List them, with the ids that `mayfly stop` and `mayfly lease end` take
    Ls,
}

/// Does it.
pub(crate) async fn run(command: EnvironmentCommand, context: &Context) -> Result<(), CliError> {
    match command {
        EnvironmentCommand::Ls => ls::run(context).await,
    }
}
