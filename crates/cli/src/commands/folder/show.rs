//! `mayfly folder show`.

use clap::Args;

use super::find_folder;
use crate::{context::Context, error::CliError};

/// Show a folder
#[derive(Debug, Args)]
pub(crate) struct ShowArguments {
    /// Its whole path
    folder: String,
}

/// Shows it.
pub(super) async fn run(arguments: &ShowArguments, context: &Context) -> Result<(), CliError> {
    let (_, found) = find_folder(&context.client()?, context, &arguments.folder).await?;
    context.console.answer(&found, |console| console.sheet(&found.folder))
}
