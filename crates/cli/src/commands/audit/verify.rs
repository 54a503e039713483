//! `mayfly audit verify`: proof that the audit log is whole, or where it is not.

use std::path::PathBuf;

use clap::Args;
use mayfly_api::audit_events::{AuditFinding, AuditHead, AuditVerification, VerifyAuditLogRequest};

use crate::{console::Format, context::Context, error::CliError};

/// Prove that the audit log is whole, or name what is wrong with it
///
/// With `--head` also against a head that was exported: only with one can be proven that nothing was cut off at the end.
/// The exit code is 9 when something is wrong.
#[derive(Debug, Args)]
pub(crate) struct VerifyArguments {
    /// A file of exported heads, as `audit.heads_file` names it; its last line counts
    #[arg(long, value_name = "FILE")]
    head: Option<PathBuf>,
    /// Read the database itself, with its master key, and not by a server. An embedded database has to be in no other use
    #[cfg(feature = "server")]
    #[arg(long)]
    offline: bool,
    /// With `--offline`: lines of JSON that were exported, or written to `audit.file`; each is compared with the log
    #[cfg(feature = "server")]
    #[arg(long, value_name = "FILE", requires = "offline")]
    export: Option<PathBuf>,
    /// With `--offline`: where the database and the master key are, if they are files
    #[cfg(feature = "server")]
    #[arg(long, value_name = "FOLDER", requires = "offline")]
    data_dir: Option<PathBuf>,
    /// With `--offline`: a TOML file with the server's settings; those of the environment count too
    #[cfg(feature = "server")]
    #[arg(long, value_name = "FILE", requires = "offline")]
    config: Option<PathBuf>,
}

/// Verifies.
pub(super) async fn run(arguments: &VerifyArguments, context: &Context) -> Result<(), CliError> {
    let head = arguments.head.as_ref().map(read_head).transpose()?;
    let verified = verify(arguments, head, context).await?;
    match context.console.format {
        Format::Json => context.console.document(&verified)?,
        Format::Text | Format::Token | Format::Env => show(&verified, context)?,
    }
    if verified.is_intact {
        return Ok(());
    }
    let first = verified.findings.first().map(|first| first.what.clone()).unwrap_or_default();
    Err(CliError::Partly(format!("the audit log is not as it was written: {first}")))
}

async fn verify(
    arguments: &VerifyArguments,
    head: Option<AuditHead>,
    context: &Context,
) -> Result<AuditVerification, CliError> {
    #[cfg(feature = "server")]
    if arguments.offline {
        let flags = mayfly_server::ServerFlags {
            data_dir: arguments.data_dir.clone(),
            config: arguments.config.clone(),
            ..mayfly_server::ServerFlags::default()
        };
        return Ok(mayfly_server::verify_audit_log(&flags, head.as_ref(), arguments.export.as_deref()).await?);
    }
    let _ = arguments;
    context.client()?.post(&["api", "v1", "audit-log", "verify"], &VerifyAuditLogRequest { head }).await
}

fn read_head(path: &PathBuf) -> Result<AuditHead, CliError> {
    let text = std::fs::read_to_string(path).map_err(|source| CliError::Read { path: path.clone(), source })?;
    let content = |what: &str| CliError::Content { path: path.clone(), what: what.to_owned() };
    let line = text.lines().rfind(|line| !line.trim().is_empty()).ok_or_else(|| content("it holds no head"))?;
    serde_json::from_str(line).map_err(|_| content("its last line is no exported head"))
}

fn show(verified: &AuditVerification, context: &Context) -> Result<(), CliError> {
    let console = &context.console;
    let seal = verified.newest_seal.map_or_else(|| "no seal".to_owned(), |number| format!("newest seal {number}"));
    console.data(&format!(
        "{} events are as they were written, {} not sealed yet; {seal}",
        verified.events, verified.unsealed
    ))?;
    for finding in &verified.findings {
        console.data(&format!("{}: {}", finding.fault, line(finding)))?;
    }
    if verified.further_findings > 0 {
        console.data(&format!("and {} more", verified.further_findings))?;
    }
    verified.unproven.iter().try_for_each(|what| console.data(&format!("not provable: {what}")))
}

fn line(finding: &AuditFinding) -> String {
    let mut line = finding.what.clone();
    if let Some(event) = &finding.event_id {
        line = format!("{line} (event {event})");
    }
    if let (Some(chain), Some(first), Some(last)) = (&finding.chain, finding.first_number, finding.last_number) {
        line = format!("{line} [chain {chain}, {first} to {last}]");
    }
    line
}
