//! `mayfly group set`.

use clap::Args;
use mayfly_api::groups::{GroupBody, GroupUpdateRequest};

use super::id_of;
use crate::{context::Context, error::CliError};

/// Change a group's name or slug
#[derive(Debug, Args)]
#[command(group = clap::ArgGroup::new("change").required(true).multiple(true).args(["name", "new_slug"]))]
pub(crate) struct SetArguments {
    /// The group, by slug or id
    group: String,
    /// Another name
    #[arg(long)]
    name: Option<String>,
    /// Another slug
    #[arg(long, value_name = "SLUG")]
    new_slug: Option<String>,
}

/// Changes it.
pub(super) async fn run(arguments: &SetArguments, context: &Context) -> Result<(), CliError> {
    let client = context.client()?;
    let id = id_of(&client, &arguments.group).await?;
    let request = GroupUpdateRequest { name: arguments.name.clone(), slug: arguments.new_slug.clone() };
    let changed: GroupBody = client.patch(&["api", "v1", "groups", &id], &request).await?;
    context.console.answer(&changed, |console| console.sheet(&changed.group))
}
