//! `mayfly-gateway`: starts the agent.

mod arguments;
mod command;

use std::process::ExitCode;

use clap::{Parser, Subcommand, ValueEnum};
use tracing_subscriber::filter::LevelFilter;

use crate::command::{audit, doctor, enrol, manifest, run};

/// The agent of Mayfly in a private network: it dials out, and does what its own policy allows
#[derive(Debug, Parser)]
#[command(name = "mayfly-gateway", version)]
struct CommandLine {
    /// The least that is logged, on standard error
    #[arg(long, env = "MAYFLY_GATEWAY_LOG_LEVEL", value_enum, default_value = "info", global = true)]
    log_level: LogLevel,
    #[command(subcommand)]
    command: Command,
}

/// As much as the agent has to say: there is nothing of it below.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum LogLevel {
    /// What failed
    Error,
    /// What somebody should look at, too
    Warn,
    /// What happens, too
    Info,
}

impl From<LogLevel> for LevelFilter {
    fn from(level: LogLevel) -> Self {
        match level {
            LogLevel::Error => Self::ERROR,
            LogLevel::Warn => Self::WARN,
            LogLevel::Info => Self::INFO,
        }
    }
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
    let CommandLine { log_level, command } = CommandLine::parse();
    let log = tracing_subscriber::fmt().with_max_level(LevelFilter::from(log_level));
    log.with_writer(std::io::stderr).with_ansi(false).with_target(false).init();
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
