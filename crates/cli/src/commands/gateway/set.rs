//! `mayfly gateway set`.

use std::path::PathBuf;

use clap::Args;
use mayfly_api::gateways::{GatewayBody, GatewayDetails, UpdateGateway};

use super::id_of;
use crate::{client::ApiClient, context::Context, error::CliError, request_fields::read_text};

/// Change a gateway: its name, where its cluster's keys are from, or that it is locked
///
/// Unlock one only after you have found out who held the second copy of its key.
#[derive(Debug, Args)]
#[command(group = clap::ArgGroup::new("change").required(true).multiple(true)
    .args(["name", "unlock", "keys_file", "discovery_url", "follows_keys"]))]
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
    /// Where the cluster publishes its public keys, in place of those that are known
    #[arg(long, value_name = "URL", conflicts_with_all = ["keys_file", "follows_keys"])]
    discovery_url: Option<String>,
    /// PEM certificates of the only authority that vouches for that address
    #[arg(long, value_name = "FILE", requires = "discovery_url")]
    discovery_ca_file: Option<PathBuf>,
    /// Whether it may tell that its cluster's keys are others, from its next tunnel on; those that it told stay
    #[arg(long, value_name = "BOOLEAN")]
    follows_keys: Option<bool>,
}

/// Changes it.
pub(super) async fn run(arguments: &SetArguments, context: &Context) -> Result<(), CliError> {
    let client = context.client()?;
    let id = id_of(&client, &arguments.gateway).await?;
    let keys = keys(arguments)?;
    let enrolment = if keys.is_some() { as_it_is(&client, &id).await? } else { UpdateGateway::default() };
    let KeySource { keys, discovery_url, discovery_ca_cert } = keys.unwrap_or_default();
    let unlock = arguments.unlock.then_some(true);
    let (name, follows_keys) = (arguments.name.clone(), arguments.follows_keys);
    let request = UpdateGateway { name, unlock, follows_keys, keys, discovery_url, discovery_ca_cert, ..enrolment };
    let changed: GatewayBody = client.patch(&["api", "v1", "gateways", &id], &request).await?;
    context.console.answer(&changed, |console| console.sheet(&changed.gateway))
}

/// Where the cluster's keys are from.
#[derive(Default)]
struct KeySource {
    keys: Option<String>,
    discovery_url: Option<String>,
    discovery_ca_cert: Option<String>,
}

/// Those that are given.
fn keys(arguments: &SetArguments) -> Result<Option<KeySource>, CliError> {
    let SetArguments { keys_file, discovery_url, discovery_ca_file, .. } = arguments;
    if keys_file.is_none() && discovery_url.is_none() {
        return Ok(None);
    }
    let [keys, discovery_ca_cert] =
        [keys_file, discovery_ca_file].map(|file| file.as_deref().map(read_text).transpose());
    Ok(Some(KeySource { keys: keys?, discovery_url: discovery_url.clone(), discovery_ca_cert: discovery_ca_cert? }))
}

/// How its processes prove themselves, but for the keys.
async fn as_it_is(client: &ApiClient, id: &str) -> Result<UpdateGateway, CliError> {
    let known: GatewayDetails = client.get(&["api", "v1", "gateways", id], &[]).await?;
    let was = known.gateway.enrolment;
    Ok(UpdateGateway {
        method: Some(was.method),
        issuer: was.issuer,
        namespace: was.namespace,
        service_account_name: was.service_account_name,
        ..UpdateGateway::default()
    })
}
