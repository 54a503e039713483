//! `mayfly sso show`.

use clap::Args;
use mayfly_api::sso::SsoProviderBody;

use super::path_of;
use crate::{arguments::path_segment, context::Context, error::CliError};

/// Show a provider, and the redirect URI to enter there; its client secret is never shown
#[derive(Debug, Args)]
pub(crate) struct ShowArguments {
    /// Its short name
    #[arg(value_parser = path_segment)]
    slug: String,
}

/// Shows it.
pub(super) async fn run(arguments: &ShowArguments, context: &Context) -> Result<(), CliError> {
    let found: SsoProviderBody = context.client()?.get(&path_of(&arguments.slug, &[]), &[]).await?;
    context.console.answer(&found, |console| console.sheet(&found.provider))
}
