//! `mayfly-gateway`: starts the agent.

mod arguments;
mod command;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::command::{audit, doctor, enrol, manifest, run};

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
    /// Look at each leg of the ways to the server and to the cluster, and name the one that is broken
    Doctor(doctor::DoctorArguments),
    /// Look after the record of what was asked and done
    Audit(audit::AuditArguments),
    Manifest(manifest::ManifestArguments),
}

#[tokio::main]
async fn main() -> ExitCode {
    let CommandLine { command } = CommandLine::parse();
    tracing_subscriber::fmt().with_writer(std::io::stderr).with_ansi(false).with_target(false).init();
    let done = match command {
        Command::Run(arguments) => run::perform(arguments).await.map(|()| ExitCode::SUCCESS),
        Command::Enrol(arguments) => enrol::perform(arguments).await.map(|()| ExitCode::SUCCESS),
        Command::Doctor(arguments) => doctor::perform(arguments).await,
        Command::Manifest(arguments) => manifest::perform(arguments).map(|()| ExitCode::SUCCESS),
        Command::Audit(arguments) => audit::perform(arguments).map(|()| ExitCode::SUCCESS),
    };
    match done {
        Ok(code) => code,
        Err(error) => {
            tracing::error!("{error:#}");
            ExitCode::FAILURE
        }
    }
}
