//! `mayfly project create`.

use clap::Args;
use mayfly_api::projects::{CreateProjectRequest, ProjectBody};

use crate::{console::Format, context::Context, error::CliError};

/// Make a project, with the environments dev, staging and prod
#[derive(Debug, Args)]
pub(crate) struct CreateArguments {
    /// Its name
    name: String,
    /// Its slug [default: made from the name]
    #[arg(long)]
    slug: Option<String>,
    /// What it is for
    #[arg(long, value_name = "TEXT")]
    description: Option<String>,
}

/// Makes it, and prints its slug.
pub(super) async fn run(arguments: CreateArguments, context: &Context) -> Result<(), CliError> {
    let request = CreateProjectRequest {
        project_name: arguments.name,
        project_description: arguments.description,
        slug: arguments.slug,
        ..CreateProjectRequest::default()
    };
    let made: ProjectBody = context.client()?.post(&["api", "v1", "projects"], &request).await?;
    match context.console.format {
        Format::Json => context.console.document(&made),
        Format::Text | Format::Token | Format::Env => context.console.data(&made.project.slug),
    }
}
