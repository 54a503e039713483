//! `mayfly connection`: the ways to clusters, and what lies around in them.

mod create;
mod ls;
mod rm;
mod rotate;
mod show;
mod sweep;
mod test;
mod update;

use clap::Subcommand;

use crate::{context::Context, error::CliError};

/// Make, show, test and change cluster connections, and look for what no lease explains
#[derive(Debug, Subcommand)]
pub(crate) enum ConnectionCommand {
    /// List the cluster connections of your organization
    Ls,
    Show(show::ShowArguments),
    Create(Box<create::CreateArguments>),
    Test(test::TestArguments),
    Rotate(rotate::RotateArguments),
    Update(update::UpdateArguments),
    Rm(rm::RmArguments),
    Sweep(sweep::SweepArguments),
}

/// Does it.
pub(crate) async fn run(command: ConnectionCommand, context: &Context) -> Result<(), CliError> {
    match command {
        ConnectionCommand::Ls => ls::run(context).await,
        ConnectionCommand::Show(arguments) => show::run(&arguments, context).await,
        ConnectionCommand::Create(arguments) => create::run(&arguments, context).await,
        ConnectionCommand::Test(arguments) => test::run(&arguments, context).await,
        ConnectionCommand::Rotate(arguments) => rotate::run(&arguments, context).await,
        ConnectionCommand::Update(arguments) => update::run(&arguments, context).await,
        ConnectionCommand::Rm(arguments) => rm::run(&arguments, context).await,
        ConnectionCommand::Sweep(arguments) => sweep::run(&arguments, context).await,
    }
}
