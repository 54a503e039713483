//! `mayfly sso test`.

use clap::Args;
use mayfly_api::sso::SsoTestBody;
use serde_json::json;

use super::path_of;
use crate::{arguments::path_segment, context::Context, error::CliError};

/// Try whether a provider can be reached and offers what a sign-in needs
#[derive(Debug, Args)]
pub(crate) struct TestArguments {
    /// Its short name
    #[arg(value_parser = path_segment)]
    slug: String,
}

/// Tries it. A failed check is an answer, and ends with another exit code.
pub(super) async fn run(arguments: &TestArguments, context: &Context) -> Result<(), CliError> {
    let path = path_of(&arguments.slug, &["test"]);
    let tested: SsoTestBody = context.client()?.post(&path, &json!({})).await?;
    context.console.answer(&tested, |console| {
        let rows = tested.checks.iter().map(|check| {
            let told = if check.is_passed { "ok" } else { "failed" };
            vec![check.name.clone(), told.to_owned(), check.message.clone()]
        });
        console.table(&["CHECK", "RESULT", "FOUND"], rows)
    })?;
    if tested.is_passed {
        Ok(())
    } else {
        Err(CliError::Partly("the provider is not as a sign-in needs it".to_owned()))
    }
}
