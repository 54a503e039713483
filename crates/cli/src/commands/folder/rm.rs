//! `mayfly folder rm`.

use clap::Args;
use mayfly_api::folders::{DeleteFolderRequest, FolderBody};

use super::{find_folder, split};
use crate::{commands::lease::words, context::Context, error::CliError};

/// Remove a folder that is empty, or with all that is in it
#[derive(Debug, Args)]
pub(crate) struct RmArguments {
    /// Its whole path
    folder: String,
    /// Remove what is in it too, and end its leases
    #[arg(long)]
    contents: bool,
    /// Do not ask
    #[arg(short, long)]
    yes: bool,
}

/// Removes it, and names what is left of its leases.
pub(super) async fn run(arguments: &RmArguments, context: &Context) -> Result<(), CliError> {
    let (around, _) = split(&arguments.folder)?;
    let place = context.place()?;
    if !arguments.yes {
        let with = if arguments.contents { " with all that is in it, and end its leases" } else { "" };
        let question = format!("Remove `{}` of {}{with}?", arguments.folder, place.environment);
        context.console.confirm(&question, "nothing was removed")?;
    }
    let client = context.client()?;
    let (project, found) = find_folder(&client, context, &arguments.folder).await?;
    let request = DeleteFolderRequest {
        project_id: Some(project),
        environment: place.environment.to_owned(),
        path: Some(around.to_owned()),
        force_delete: arguments.contents.then_some(true),
        ..DeleteFolderRequest::default()
    };
    let removed: FolderBody = client.delete(&["api", "v2", "folders", &found.folder.id], &request).await?;
    context.console.answer(&removed, |console| {
        words::complain_of_left(removed.leases_left.as_deref());
        console.data(&removed.folder.path)
    })
}
