//! `mayfly env show`.

use clap::Args;
use mayfly_api::environments::EnvironmentBody;

use super::find_environment;
use crate::{context::Context, error::CliError};

/// Show an environment
#[derive(Debug, Args)]
pub(crate) struct ShowArguments {
    /// Its slug
    slug: String,
}

/// Shows it.
pub(super) async fn run(arguments: &ShowArguments, context: &Context) -> Result<(), CliError> {
    let client = context.client()?;
    let found = find_environment(&client, context.project()?, &arguments.slug).await?;
    let path = ["api", "v1", "projects", &found.project, "environments", &found.id];
    let found: EnvironmentBody = client.get(&path, &[]).await?;
    context.console.answer(&found, |console| console.sheet(&found.environment))
}
