//! `mayfly env`: the environments of a project.

mod create;
mod ls;
mod rm;
mod set;
mod show;

use clap::Subcommand;

use super::project::find_project;
use crate::{client::ApiClient, context::Context, error::CliError};

/// Make, see, change and remove the environments of a project
#[derive(Debug, Subcommand)]
pub(crate) enum EnvironmentCommand {
    /// List them, with the ids that `mayfly stop` and `mayfly lease end` take
    Ls,
    Show(show::ShowArguments),
    Create(create::CreateArguments),
    Set(set::SetArguments),
    Rm(rm::RmArguments),
}

/// Does it.
pub(crate) async fn run(command: EnvironmentCommand, context: &Context) -> Result<(), CliError> {
    match command {
        EnvironmentCommand::Ls => ls::run(context).await,
        EnvironmentCommand::Show(arguments) => show::run(&arguments, context).await,
        EnvironmentCommand::Create(arguments) => create::run(&arguments, context).await,
        EnvironmentCommand::Set(arguments) => set::run(&arguments, context).await,
        EnvironmentCommand::Rm(arguments) => rm::run(&arguments, context).await,
    }
}

/// An environment, as paths of the API name it.
#[derive(Debug)]
pub(super) struct FoundEnvironment {
    /// Id of its project.
    pub(super) project: String,
    /// Its own id.
    pub(super) id: String,
}

/// The environment with this slug.
pub(super) async fn find_environment(
    client: &ApiClient,
    project: &str,
    slug: &str,
) -> Result<FoundEnvironment, CliError> {
    let project = find_project(client, project).await?;
    let found = project.environments.into_iter().find(|environment| environment.slug == slug);
    let absent = || CliError::NotFound(format!("there is no environment `{slug}`: see `mayfly env ls`"));
    Ok(FoundEnvironment { project: project.id, id: found.ok_or_else(absent)?.id })
}
