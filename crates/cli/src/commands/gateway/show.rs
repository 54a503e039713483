//! `mayfly gateway show`.

use clap::Args;
use mayfly_api::gateways::GatewayDetails;

use super::id_of;
use crate::{context::Context, error::CliError};

/// Show a gateway: how it is, what it lets itself be asked, its processes and the enrolments that can still be used
#[derive(Debug, Args)]
pub(crate) struct ShowArguments {
    /// The gateway, by name or id
    gateway: String,
}

/// Shows it.
pub(super) async fn run(arguments: &ShowArguments, context: &Context) -> Result<(), CliError> {
    let client = context.client()?;
    let id = id_of(&client, &arguments.gateway).await?;
    let found: GatewayDetails = client.get(&["api", "v1", "gateways", &id], &[]).await?;
    context.console.answer(&found, |console| {
        console.sheet(&found.gateway)?;
        let instances = found.instances.iter();
        let rows =
            instances.map(|one| vec![one.name.clone(), one.generation.to_string(), one.certificate_expires_at.clone()]);
        console.table(&["PROCESS", "CERTIFICATE", "ENDS"], rows)
    })
}
