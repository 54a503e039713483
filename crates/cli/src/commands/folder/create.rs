//! `mayfly folder create`.

use clap::Args;
use mayfly_api::folders::{CreateFolderRequest, FolderBody};

use super::split;
use crate::{commands::project::find_project, context::Context, error::CliError};

/// Make a folder
#[derive(Debug, Args)]
pub(crate) struct CreateArguments {
    /// Its whole path; the folder around it is there already
    folder: String,
    /// What it is for
    #[arg(long, value_name = "TEXT")]
    description: Option<String>,
}

/// Makes it, and prints its path.
pub(super) async fn run(arguments: &CreateArguments, context: &Context) -> Result<(), CliError> {
    let (around, name) = split(&arguments.folder)?;
    let (client, place) = (context.client()?, context.place()?);
    let request = CreateFolderRequest {
        project_id: Some(find_project(&client, place.project).await?.id),
        environment: place.environment.to_owned(),
        name: name.to_owned(),
        path: Some(around.to_owned()),
        description: arguments.description.clone(),
        ..CreateFolderRequest::default()
    };
    let made: FolderBody = client.post(&["api", "v2", "folders"], &request).await?;
    context.console.answer(&made, |console| console.data(&made.folder.path))
}
