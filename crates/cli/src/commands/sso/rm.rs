//! `mayfly sso rm`.

use clap::Args;
use mayfly_api::sso::SsoProviderBody;
use serde_json::json;

use super::path_of;
use crate::{arguments::path_segment, context::Context, error::CliError};

/// Remove a provider; whoever signs in by it leaves the groups they are in by it, and their sessions end
#[derive(Debug, Args)]
pub(crate) struct RmArguments {
    /// Its short name
    #[arg(value_parser = path_segment)]
    slug: String,
    /// Do not ask
    #[arg(short, long)]
    yes: bool,
}

/// Removes it.
pub(super) async fn run(arguments: &RmArguments, context: &Context) -> Result<(), CliError> {
    if !arguments.yes {
        let slug = &arguments.slug;
        let question = format!("Remove the identity provider {slug}? Whoever signs in by it is signed out.");
        context.console.confirm(&question, "nothing was removed")?;
    }
    let removed: SsoProviderBody = context.client()?.delete(&path_of(&arguments.slug, &[]), &json!({})).await?;
    context.console.answer(&removed, |console| console.data(&removed.provider.slug))
}
