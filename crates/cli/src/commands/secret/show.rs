//! `mayfly secret show`.

use clap::Args;
use mayfly_api::dynamic_secrets::DynamicSecretBody;

use super::without_token;
use crate::{arguments::path_segment, console::Format, context::Context, error::CliError};

/// Show a dynamic secret with all its fields, but for the cluster token
#[derive(Debug, Args)]
pub(crate) struct ShowArguments {
    /// Its name
    #[arg(value_parser = path_segment)]
    name: String,
}

/// Shows it.
pub(super) async fn run(arguments: &ShowArguments, context: &Context) -> Result<(), CliError> {
    let path = ["api", "v1", "dynamic-secrets", &arguments.name];
    let found: DynamicSecretBody = context.client()?.get(&path, &context.place()?.query()).await?;
    let found = without_token(found);
    match context.console.format {
        Format::Json => context.console.document(&found),
        Format::Text | Format::Token | Format::Env => context.console.sheet(&found.dynamic_secret),
    }
}
