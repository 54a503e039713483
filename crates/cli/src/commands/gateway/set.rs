//! `mayfly gateway set`.

use clap::Args;
use mayfly_api::gateways::{GatewayBody, UpdateGateway};

use super::id_of;
use crate::{context::Context, error::CliError};

/// Rename a gateway, or unlock one after you have found out who held the second copy of its key
#[derive(Debug, Args)]
#[command(group = clap::ArgGroup::new("change").required(true).multiple(true).args(["name", "unlock"]))]
pub(crate) struct SetArguments {
    /// The gateway, by name or id
    gateway: String,
    /// Another name
    #[arg(long)]
    name: Option<String>,
    /// Let it come again
    #[arg(long)]
    unlock: bool,
}

/// Changes it.
pub(super) async fn run(arguments: &SetArguments, context: &Context) -> Result<(), CliError> {
    let client = context.client()?;
    let id = id_of(&client, &arguments.gateway).await?;
    let unlock = arguments.unlock.then_some(true);
    let request = UpdateGateway { name: arguments.name.clone(), unlock, ..UpdateGateway::default() };
    let changed: GatewayBody = client.patch(&["api", "v1", "gateways", &id], &request).await?;
    context.console.answer(&changed, |console| console.sheet(&changed.gateway))
}
