//! `mayfly environment ls`.

use mayfly_api::environments::EnvironmentSummary;
use serde_json::json;

use crate::{commands::project::find_project, console::Format, context::Context, error::CliError};

/// Lists them.
pub(super) async fn run(context: &Context) -> Result<(), CliError> {
    let project = find_project(&context.client()?, context.project()?).await?;
    match context.console.format {
        Format::Json => context.console.document(&json!({"environments": project.environments})),
        Format::Text | Format::Token | Format::Env => {
            context.console.table(&["SLUG", "NAME", "ID"], project.environments.iter().map(row))
        }
    }
}

fn row(environment: &EnvironmentSummary) -> Vec<String> {
    vec![environment.slug.clone(), environment.name.clone(), environment.id.clone()]
}
