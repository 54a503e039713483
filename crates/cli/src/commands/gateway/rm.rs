//! `mayfly gateway rm`.

use clap::Args;
use mayfly_api::gateways::GatewayBody;
use serde_json::json;

use super::id_of;
use crate::{context::Context, error::CliError};

/// Remove a gateway that nothing leads through
#[derive(Debug, Args)]
pub(crate) struct RmArguments {
    /// The gateway, by name or id
    gateway: String,
    /// Do not ask
    #[arg(short, long)]
    yes: bool,
}

/// Removes it.
pub(super) async fn run(arguments: &RmArguments, context: &Context) -> Result<(), CliError> {
    if !arguments.yes {
        context.console.confirm(&format!("Remove the gateway {}?", arguments.gateway), "nothing was removed")?;
    }
    let client = context.client()?;
    let id = id_of(&client, &arguments.gateway).await?;
    let removed: GatewayBody = client.delete(&["api", "v1", "gateways", &id], &json!({})).await?;
    context.console.answer(&removed, |console| console.data(&removed.gateway.id))
}
