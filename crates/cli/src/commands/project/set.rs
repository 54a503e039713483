//! `mayfly project set`.

use clap::Args;
use mayfly_api::projects::{ProjectBody, UpdateProjectRequest};

use super::find_project;
use crate::{context::Context, error::CliError};

/// Change a project
#[derive(Debug, Args)]
#[command(group = clap::ArgGroup::new("change").required(true).multiple(true).args([
    "name", "new_slug", "description", "delete_protection",
]))]
pub(crate) struct SetArguments {
    /// Its slug
    slug: String,
    /// Another name
    #[arg(long)]
    name: Option<String>,
    /// Another slug
    #[arg(long, value_name = "SLUG")]
    new_slug: Option<String>,
    /// What it is for
    #[arg(long, value_name = "TEXT")]
    description: Option<String>,
    /// Whether it can be removed only after this is set to false
    #[arg(long, value_name = "true|false")]
    delete_protection: Option<bool>,
}

/// Changes it, and prints its slug.
pub(super) async fn run(arguments: &SetArguments, context: &Context) -> Result<(), CliError> {
    let client = context.client()?;
    let project = find_project(&client, &arguments.slug).await?;
    let request = UpdateProjectRequest {
        name: arguments.name.clone(),
        slug: arguments.new_slug.clone(),
        description: arguments.description.clone(),
        has_delete_protection: arguments.delete_protection,
    };
    let changed: ProjectBody = client.patch(&["api", "v1", "projects", &project.id], &request).await?;
    context.console.answer(&changed, |console| console.data(&changed.project.slug))
}
