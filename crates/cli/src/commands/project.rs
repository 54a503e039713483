//! `mayfly project`: making and finding projects.

mod create;
mod ls;

use clap::Subcommand;

use crate::{context::Context, error::CliError};

/// Make and list projects
#[derive(Debug, Subcommand)]
pub(crate) enum ProjectCommand {
    Create(create::CreateArguments),
    /// List the projects you can see
    Ls,
}

/// Does it.
pub(crate) async fn run(command: ProjectCommand, context: &Context) -> Result<(), CliError> {
    match command {
        ProjectCommand::Create(arguments) => create::run(arguments, context).await,
        ProjectCommand::Ls => ls::run(context).await,
    }
}
