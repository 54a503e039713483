//! `mayfly member show`.

use clap::Args;
use serde_json::json;

use super::membership::{AnyMembership, Member};
use crate::{
    client::ApiClient,
    commands::{
        principal::{AnyPrincipal, Principal},
        project::find_project,
    },
    context::Context,
    error::CliError,
};

/// Show what somebody was given in the project
///
/// What they may do, through groups too, is told by `mayfly access rights`.
#[derive(Debug, Args)]
pub(crate) struct ShowArguments {
    #[command(flatten)]
    who: AnyPrincipal,
}

/// Shows it.
pub(super) async fn run(arguments: &ShowArguments, context: &Context) -> Result<(), CliError> {
    let client = context.client()?;
    let path = path(&client, context, &arguments.who.find(&client).await?).await?;
    show(&client, context, &path).await
}

/// Shows the membership at this path, as it is now.
pub(super) async fn show(client: &ApiClient, context: &Context, path: &[String]) -> Result<(), CliError> {
    let segments: Vec<&str> = path.iter().map(String::as_str).collect();
    let found: AnyMembership = client.get(&segments, &[]).await?;
    print(&found.into(), context)
}

/// Prints a membership.
pub(super) fn print(member: &Member, context: &Context) -> Result<(), CliError> {
    context.console.answer(&json!({"member": member}), |console| console.sheet(&member.sheet()))
}

/// Where somebody's membership is.
pub(super) async fn path(client: &ApiClient, context: &Context, who: &Principal) -> Result<Vec<String>, CliError> {
    let project = find_project(client, context.project()?).await?.id;
    let path = ["api", "v1", "projects", &project, "memberships", who.kind.plural(), &who.id];
    Ok(path.map(str::to_owned).to_vec())
}
