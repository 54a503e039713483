//! `mayfly lease`: seeing leases, and ending them.

mod end;
mod forget;
mod ls;
mod requests;
pub(super) mod revoke;
mod show;
pub(super) mod words;

use clap::Subcommand;

use crate::{context::Context, error::CliError};

/// See leases, and end them
#[derive(Debug, Subcommand)]
pub(crate) enum LeaseCommand {
    Ls(ls::LsArguments),
    Show(show::ShowArguments),
    Requests(requests::RequestsArguments),
    #[command(alias = "delete")]
    Revoke(revoke::RevokeArguments),
    End(Box<end::EndArguments>),
    Forget(forget::ForgetArguments),
}

/// Does it.
pub(crate) async fn run(command: LeaseCommand, context: &Context) -> Result<(), CliError> {
    match command {
        LeaseCommand::Ls(arguments) => ls::run(&arguments, context).await,
        LeaseCommand::Requests(arguments) => requests::run(&arguments, context).await,
        LeaseCommand::Show(arguments) => show::run(&arguments, context).await,
        LeaseCommand::Revoke(arguments) => revoke::run(&arguments, context).await,
        LeaseCommand::End(arguments) => end::run(&arguments, context).await,
        LeaseCommand::Forget(arguments) => forget::run(&arguments, context).await,
    }
}
