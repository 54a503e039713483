//! `mayfly group create`.

use clap::Args;
use mayfly_api::groups::{GroupBody, GroupRequest};

use crate::{context::Context, error::CliError};

/// Make a group
#[derive(Debug, Args)]
pub(crate) struct CreateArguments {
    /// Its slug
    slug: String,
    /// Its name [default: the slug]
    #[arg(long)]
    name: Option<String>,
}

/// Makes it, and prints its slug.
pub(super) async fn run(arguments: &CreateArguments, context: &Context) -> Result<(), CliError> {
    let slug = arguments.slug.clone();
    let request = GroupRequest { name: arguments.name.clone().unwrap_or_else(|| slug.clone()), slug };
    let made: GroupBody = context.client()?.post(&["api", "v1", "groups"], &request).await?;
    context.console.answer(&made, |console| console.data(&made.group.slug))
}
