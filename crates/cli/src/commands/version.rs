//! `mayfly version`.

use serde_json::json;

use crate::{console::Format, context::Context, error::CliError};

/// Prints it.
pub(crate) fn run(context: &Context) -> Result<(), CliError> {
    let version = env!("CARGO_PKG_VERSION");
    match context.console.format {
        Format::Json => context.console.document(&json!({"version": version})),
        Format::Text | Format::Token | Format::Env => context.console.data(&format!("mayfly {version}")),
    }
}
