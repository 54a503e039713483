//! `mayfly audit`: what was done, and proof that the log of it is whole.

mod export;
mod facets;
mod import;
mod intake;
mod ls;
mod narrow;
mod show;
mod stream;
mod tail;
mod verify;

use clap::Subcommand;

use crate::{context::Context, error::CliError};

/// Read the audit log, and prove that it is whole
#[derive(Debug, Subcommand)]
pub(crate) enum AuditCommand {
    Ls(ls::LsArguments),
    Show(show::ShowArguments),
    Facets(facets::FacetsArguments),
    Tail(tail::TailArguments),
    Export(export::ExportArguments),
    #[command(subcommand)]
    Stream(stream::StreamCommand),
    #[command(subcommand)]
    Intake(intake::IntakeCommand),
    Import(import::ImportArguments),
    Verify(verify::VerifyArguments),
}

/// Does it.
pub(crate) async fn run(command: AuditCommand, context: &Context) -> Result<(), CliError> {
    match command {
        AuditCommand::Ls(arguments) => ls::run(&arguments, context).await,
        AuditCommand::Show(arguments) => show::run(&arguments, context).await,
        AuditCommand::Facets(arguments) => facets::run(&arguments, context).await,
        AuditCommand::Tail(arguments) => tail::run(&arguments, context).await,
        AuditCommand::Export(arguments) => export::run(&arguments, context).await,
        AuditCommand::Stream(command) => stream::run(command, context).await,
        AuditCommand::Intake(command) => intake::run(command, context).await,
        AuditCommand::Import(arguments) => import::run(&arguments, context).await,
        AuditCommand::Verify(arguments) => verify::run(&arguments, context).await,
    }
}
