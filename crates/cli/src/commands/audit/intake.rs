//! `mayfly audit intake`: how a cluster sends its own audit log.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use mayfly_api::cluster_requests::{AuditIntakeBody, AuditIntakeRequest, MadeAuditIntake};
use serde_json::json;

use crate::{arguments::path_segment, console::Format, context::Context, error::CliError};

/// Let a cluster send its own audit log, so that leases show what their tokens did
#[derive(Debug, Subcommand)]
pub(crate) enum IntakeCommand {
    Create(CreateArguments),
    /// Show whether a cluster may send its log, when it last did, and how much of it was of leases
    Show(OneArguments),
    /// Let it send no more
    Rm(OneArguments),
}

/// One cluster connection
#[derive(Debug, Args)]
pub(crate) struct OneArguments {
    /// The cluster connection, as `mayfly connection ls` shows it
    #[arg(value_name = "CONNECTION", value_parser = path_segment)]
    connection: String,
}

/// Print a kubeconfig for the API server's `--audit-webhook-config-file`
///
/// It holds the only copy of a token that is good for sending this log and nothing else. A former one counts no more.
#[derive(Debug, Args)]
pub(crate) struct CreateArguments {
    #[command(flatten)]
    one: OneArguments,
    /// The address at which the API server reaches Mayfly; that of your own calls unless given
    #[arg(long, value_name = "URL")]
    url: Option<String>,
    /// PEM certificates that it trusts there; else those of its machine
    #[arg(long, value_name = "FILE")]
    ca_file: Option<PathBuf>,
}

/// Does it.
pub(super) async fn run(command: IntakeCommand, context: &Context) -> Result<(), CliError> {
    let client = context.client()?;
    let of = |connection: &str| ["api", "v1", "cluster-connections", connection, "audit-intake"].map(str::to_owned);
    match command {
        IntakeCommand::Create(arguments) => {
            let read = |path: &PathBuf| {
                std::fs::read_to_string(path).map_err(|source| CliError::Read { path: path.clone(), source })
            };
            let body = AuditIntakeRequest {
                server_url: arguments.url.unwrap_or_else(|| client.server().to_string()),
                server_ca: arguments.ca_file.as_ref().map(read).transpose()?,
            };
            let path = of(&arguments.one.connection);
            let made: MadeAuditIntake = client.post(&path.each_ref().map(String::as_str), &body).await?;
            match context.console.format {
                Format::Json => context.console.document(&made),
                Format::Text | Format::Token | Format::Env => context.console.data(made.kubeconfig.trim_end()),
            }
        }
        IntakeCommand::Show(arguments) => {
            let path = of(&arguments.connection);
            let found: AuditIntakeBody = client.get(&path.each_ref().map(String::as_str), &[]).await?;
            context.console.answer(&found, |console| match &found.intake {
                Some(intake) => console.sheet(intake),
                None => Err(CliError::NotFound(
                    "this cluster sends no audit log: see `mayfly audit intake create`".to_owned(),
                )),
            })
        }
        IntakeCommand::Rm(arguments) => {
            let path = of(&arguments.connection);
            let gone: AuditIntakeBody = client.delete(&path.each_ref().map(String::as_str), &json!({})).await?;
            context.console.answer(&gone, |console| console.data(&arguments.connection))
        }
    }
}
