//! `mayfly project rm`.

use clap::Args;
use mayfly_api::projects::ProjectBody;
use serde_json::json;

use super::find_project;
use crate::{commands::lease::words, context::Context, error::CliError};

/// Remove a project with everything in it, and end its leases
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
    if !arguments.yes {
        let question = format!("Remove `{}` with everything in it, and end its leases?", arguments.slug);
        context.console.confirm(&question, "nothing was removed")?;
    }
    let client = context.client()?;
    let project = find_project(&client, &arguments.slug).await?;
    let removed: ProjectBody = client.delete(&["api", "v1", "projects", &project.id], &json!({})).await?;
    context.console.answer(&removed, |console| {
        words::complain_of_left(removed.leases_left.as_deref());
        console.data(&removed.project.slug)
    })
}
