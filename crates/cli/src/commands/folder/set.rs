//! `mayfly folder set`.

use clap::Args;
use mayfly_api::folders::{FolderBody, UpdateFolderRequest};

use super::{find_folder, split};
use crate::{context::Context, error::CliError};

/// Rename a folder, or describe it anew
///
/// Rules of roles name folders by path: a new name is refused where it would bring you rights.
#[derive(Debug, Args)]
#[command(group = clap::ArgGroup::new("change").required(true).multiple(true).args(["name", "description"]))]
pub(crate) struct SetArguments {
    /// Its whole path
    folder: String,
    /// Another name
    #[arg(long)]
    name: Option<String>,
    /// What it is for
    #[arg(long, value_name = "TEXT")]
    description: Option<String>,
}

/// Changes it, and prints its path.
pub(super) async fn run(arguments: &SetArguments, context: &Context) -> Result<(), CliError> {
    let (around, name) = split(&arguments.folder)?;
    let client = context.client()?;
    let (project, found) = find_folder(&client, context, &arguments.folder).await?;
    let request = UpdateFolderRequest {
        project_id: Some(project),
        environment: context.place()?.environment.to_owned(),
        name: arguments.name.clone().unwrap_or_else(|| name.to_owned()),
        path: Some(around.to_owned()),
        // What is not sent is taken away.
        description: arguments.description.clone().or(found.folder.description),
        ..UpdateFolderRequest::default()
    };
    let changed: FolderBody = client.patch(&["api", "v2", "folders", &found.folder.id], &request).await?;
    context.console.answer(&changed, |console| console.data(&changed.folder.path))
}
