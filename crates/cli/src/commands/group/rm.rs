//! `mayfly group rm`.

use clap::Args;
use mayfly_api::groups::GroupBody;

use super::id_of;
use crate::{
    commands::identity::{LeasesThen, tell_left},
    context::Context,
    error::CliError,
};

/// Remove a group; whoever is in it loses what it may do
///
/// Leases of those who may have none any more end unless `--leases run-out` says otherwise.
#[derive(Debug, Args)]
pub(crate) struct RmArguments {
    /// The group, by slug or id
    group: String,
    /// What becomes of their live leases
    #[arg(long, value_enum, default_value = "end")]
    leases: LeasesThen,
    /// Do not ask
    #[arg(short, long)]
    yes: bool,
}

/// Removes it.
pub(super) async fn run(arguments: &RmArguments, context: &Context) -> Result<(), CliError> {
    if !arguments.yes {
        let question = format!("Remove the group {}? Whoever is in it loses what it may do.", arguments.group);
        context.console.confirm(&question, "nothing was removed")?;
    }
    let client = context.client()?;
    let id = id_of(&client, &arguments.group).await?;
    let request = arguments.leases.body();
    let removed: GroupBody = client.delete(&["api", "v1", "groups", &id], &request).await?;
    tell_left(removed.leases_left.as_deref().unwrap_or_default(), context);
    context.console.answer(&removed, |console| console.data(&removed.group.slug))
}
