//! `mayfly group ls`.

use mayfly_api::groups::{Group, GroupList};

use super::all;
use crate::{context::Context, error::CliError};

/// Lists them.
pub(super) async fn run(context: &Context) -> Result<(), CliError> {
    let list = GroupList { groups: all(&context.client()?).await?, next_cursor: None };
    context.console.answer(&list, |console| {
        if list.groups.is_empty() {
            console.say("no groups: `mayfly group create SLUG` makes one");
            return Ok(());
        }
        console.table(&["SLUG", "NAME", "ID"], list.groups.iter().map(row))
    })
}

fn row(group: &Group) -> Vec<String> {
    vec![group.slug.clone(), group.name.clone(), group.id.clone()]
}
