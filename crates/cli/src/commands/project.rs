//! `mayfly project`: making, finding, changing and removing projects.

mod create;
mod ls;
mod rm;
mod set;
mod show;

use clap::Subcommand;
use mayfly_api::projects::Project;

use crate::{arguments::path_segment, client::ApiClient, context::Context, error::CliError};

/// Make, see, change and remove projects
#[derive(Debug, Subcommand)]
pub(crate) enum ProjectCommand {
    /// List the projects you can see
    Ls,
    Show(show::ShowArguments),
    Create(create::CreateArguments),
    Set(set::SetArguments),
    Rm(rm::RmArguments),
}

/// The project with this slug.
pub(super) async fn find_project(client: &ApiClient, slug: &str) -> Result<Project, CliError> {
    let slug = path_segment(slug).map_err(|fault| CliError::Usage(format!("`--project` {fault}")))?;
    client.get(&["api", "v1", "projects", "slug", &slug], &[]).await
}

/// Does it.
pub(crate) async fn run(command: ProjectCommand, context: &Context) -> Result<(), CliError> {
    match command {
        ProjectCommand::Ls => ls::run(context).await,
        ProjectCommand::Show(arguments) => show::run(&arguments, context).await,
        ProjectCommand::Create(arguments) => create::run(arguments, context).await,
        ProjectCommand::Set(arguments) => set::run(&arguments, context).await,
        ProjectCommand::Rm(arguments) => rm::run(&arguments, context).await,
    }
}
