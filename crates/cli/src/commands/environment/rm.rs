//! `mayfly env rm`.

use clap::Args;
use mayfly_api::environments::ChangedEnvironment;
use serde_json::json;

use super::find_environment;
use crate::{commands::lease::words, context::Context, error::CliError};

/// Remove an environment with all its folders and dynamic secrets, and end their leases
#[derive(Debug, Args)]
pub(crate) struct RmArguments {
    /// Its slug
    slug: String,
    /// Do not ask
    #[arg(short, long)]
    yes: bool,
}

/// Removes it, and names what is left of its leases.
pub(super) async fn run(arguments: &RmArguments, context: &Context) -> Result<(), CliError> {
    let (project, slug) = (context.project()?, &arguments.slug);
    if !arguments.yes {
        let question = format!("Remove `{slug}` of {project} with all that is in it, and end its leases?");
        context.console.confirm(&question, "nothing was removed")?;
    }
    let client = context.client()?;
    let found = find_environment(&client, project, slug).await?;
    let path = ["api", "v1", "projects", &found.project, "environments", &found.id];
    let removed: ChangedEnvironment = client.delete(&path, &json!({})).await?;
    context.console.answer(&removed, |console| {
        words::complain_of_left(removed.leases_left.as_deref());
        console.data(&removed.environment.slug)
    })
}
