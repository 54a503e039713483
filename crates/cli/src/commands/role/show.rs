//! `mayfly role show`.

use clap::Args;
use mayfly_api::roles::{Role, RoleBody, RoleList};
use serde_json::json;

use super::rule;
use crate::{commands::project::find_project, context::Context, error::CliError};

/// Show a role and its rules, as `--allow` and `--forbid` take them
#[derive(Debug, Args)]
pub(crate) struct ShowArguments {
    /// Its slug
    slug: String,
}

/// Shows it. The built-in ones are in the list only.
pub(super) async fn run(arguments: &ShowArguments, context: &Context) -> Result<(), CliError> {
    let client = context.client()?;
    let project = find_project(&client, context.project()?).await?.id;
    let list: RoleList = client.get(&["api", "v1", "projects", &project, "roles"], &[]).await?;
    let found = list.roles.into_iter().find(|role| role.slug == arguments.slug);
    let absent = || CliError::NotFound(format!("there is no role `{}`: see `mayfly role ls`", arguments.slug));
    print(&RoleBody { role: found.ok_or_else(absent)?, leases_left: None }, context)
}

/// Prints it.
pub(super) fn print(body: &RoleBody, context: &Context) -> Result<(), CliError> {
    context.console.answer(body, |console| {
        let Role { slug, name, description, permissions, .. } = &body.role;
        let rules = permissions.iter().map(rule::line).collect::<Vec<_>>().join("\n");
        console.sheet(&json!({"slug": slug, "name": name, "description": description, "rules": rules}))
    })
}
