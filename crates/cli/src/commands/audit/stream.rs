//! `mayfly audit stream`: where the audit log is sent.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use mayfly_api::audit_streams::{AuditStream, AuditStreamBody, AuditStreamList, AuditStreamRequest};
use serde_json::json;

use crate::{arguments::path_segment, console::Format, context::Context, error::CliError, pages};

/// Send the audit log to places outside, each event at least once
#[derive(Debug, Subcommand)]
pub(crate) enum StreamCommand {
    /// List where it is sent, and how far each place is behind
    Ls,
    Show(OneArguments),
    Create(CreateArguments),
    Rm(RmArguments),
}

/// One stream
#[derive(Debug, Args)]
pub(crate) struct OneArguments {
    /// The stream, as `mayfly audit stream ls` shows it
    #[arg(value_name = "ID", value_parser = path_segment)]
    id: String,
}

/// Send it there no more
#[derive(Debug, Args)]
pub(crate) struct RmArguments {
    #[command(flatten)]
    one: OneArguments,
    /// Do not ask
    #[arg(short, long)]
    yes: bool,
}

/// Send it to an HTTPS collector or a syslog receiver, from now on
#[derive(Debug, Args)]
pub(crate) struct CreateArguments {
    /// Its name
    name: String,
    /// A collector: it gets batches of lines of JSON
    #[arg(long, value_name = "URL", conflicts_with = "syslog", required_unless_present = "syslog")]
    url: Option<String>,
    /// A file with the bearer token for the collector
    #[arg(long, value_name = "FILE", requires = "url")]
    secret_file: Option<PathBuf>,
    /// A syslog receiver (RFC 5424), as HOST:PORT
    #[arg(long, value_name = "HOST:PORT")]
    syslog: Option<String>,
    /// `tls`, `tcp` or `udp`
    #[arg(long, requires = "syslog")]
    transport: Option<String>,
    /// PEM certificates that are then the only ones trusted
    #[arg(long, value_name = "FILE")]
    ca_file: Option<PathBuf>,
}

const PATH: [&str; 3] = ["api", "v1", "audit-streams"];

/// Does it.
pub(super) async fn run(command: StreamCommand, context: &Context) -> Result<(), CliError> {
    let client = context.client()?;
    match command {
        StreamCommand::Ls => ls(context).await,
        StreamCommand::Show(arguments) => {
            let found: AuditStreamBody = client.get(&["api", "v1", "audit-streams", &arguments.id], &[]).await?;
            match context.console.format {
                Format::Json => context.console.document(&found),
                Format::Text | Format::Token | Format::Env => context.console.sheet(&found.audit_stream),
            }
        }
        StreamCommand::Create(arguments) => {
            let made: AuditStreamBody = client.post(&PATH, &request(&arguments)?).await?;
            match context.console.format {
                Format::Json => context.console.document(&made),
                Format::Text | Format::Token | Format::Env => context.console.data(&made.audit_stream.id),
            }
        }
        StreamCommand::Rm(RmArguments { one, yes }) => {
            if !yes {
                context.console.confirm(&format!("Remove the stream {}?", one.id), "nothing was removed")?;
            }
            let path = ["api", "v1", "audit-streams", &one.id];
            let gone: AuditStreamBody = client.delete(&path, &json!({})).await?;
            match context.console.format {
                Format::Json => context.console.document(&gone),
                Format::Text | Format::Token | Format::Env => {
                    context.console.data(&format!("removed {}", gone.audit_stream.name))
                }
            }
        }
    }
}

async fn ls(context: &Context) -> Result<(), CliError> {
    let client = context.client()?;
    let all = pages::every(async |cursor| {
        let query: Vec<(&str, &str)> = cursor.map(|cursor| ("cursor", cursor)).into_iter().collect();
        let page: AuditStreamList = client.get(&PATH, &query).await?;
        Ok((page.audit_streams, page.next_cursor))
    });
    let list = AuditStreamList { audit_streams: all.await?, next_cursor: None };
    match context.console.format {
        Format::Json => context.console.document(&list),
        Format::Text | Format::Token | Format::Env => {
            let headings = ["ID", "NAME", "TO", "DELIVERED", "LAG", "MISSED", "LAST ERROR"];
            context.console.table(&headings, list.audit_streams.iter().map(row))
        }
    }
}

fn row(stream: &AuditStream) -> Vec<String> {
    let syslog = stream.host.iter().zip(stream.port).map(|(host, port)| format!("{host}:{port}")).next();
    vec![
        stream.id.clone(),
        stream.name.clone(),
        stream.url.clone().or(syslog).unwrap_or_default(),
        stream.delivered.to_string(),
        stream.lag.to_string(),
        stream.missed.to_string(),
        stream.last_error.clone().unwrap_or_default(),
    ]
}

fn request(arguments: &CreateArguments) -> Result<AuditStreamRequest, CliError> {
    let read =
        |path: &PathBuf| std::fs::read_to_string(path).map_err(|source| CliError::Read { path: path.clone(), source });
    let secret = arguments.secret_file.as_ref().map(read).transpose()?.map(|text| text.trim().to_owned());
    let ca = arguments.ca_file.as_ref().map(read).transpose()?;
    let (host, port) = match &arguments.syslog {
        None => (None, None),
        Some(to) => {
            let parts = to.rsplit_once(':').and_then(|(host, port)| Some((host, port.parse().ok()?)));
            let (host, port) = parts.ok_or_else(|| CliError::Usage(format!("`{to}` is not HOST:PORT")))?;
            (Some(host.trim_matches(['[', ']']).to_owned()), Some(port))
        }
    };
    Ok(AuditStreamRequest {
        name: arguments.name.clone(),
        kind: if arguments.syslog.is_some() { "syslog" } else { "https" }.to_owned(),
        url: arguments.url.clone(),
        secret,
        host,
        port,
        transport: arguments.transport.clone(),
        ca,
    })
}
