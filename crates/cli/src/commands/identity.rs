//! `mayfly identity`: machine identities, and how they sign in.

mod auth;
mod create;
mod disable;
mod ls;
mod rm;
mod set;
mod show;

pub(crate) use auth::Method;
use clap::Subcommand;
pub(crate) use disable::{LeasesThen, tell_left};
use mayfly_api::identities::{IdentityList, OrganizationIdentity};

use super::principal;
use crate::{client::ApiClient, context::Context, error::CliError, pages};

/// Make, see, change, shut out and remove machine identities, and say how they sign in
#[derive(Debug, Subcommand)]
pub(crate) enum IdentityCommand {
    /// List the machine identities of your organization
    Ls,
    Show(show::ShowArguments),
    Create(create::CreateArguments),
    Set(set::SetArguments),
    Disable(disable::DisableArguments),
    Enable(disable::EnableArguments),
    Rm(rm::RmArguments),
    #[command(subcommand)]
    Auth(auth::AuthCommand),
}

/// Does it.
pub(crate) async fn run(command: IdentityCommand, context: &Context) -> Result<(), CliError> {
    match command {
        IdentityCommand::Ls => ls::run(context).await,
        IdentityCommand::Show(arguments) => show::run(&arguments, context).await,
        IdentityCommand::Create(arguments) => create::run(&arguments, context).await,
        IdentityCommand::Set(arguments) => set::run(&arguments, context).await,
        IdentityCommand::Disable(arguments) => disable::disable(&arguments, context).await,
        IdentityCommand::Enable(arguments) => disable::enable(&arguments, context).await,
        IdentityCommand::Rm(arguments) => rm::run(&arguments, context).await,
        IdentityCommand::Auth(command) => auth::run(command, context).await,
    }
}

/// Every identity. This list pages by offset, as existing clients know it.
pub(super) async fn all(client: &ApiClient) -> Result<Vec<OrganizationIdentity>, CliError> {
    let parts = |page: IdentityList| (page.identities, page.total_count);
    pages::by_offset(client, &["api", "v1", "identities"], parts).await
}

/// The id of an identity that was named by id or by name.
pub(super) async fn id_of(client: &ApiClient, name: &str) -> Result<String, CliError> {
    if principal::is_id(name) {
        return Ok(name.to_owned());
    }
    let found = all(client).await?.into_iter().filter(|one| one.identity.name == name);
    principal::only(&found.map(|one| one.identity_id).collect::<Vec<_>>(), "identity", name)
}
