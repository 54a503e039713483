//! `mayfly stop ls`.

use mayfly_api::stops::{Stop, StopList};

use super::place;
use crate::{console::Format, context::Context, error::CliError, pages};

/// Lists them.
pub(super) async fn run(context: &Context) -> Result<(), CliError> {
    let list = all(context).await?;
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

/// Every page.
async fn all(context: &Context) -> Result<StopList, CliError> {
    let client = context.client()?;
    let all = pages::every(async |cursor| {
        let query: Vec<(&str, &str)> = cursor.map(|cursor| ("cursor", cursor)).into_iter().collect();
        let page: StopList = client.get(&["api", "v1", "stops"], &query).await?;
        Ok((page.stops, page.next_cursor))
    });
    Ok(StopList { stops: all.await?, next_cursor: None })
}

fn row(stop: &Stop) -> Vec<String> {
    vec![stop.id.clone(), place(stop), stop.created_at.clone(), stop.reason.clone()]
}
