//! `mayfly group`: groups of people and machines.

mod create;
mod ls;
mod members;
mod rm;
mod set;
mod show;

use clap::Subcommand;
use mayfly_api::groups::{Group, GroupList};

use super::principal;
use crate::{client::ApiClient, context::Context, error::CliError, pages};

/// Make, see, change and remove groups, and say who is in them
///
/// What a group may do in a project is said by `mayfly member --group`.
#[derive(Debug, Subcommand)]
pub(crate) enum GroupCommand {
    /// List the groups of the organization
    Ls,
    Show(show::ShowArguments),
    Create(create::CreateArguments),
    Set(set::SetArguments),
    Rm(rm::RmArguments),
    Add(members::AddArguments),
    Remove(members::RemoveArguments),
}

/// Does it.
pub(crate) async fn run(command: GroupCommand, context: &Context) -> Result<(), CliError> {
    match command {
        GroupCommand::Ls => ls::run(context).await,
        GroupCommand::Show(arguments) => show::run(&arguments, context).await,
        GroupCommand::Create(arguments) => create::run(&arguments, context).await,
        GroupCommand::Set(arguments) => set::run(&arguments, context).await,
        GroupCommand::Rm(arguments) => rm::run(&arguments, context).await,
        GroupCommand::Add(arguments) => members::add(&arguments, context).await,
        GroupCommand::Remove(arguments) => members::remove(&arguments, context).await,
    }
}

/// Every group.
async fn all(client: &ApiClient) -> Result<Vec<Group>, CliError> {
    let parts = |page: GroupList| (page.groups, page.next_cursor);
    pages::by_cursor(client, &["api", "v1", "groups"], &[], parts).await
}

/// The id of a group that was named by id or by slug.
pub(super) async fn id_of(client: &ApiClient, slug: &str) -> Result<String, CliError> {
    if principal::is_id(slug) {
        return Ok(slug.to_owned());
    }
    let found = all(client).await?.into_iter().filter(|group| group.slug == slug);
    principal::only(&found.map(|group| group.id).collect::<Vec<_>>(), "group", slug)
}
