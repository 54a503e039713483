//! `mayfly stop ls`.

use mayfly_api::stops::{Stop, StopList};

use super::place;
use crate::{console::Format, context::Context, error::CliError};

/// Lists them.
pub(super) async fn run(context: &Context) -> Result<(), CliError> {
    let list: StopList = context.client()?.get(&["api", "v1", "stops"], &[]).await?;
    match context.console.format {
        Format::Json => context.console.document(&list),
        Format::Text | Format::Token | Format::Env if list.stops.is_empty() => {
            context.console.say("issuing is stopped nowhere");
            Ok(())
        }
        Format::Text | Format::Token | Format::Env => {
            context.console.table(&["ID", "WHERE", "SINCE", "REASON"], list.stops.iter().map(row))
        }
    }
}

fn row(stop: &Stop) -> Vec<String> {
    vec![stop.id.clone(), place(stop), stop.created_at.clone(), stop.reason.clone()]
}
