//! `mayfly connection`: the ways to clusters, and what lies around in them.

mod ls;
mod sweep;

use clap::Subcommand;

use crate::{context::Context, error::CliError};

/// List cluster connections, and look for what no lease explains
#[derive(Debug, Subcommand)]
pub(crate) enum ConnectionCommand {
    /// List the cluster connections of your organization
    Ls,
    Sweep(sweep::SweepArguments),
}

/// Does it.
pub(crate) async fn run(command: ConnectionCommand, context: &Context) -> Result<(), CliError> {
    match command {
        ConnectionCommand::Ls => ls::run(context).await,
        ConnectionCommand::Sweep(arguments) => sweep::run(&arguments, context).await,
    }
}
