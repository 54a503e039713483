//! `mayfly env create`.

use clap::Args;
use mayfly_api::environments::{ChangedEnvironment, CreateEnvironmentRequest};

use crate::{commands::project::find_project, context::Context, error::CliError};

/// Make an environment
#[derive(Debug, Args)]
pub(crate) struct CreateArguments {
    /// Its slug
    slug: String,
    /// Its name [default: the slug]
    #[arg(long)]
    name: Option<String>,
    /// Its place in lists, from 1 [default: the end]
    #[arg(long, value_name = "NUMBER")]
    position: Option<i64>,
}

/// Makes it, and prints its slug.
pub(super) async fn run(arguments: &CreateArguments, context: &Context) -> Result<(), CliError> {
    let client = context.client()?;
    let project = find_project(&client, context.project()?).await?;
    let request = CreateEnvironmentRequest {
        name: arguments.name.clone().unwrap_or_else(|| arguments.slug.clone()),
        slug: arguments.slug.clone(),
        position: arguments.position,
    };
    let made: ChangedEnvironment =
        client.post(&["api", "v1", "projects", &project.id, "environments"], &request).await?;
    context.console.answer(&made, |console| console.data(&made.environment.slug))
}
