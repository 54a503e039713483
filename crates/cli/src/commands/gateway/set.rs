//! `mayfly gateway set`.

use clap::Args;
use mayfly_api::gateways::{GatewayBody, UpdateGateway};

use super::id_of;
use crate::{context::Context, error::CliError};

/// Rename a gateway, say whether it tells its cluster's keys, or unlock one after you have found out who held the second copy of its key
#[derive(Debug, Args)]
#[command(group = clap::ArgGroup::new("change").required(true).multiple(true).args(["name", "unlock", "follows_keys"]))]
pub(crate) struct SetArguments {
    /// The gateway, by name or id
    gateway: String,
    /// Another name
    #[arg(long)]
    name: Option<String>,
    /// Let it come again
    #[arg(long)]
    unlock: bool,
    /// Whether it may tell that its cluster's keys are others; those that it told stay
    #[arg(long, value_name = "BOOLEAN")]
    follows_keys: Option<bool>,
}

/// Changes it.
pub(super) async fn run(arguments: &SetArguments, context: &Context) -> Result<(), CliError> {
    let client = context.client()?;
    let id = id_of(&client, &arguments.gateway).await?;
    let unlock = arguments.unlock.then_some(true);
    let (name, follows_keys) = (arguments.name.clone(), arguments.follows_keys);
    let request = UpdateGateway { name, unlock, follows_keys, ..UpdateGateway::default() };
    let changed: GatewayBody = client.patch(&["api", "v1", "gateways", &id], &request).await?;
    context.console.answer(&changed, |console| console.sheet(&changed.gateway))
}
