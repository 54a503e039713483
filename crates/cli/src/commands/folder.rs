//! `mayfly folder`: the folders of an environment.

mod create;
mod ls;
mod rm;
mod set;
mod show;

use clap::Subcommand;
use mayfly_api::folders::FolderBody;

use super::project::find_project;
use crate::{client::ApiClient, context::Context, error::CliError};

/// Make, see, change and remove the folders of an environment
///
/// They are those of `--project` and `--env`.
#[derive(Debug, Subcommand)]
pub(crate) enum FolderCommand {
    Ls(ls::LsArguments),
    Show(show::ShowArguments),
    Create(create::CreateArguments),
    Set(set::SetArguments),
    Rm(rm::RmArguments),
}

/// Does it.
pub(crate) async fn run(command: FolderCommand, context: &Context) -> Result<(), CliError> {
    match command {
        FolderCommand::Ls(arguments) => ls::run(&arguments, context).await,
        FolderCommand::Show(arguments) => show::run(&arguments, context).await,
        FolderCommand::Create(arguments) => create::run(&arguments, context).await,
        FolderCommand::Set(arguments) => set::run(&arguments, context).await,
        FolderCommand::Rm(arguments) => rm::run(&arguments, context).await,
    }
}

/// The folder at this path, and the id of its project.
async fn find_folder(client: &ApiClient, context: &Context, path: &str) -> Result<(String, FolderBody), CliError> {
    let place = context.place()?;
    let project = find_project(client, place.project).await?.id;
    let found = client.get(&["api", "v1", "folders", &project, place.environment, path], &[]).await?;
    Ok((project, found))
}

/// The folder around a path, and what it is called there.
fn split(path: &str) -> Result<(&str, &str), CliError> {
    let path = path.trim_end_matches('/');
    match path.rsplit_once('/') {
        Some((around, name)) if path.starts_with('/') => Ok((if around.is_empty() { "/" } else { around }, name)),
        _ => Err(CliError::Usage("which folder? Give its whole path, such as `/k8s/team-a`".to_owned())),
    }
}

#[cfg(test)]
mod tests {
    use super::split;

    #[test]
    fn a_path_ends_with_the_folder_s_name() {
        assert_eq!(split("/k8s/team-a").unwrap(), ("/k8s", "team-a"));
        assert_eq!(split("/k8s/").unwrap(), ("/", "k8s"));
        for bad in ["/", "", "k8s", "k8s/team-a"] {
            assert!(split(bad).is_err(), "`{bad}`");
        }
    }
}
