//! `mayfly project`: making and finding projects.

mod create;
mod ls;

use clap::Subcommand;
use mayfly_api::projects::Project;

use crate::{arguments::path_segment, client::ApiClient, context::Context, error::CliError};

/// Make and list projects
#[derive(Debug, Subcommand)]
pub(crate) enum ProjectCommand {
    Create(create::CreateArguments),
    /// List the projects you can see
    Ls,
}

/// The project with this slug.
pub(super) async fn find_project(client: &ApiClient, slug: &str) -> Result<Project, CliError> {
    let slug = path_segment(slug).map_err(|fault| CliError::Usage(format!("`--project` {fault}")))?;
    client.get(&["api", "v1", "projects", "slug", &slug], &[]).await
}

/// Does it.
pub(crate) async fn run(command: ProjectCommand, context: &Context) -> Result<(), CliError> {
    match command {
        ProjectCommand::Create(arguments) => create::run(arguments, context).await,
        ProjectCommand::Ls => ls::run(context).await,
    }
}
