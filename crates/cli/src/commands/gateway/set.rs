//! `mayfly gateway set`.

use std::path::{Path, PathBuf};

use clap::Args;
use mayfly_api::gateways::{GatewayBody, GatewayDetails, UpdateGateway};

use super::id_of;
use crate::{client::ApiClient, context::Context, error::CliError, request_fields::read_text};

/// Rename a gateway, give it its cluster's keys, say whether it tells them, or unlock one after you have found out who held the
/// second copy of its key
#[derive(Debug, Args)]
#[command(group = clap::ArgGroup::new("change").required(true).multiple(true)
    .args(["name", "unlock", "keys_file", "follows_keys"]))]
pub(crate) struct SetArguments {
    /// The gateway, by name or id
    gateway: String,
    /// Another name
    #[arg(long)]
    name: Option<String>,
    /// Let it come again
    #[arg(long)]
    unlock: bool,
    /// The cluster's public keys, as JWKS or PEM, in place of those that are known
    #[arg(long, value_name = "FILE")]
    keys_file: Option<PathBuf>,
    /// Whether it may tell that its cluster's keys are others, from its next tunnel on; those that it told stay
    #[arg(long, value_name = "BOOLEAN")]
    follows_keys: Option<bool>,
}

/// Changes it.
pub(super) async fn run(arguments: &SetArguments, context: &Context) -> Result<(), CliError> {
    let client = context.client()?;
    let id = id_of(&client, &arguments.gateway).await?;
    let enrolment = match &arguments.keys_file {
        Some(file) => with_keys(file, &client, &id).await?,
        None => UpdateGateway::default(),
    };
    let unlock = arguments.unlock.then_some(true);
    let (name, follows_keys) = (arguments.name.clone(), arguments.follows_keys);
    let request = UpdateGateway { name, unlock, follows_keys, ..enrolment };
    let changed: GatewayBody = client.patch(&["api", "v1", "gateways", &id], &request).await?;
    context.console.answer(&changed, |console| console.sheet(&changed.gateway))
}

/// How its processes prove themselves, as it is, by these keys.
async fn with_keys(file: &Path, client: &ApiClient, id: &str) -> Result<UpdateGateway, CliError> {
    let keys = read_text(file)?;
    let known: GatewayDetails = client.get(&["api", "v1", "gateways", id], &[]).await?;
    let was = known.gateway.enrolment;
    Ok(UpdateGateway {
        method: Some(was.method),
        issuer: was.issuer,
        keys: Some(keys),
        namespace: was.namespace,
        service_account_name: was.service_account_name,
        ..UpdateGateway::default()
    })
}
