//! `mayfly identity set`.

use clap::Args;
use mayfly_api::identities::{IdentityBody, UpdateIdentityRequest};

use super::id_of;
use crate::{context::Context, error::CliError};

/// Change a machine identity
#[derive(Debug, Args)]
#[command(group = clap::ArgGroup::new("change").required(true).multiple(true).args([
    "name", "organization_role", "delete_protection",
]))]
pub(crate) struct SetArguments {
    /// The identity, by name or id
    identity: String,
    /// Another name
    #[arg(long)]
    name: Option<String>,
    /// Its role in the organization: admin, member or no-access
    #[arg(long, value_name = "ROLE")]
    organization_role: Option<String>,
    /// Whether it can be removed only after this is set to false
    #[arg(long, value_name = "true|false")]
    delete_protection: Option<bool>,
}

/// Changes it.
pub(super) async fn run(arguments: &SetArguments, context: &Context) -> Result<(), CliError> {
    let client = context.client()?;
    let id = id_of(&client, &arguments.identity).await?;
    let request = UpdateIdentityRequest {
        name: arguments.name.clone(),
        role: arguments.organization_role.clone(),
        has_delete_protection: arguments.delete_protection,
        ..UpdateIdentityRequest::default()
    };
    let changed: IdentityBody = client.patch(&["api", "v1", "identities", &id], &request).await?;
    context.console.answer(&changed, |console| console.sheet(&changed.identity))
}
