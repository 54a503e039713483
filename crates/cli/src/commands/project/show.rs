//! `mayfly project show`.

use clap::Args;
use serde_json::json;

use super::find_project;
use crate::{context::Context, error::CliError};

/// Show a project
#[derive(Debug, Args)]
pub(crate) struct ShowArguments {
    /// Its slug [default: that of `--project`]
    slug: Option<String>,
}

/// Shows it.
pub(super) async fn run(arguments: &ShowArguments, context: &Context) -> Result<(), CliError> {
    let slug = arguments.slug.as_deref().map_or_else(|| context.project(), Ok)?;
    let project = find_project(&context.client()?, slug).await?;
    context.console.answer(&json!({"project": project}), |console| {
        let environments: Vec<&str> = project.environments.iter().map(|one| one.slug.as_str()).collect();
        console.sheet(&json!({
            "id": project.id,
            "slug": project.slug,
            "name": project.name,
            "description": project.description,
            "environments": environments,
            "hasDeleteProtection": project.has_delete_protection,
            "createdAt": project.created_at,
            "updatedAt": project.updated_at,
        }))
    })
}
