//! `mayfly role ls`.

use mayfly_api::roles::{Role, RoleList};

use crate::{commands::project::find_project, context::Context, error::CliError};

/// Lists them.
pub(super) async fn run(context: &Context) -> Result<(), CliError> {
    let client = context.client()?;
    let project = find_project(&client, context.project()?).await?.id;
    let list: RoleList = client.get(&["api", "v1", "projects", &project, "roles"], &[]).await?;
    context.console.answer(&list, |console| {
        console.table(&["SLUG", "NAME", "KIND", "RULES", "DESCRIPTION"], list.roles.iter().map(row))
    })
}

fn row(role: &Role) -> Vec<String> {
    let kind = if role.created_at.is_some() { "own" } else { "built-in" };
    let description = role.description.clone().filter(|text| !text.is_empty());
    vec![
        role.slug.clone(),
        role.name.clone(),
        kind.to_owned(),
        role.permissions.len().to_string(),
        description.unwrap_or_else(|| "-".to_owned()),
    ]
}
