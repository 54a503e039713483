//! `mayfly access`: why somebody may or may not do something, and who can.

mod explain;
mod place;
mod rights;
mod who_can;

use clap::Subcommand;

use crate::{context::Context, error::CliError};

/// Ask who may do what, and why
#[derive(Debug, Subcommand)]
pub(crate) enum AccessCommand {
    Explain(explain::ExplainArguments),
    Rights(rights::RightsArguments),
    WhoCan(who_can::WhoCanArguments),
}

/// Does it.
pub(crate) async fn run(command: AccessCommand, context: &Context) -> Result<(), CliError> {
    match command {
        AccessCommand::Explain(arguments) => explain::run(&arguments, context).await,
        AccessCommand::Rights(arguments) => rights::run(&arguments, context).await,
        AccessCommand::WhoCan(arguments) => who_can::run(&arguments, context).await,
    }
}
