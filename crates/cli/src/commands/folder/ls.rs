//! `mayfly folder ls`.

use clap::Args;
use mayfly_api::folders::{Folder, FolderList};

use crate::{commands::project::find_project, context::Context, error::CliError};

/// List the folders in the folder of `--path`
#[derive(Debug, Args)]
pub(crate) struct LsArguments {
    /// All below it too
    #[arg(short, long)]
    recursive: bool,
}

/// Lists them.
pub(super) async fn run(arguments: &LsArguments, context: &Context) -> Result<(), CliError> {
    let (client, place) = (context.client()?, context.place()?);
    let project = find_project(&client, place.project).await?.id;
    let mut query = vec![("projectId", project.as_str()), ("environment", place.environment), ("path", place.path)];
    query.extend(arguments.recursive.then_some(("recursive", "true")));
    let list: FolderList = client.get(&["api", "v2", "folders"], &query).await?;
    context.console.answer(&list, |console| {
        if list.folders.is_empty() {
            console.say("no folders: `mayfly folder create PATH` makes one");
            return Ok(());
        }
        console.table(&["PATH", "DESCRIPTION", "ID"], list.folders.iter().map(row))
    })
}

fn row(folder: &Folder) -> Vec<String> {
    let description = folder.description.clone().filter(|text| !text.is_empty());
    vec![folder.path.clone(), description.unwrap_or_else(|| "-".to_owned()), folder.id.clone()]
}
