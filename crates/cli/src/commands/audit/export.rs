//! `mayfly audit export`: all events of a span, to standard output.

use clap::{Args, ValueEnum};

use super::narrow::{Narrow, Span};
use crate::{context::Context, error::CliError};

/// Write all events of a span to standard output, oldest first
#[derive(Debug, Args)]
pub(crate) struct ExportArguments {
    #[command(flatten)]
    narrow: Narrow,
    #[command(flatten)]
    span: Span,
    /// How they are written
    #[arg(long, value_enum, default_value_t = ExportFormat::Ndjson)]
    format: ExportFormat,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum ExportFormat {
    /// A JSON object to a line
    Ndjson,
    /// Comma-separated values
    Csv,
}

/// Exports.
pub(super) async fn run(arguments: &ExportArguments, context: &Context) -> Result<(), CliError> {
    let mut query = arguments.narrow.query(Some(&arguments.span));
    query.push((
        "format",
        match arguments.format {
            ExportFormat::Ndjson => "ndjson",
            ExportFormat::Csv => "csv",
        },
    ));
    let client = context.client()?;
    client.lines(&["api", "v1", "audit-events", "export"], &query, None, &mut |line| context.console.data(line)).await
}
