//! `mayfly-gateway`: starts the agent.

mod arguments;
mod command;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::command::{audit, enrol, run};

/// The agent of Mayfly in a private network: it dials out, and does what its own policy allows
#[derive(Debug, Parser)]
#[command(name = "mayfly-gateway", version)]
struct CommandLine {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Enrol if that is still to be done, and keep a tunnel to the server
    Run(run::RunArguments),
    /// Enrol if that is still to be done, and end
    Enrol(enrol::EnrolArguments),
    /// Look after the record of what was asked and done
    Audit(audit::AuditArguments),
}

#[tokio::main]
async fn main() -> ExitCode {
    let CommandLine { command } = CommandLine::parse();
    tracing_subscriber::fmt().with_writer(std::io::stderr).with_ansi(false).with_target(false).init();
    let done = match command {
        Command::Run(arguments) => run::perform(arguments).await,
        Command::Enrol(arguments) => enrol::perform(arguments).await,
        Command::Audit(arguments) => audit::perform(arguments),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!("{error:#}");
            ExitCode::FAILURE
        }
    }
}
