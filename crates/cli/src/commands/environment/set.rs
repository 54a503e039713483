//! `mayfly env set`.

use clap::Args;
use mayfly_api::environments::{ChangedEnvironment, UpdateEnvironmentRequest};

use super::find_environment;
use crate::{context::Context, error::CliError};

/// Change an environment
///
/// Rules of roles name environments by slug: a new slug is refused where it would bring you rights.
#[derive(Debug, Args)]
#[command(group = clap::ArgGroup::new("change").required(true).multiple(true).args(["name", "new_slug", "position"]))]
pub(crate) struct SetArguments {
    /// Its slug
    slug: String,
    /// Another name
    #[arg(long)]
    name: Option<String>,
    /// Another slug
    #[arg(long, value_name = "SLUG")]
    new_slug: Option<String>,
    /// Another place in lists, from 1
    #[arg(long, value_name = "NUMBER")]
    position: Option<i64>,
}

/// Changes it.
pub(super) async fn run(arguments: &SetArguments, context: &Context) -> Result<(), CliError> {
    let client = context.client()?;
    let found = find_environment(&client, context.project()?, &arguments.slug).await?;
    let path = ["api", "v1", "projects", &found.project, "environments", &found.id];
    let request = UpdateEnvironmentRequest {
        name: arguments.name.clone(),
        slug: arguments.new_slug.clone(),
        position: arguments.position,
    };
    let changed: ChangedEnvironment = client.patch(&path, &request).await?;
    context.console.answer(&changed, |console| console.sheet(&changed.environment))
}
