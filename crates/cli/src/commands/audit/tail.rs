//! `mayfly audit tail`: events as they happen, until it is interrupted.

use clap::Args;
use mayfly_api::audit_events::LoggedEvent;

use super::narrow::{Narrow, row};
use crate::{console::Format, context::Context, error::CliError};

/// Watch events as they happen
///
/// It goes on where it stopped when the connection breaks off.
#[derive(Debug, Args)]
pub(crate) struct TailArguments {
    #[command(flatten)]
    narrow: Narrow,
}

/// Watches. It ends with the process, or when the server refuses.
pub(super) async fn run(arguments: &TailArguments, context: &Context) -> Result<(), CliError> {
    const PATH: [&str; 4] = ["api", "v1", "audit-events", "live"];
    let query = arguments.narrow.query(None);
    let client = context.client()?;
    let mut last: Option<String> = None;
    loop {
        client
            .lines(&PATH, &query, last.clone().as_deref(), &mut |line| {
                if let Some(id) = line.strip_prefix("id: ") {
                    last = Some(id.to_owned());
                }
                line.strip_prefix("data: ").map_or(Ok(()), |data| show(context, data))
            })
            .await?;
    }
}

fn show(context: &Context, data: &str) -> Result<(), CliError> {
    match (context.console.format, serde_json::from_str::<LoggedEvent>(data)) {
        (Format::Text | Format::Token | Format::Env, Ok(event)) => context.console.data(&row(&event).join("  ")),
        (Format::Json, _) | (_, Err(_)) => context.console.data(data),
    }
}
