//! `mayfly session rm`.

use clap::Args;
use mayfly_api::sign_in::EndedSessions;
use serde_json::json;

use crate::{arguments::path_segment, console::Format, context::Context, error::CliError};

/// End one of your own sessions, or all but the one you use
///
/// `mayfly logout` ends the one you use.
#[derive(Debug, Args)]
pub(crate) struct RmArguments {
    #[command(flatten)]
    which: Which,
}

/// Which.
#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
struct Which {
    /// The session, as `mayfly session ls` shows it
    #[arg(value_name = "ID", value_parser = path_segment)]
    id: Option<String>,
    /// All but the one you use
    #[arg(long)]
    others: bool,
}

/// Ends them.
pub(super) async fn run(arguments: &RmArguments, context: &Context) -> Result<(), CliError> {
    let client = context.client()?;
    let path = ["api", "v1", "auth", "sessions"];
    let ended: EndedSessions = match &arguments.which.id {
        Some(id) => client.delete(&[path.as_slice(), &[id.as_str()]].concat(), &json!({})).await?,
        None => client.post(&[path.as_slice(), &["end-others"]].concat(), &json!({})).await?,
    };
    match context.console.format {
        Format::Json => context.console.document(&ended),
        Format::Text | Format::Token | Format::Env => context.console.data(&ended.ended.to_string()),
    }
}
