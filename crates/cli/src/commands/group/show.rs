//! `mayfly group show`.

use clap::Args;
use mayfly_api::groups::{GroupBody, GroupMember, GroupMemberList};
use serde_json::json;

use super::id_of;
use crate::{commands::principal::Names, context::Context, error::CliError, pages};

/// Show a group and who is in it
#[derive(Debug, Args)]
pub(crate) struct ShowArguments {
    /// The group, by slug or id
    group: String,
}

/// Shows it.
pub(super) async fn run(arguments: &ShowArguments, context: &Context) -> Result<(), CliError> {
    let client = context.client()?;
    let id = id_of(&client, &arguments.group).await?;
    let GroupBody { group, .. } = client.get(&["api", "v1", "groups", &id], &[]).await?;
    let parts = |page: GroupMemberList| (page.members, page.next_cursor);
    let members = pages::by_cursor(&client, &["api", "v1", "groups", &id, "members"], &[], parts).await?;
    let names = Names::read(&client, context).await?;
    context.console.answer(&json!({"group": group, "members": members}), |console| {
        console.sheet(&group)?;
        if members.is_empty() {
            console.say("nobody is in it: `mayfly group add` puts somebody there");
            return Ok(());
        }
        console.data("")?;
        console.table(&["TYPE", "NAME", "SINCE", "ID"], members.iter().map(|member| row(member, &names)))
    })
}

fn row(member: &GroupMember, names: &Names) -> Vec<String> {
    vec![member.kind.clone(), names.of(&member.id).to_owned(), member.since.clone(), member.id.clone()]
}
