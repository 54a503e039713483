//! `mayfly gateway revoke`.

use clap::Args;
use mayfly_api::gateways::GatewayBody;
use serde_json::json;

use super::id_of;
use crate::{context::Context, error::CliError};

/// Let nobody come as a gateway any more: its tunnels are cut within two seconds
#[derive(Debug, Args)]
pub(crate) struct RevokeArguments {
    /// The gateway, by name or id
    gateway: String,
    /// Do not ask
    #[arg(short, long)]
    yes: bool,
}

/// Revokes it.
pub(super) async fn run(arguments: &RevokeArguments, context: &Context) -> Result<(), CliError> {
    if !arguments.yes {
        let question = format!("Revoke the gateway {}? What leads through it stops.", arguments.gateway);
        context.console.confirm(&question, "nothing was revoked")?;
    }
    let client = context.client()?;
    let id = id_of(&client, &arguments.gateway).await?;
    let revoked: GatewayBody = client.post(&["api", "v1", "gateways", &id, "revoke"], &json!({})).await?;
    context.console.answer(&revoked, |console| console.data(&revoked.gateway.id))
}
