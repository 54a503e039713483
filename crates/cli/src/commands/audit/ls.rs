//! `mayfly audit ls`.

use clap::Args;
use mayfly_api::audit_events::LoggedEventList;

use super::narrow::{HEADINGS, Narrow, Span, row};
use crate::{console::Format, context::Context, error::CliError};

/// List events, newest first
#[derive(Debug, Args)]
pub(crate) struct LsArguments {
    #[command(flatten)]
    narrow: Narrow,
    #[command(flatten)]
    span: Span,
    /// At most this many
    #[arg(long, value_name = "NUMBER", default_value_t = 50)]
    limit: u32,
}

/// Lists them.
pub(super) async fn run(arguments: &LsArguments, context: &Context) -> Result<(), CliError> {
    const LARGEST_PAGE: usize = 500;
    let client = context.client()?;
    let most = usize::try_from(arguments.limit).unwrap_or(usize::MAX);
    let mut list = LoggedEventList { events: Vec::new(), next_cursor: None };
    loop {
        let limit = most.saturating_sub(list.events.len()).clamp(1, LARGEST_PAGE).to_string();
        let mut query = arguments.narrow.query(Some(&arguments.span));
        query.push(("limit", &limit));
        query.extend(list.next_cursor.as_deref().map(|cursor| ("cursor", cursor)));
        let page: LoggedEventList = client.get(&["api", "v1", "audit-events"], &query).await?;
        list.events.extend(page.events);
        list.next_cursor = page.next_cursor;
        if list.next_cursor.is_none() || list.events.len() >= most {
            break;
        }
    }
    match context.console.format {
        Format::Json => context.console.document(&list),
        Format::Text | Format::Token | Format::Env => context.console.table(&HEADINGS, list.events.iter().map(row)),
    }
}
