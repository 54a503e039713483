//! `mayfly gateway`: agents in private networks, pools of them, and what they are believed by.

mod authority;
mod create;
mod enrol;
mod ls;
pub(super) mod pool;
mod revoke;
mod rm;
mod set;
mod show;
mod take_back;

use clap::Subcommand;
use mayfly_api::gateways::{Gateway, GatewayList};

use super::principal;
use crate::{client::ApiClient, context::Context, error::CliError, pages};

/// Make, enrol, show, change and remove gateways, and pools of them
#[derive(Debug, Subcommand)]
pub(crate) enum GatewayCommand {
    /// List the gateways of your organization, and how they are
    Ls,
    Show(show::ShowArguments),
    Create(create::CreateArguments),
    Enrol(enrol::EnrolArguments),
    TakeBack(take_back::TakeBackArguments),
    Set(set::SetArguments),
    Revoke(revoke::RevokeArguments),
    Rm(rm::RmArguments),
    #[command(subcommand)]
    Pool(pool::PoolCommand),
    #[command(subcommand)]
    Authority(authority::AuthorityCommand),
}

/// Does it.
pub(crate) async fn run(command: GatewayCommand, context: &Context) -> Result<(), CliError> {
    match command {
        GatewayCommand::Ls => ls::run(context).await,
        GatewayCommand::Show(arguments) => show::run(&arguments, context).await,
        GatewayCommand::Create(arguments) => create::run(&arguments, context).await,
        GatewayCommand::Enrol(arguments) => enrol::run(&arguments, context).await,
        GatewayCommand::TakeBack(arguments) => take_back::run(&arguments, context).await,
        GatewayCommand::Set(arguments) => set::run(&arguments, context).await,
        GatewayCommand::Revoke(arguments) => revoke::run(&arguments, context).await,
        GatewayCommand::Rm(arguments) => rm::run(&arguments, context).await,
        GatewayCommand::Pool(command) => pool::run(command, context).await,
        GatewayCommand::Authority(command) => authority::run(command, context).await,
    }
}

/// Every gateway.
async fn all(client: &ApiClient) -> Result<Vec<Gateway>, CliError> {
    let parts = |page: GatewayList| (page.gateways, page.next_cursor);
    pages::by_cursor(client, &["api", "v1", "gateways"], &[], parts).await
}

/// The id of the gateway of that name, or with that id.
pub(super) async fn id_of(client: &ApiClient, name: &str) -> Result<String, CliError> {
    if principal::is_id(name) {
        return Ok(name.to_owned());
    }
    let found = all(client).await?.into_iter().filter(|gateway| gateway.name == name);
    principal::only(&found.map(|gateway| gateway.id).collect::<Vec<_>>(), "gateway", name)
}
