//! `mayfly role rm`.

use clap::Args;
use mayfly_api::roles::RoleBody;
use serde_json::json;

use super::find_role;
use crate::{context::Context, error::CliError};

/// Remove a role that nobody holds
#[derive(Debug, Args)]
pub(crate) struct RmArguments {
    /// Its slug
    slug: String,
    /// Do not ask
    #[arg(short, long)]
    yes: bool,
}

/// Removes it.
pub(super) async fn run(arguments: &RmArguments, context: &Context) -> Result<(), CliError> {
    if !arguments.yes {
        context.console.confirm(&format!("Remove the role {}?", arguments.slug), "nothing was removed")?;
    }
    let client = context.client()?;
    let role = find_role(&client, context, &arguments.slug).await?;
    let path = ["api", "v1", "projects", &role.project_id, "roles", &role.id];
    let removed: RoleBody = client.delete(&path, &json!({})).await?;
    context.console.answer(&removed, |console| console.data(&removed.role.slug))
}
