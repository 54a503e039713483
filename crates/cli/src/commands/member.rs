//! `mayfly member`: what people, machines and groups may do in a project.

mod add;
mod ls;
mod membership;
mod rm;
mod roles;
mod set;
mod show;

use clap::Subcommand;

use crate::{context::Context, error::CliError};

/// Say who may do what in a project
#[derive(Debug, Subcommand)]
pub(crate) enum MemberCommand {
    /// List the people, machines and groups of the project, with their roles
    Ls,
    Show(show::ShowArguments),
    Add(add::AddArguments),
    Set(set::SetArguments),
    Rm(rm::RmArguments),
}

/// Does it.
pub(crate) async fn run(command: MemberCommand, context: &Context) -> Result<(), CliError> {
    match command {
        MemberCommand::Ls => ls::run(context).await,
        MemberCommand::Show(arguments) => show::run(&arguments, context).await,
        MemberCommand::Add(arguments) => add::run(&arguments, context).await,
        MemberCommand::Set(arguments) => set::run(&arguments, context).await,
        MemberCommand::Rm(arguments) => rm::run(&arguments, context).await,
    }
}
