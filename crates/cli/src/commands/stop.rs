//! `mayfly stop`: for the bad day, where nothing is issued until somebody lifts it.

mod create;
mod lift;
mod ls;

use clap::Subcommand;
use mayfly_api::stops::Stop;

use crate::{context::Context, error::CliError};

/// Stop issuing tokens, and let it go on
#[derive(Debug, Subcommand)]
pub(crate) enum StopCommand {
    Create(create::CreateArguments),
    /// List where issuing is stopped
    Ls,
    Lift(lift::LiftArguments),
}

/// Does it.
pub(crate) async fn run(command: StopCommand, context: &Context) -> Result<(), CliError> {
    match command {
        StopCommand::Create(arguments) => create::run(&arguments, context).await,
        StopCommand::Ls => ls::run(context).await,
        StopCommand::Lift(arguments) => lift::run(&arguments, context).await,
    }
}

/// Where it counts, in words.
fn place(stop: &Stop) -> String {
    let target = stop.target_id.iter().map(|id| format!(" {id}"));
    std::iter::once(stop.scope.clone()).chain(target).collect()
}
