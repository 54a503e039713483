//! `mayfly stop lift`.

use clap::Args;
use mayfly_api::stops::StopBody;
use serde_json::json;

use super::place;
use crate::{arguments::path_segment, console::Format, context::Context, error::CliError};

/// Let issuing go on
#[derive(Debug, Args)]
pub(crate) struct LiftArguments {
    /// The stop, as `mayfly stop ls` shows it
    #[arg(value_name = "ID", value_parser = path_segment)]
    id: String,
}

/// Lifts it.
pub(super) async fn run(arguments: &LiftArguments, context: &Context) -> Result<(), CliError> {
    let lifted: StopBody = context.client()?.delete(&["api", "v1", "stops", &arguments.id], &json!({})).await?;
    match context.console.format {
        Format::Json => context.console.document(&lifted),
        Format::Text | Format::Token | Format::Env => {
            context.console.data(&format!("issuing goes on: {}", place(&lifted.stop)))
        }
    }
}
