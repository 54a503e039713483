//! `mayfly identity`: machine identities, and how they sign in.

mod auth;
mod create;
mod disable;
mod ls;
mod rm;

pub(crate) use auth::Method;
use clap::Subcommand;

use crate::{context::Context, error::CliError};

/// Make, list, shut out and remove machine identities, and say how they sign in
#[derive(Debug, Subcommand)]
pub(crate) enum IdentityCommand {
    Create(create::CreateArguments),
    /// List the machine identities of your organization
    Ls,
    Disable(disable::DisableArguments),
    Enable(disable::EnableArguments),
    Rm(rm::RmArguments),
    #[command(subcommand)]
    Auth(auth::AuthCommand),
}

/// Does it.
pub(crate) async fn run(command: IdentityCommand, context: &Context) -> Result<(), CliError> {
    match command {
        IdentityCommand::Create(arguments) => create::run(&arguments, context).await,
        IdentityCommand::Ls => ls::run(context).await,
        IdentityCommand::Disable(arguments) => disable::disable(&arguments, context).await,
        IdentityCommand::Enable(arguments) => disable::enable(&arguments, context).await,
        IdentityCommand::Rm(arguments) => rm::run(&arguments, context).await,
        IdentityCommand::Auth(command) => auth::run(command, context).await,
    }
}
