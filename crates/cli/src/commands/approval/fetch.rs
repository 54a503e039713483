//! `mayfly approval fetch`.

use clap::Args;
use mayfly_api::leases::IssuedLease;
use serde_json::json;

use super::{path_in, segments};
use crate::{
    arguments::path_segment,
    client::ApiClient,
    commands::{project::find_project, token},
    context::Context,
    error::CliError,
};

/// Issue the token that others agreed to
///
/// It is printed as `mayfly token` prints it, this once, and only to the one who asked.
#[derive(Debug, Args)]
pub(crate) struct FetchArguments {
    /// The request, as `mayfly approval ls` shows it
    #[arg(value_name = "ID", value_parser = path_segment)]
    id: String,
    /// Print it on a terminal too
    #[arg(long)]
    show: bool,
}

/// Issues it.
pub(super) async fn run(arguments: &FetchArguments, context: &Context) -> Result<(), CliError> {
    token::expect_out_of_sight(arguments.show, &format!("approval fetch {}", arguments.id), context)?;
    let client = context.client()?;
    let project = find_project(&client, context.project()?).await?.id;
    let issued = fetch(&client, &project, &arguments.id).await?;
    token::hand_over(&issued, &client, context)
}

/// Issues what was agreed to.
pub(super) async fn fetch(client: &ApiClient, project: &str, id: &str) -> Result<IssuedLease, CliError> {
    let mut path = path_in(project);
    path.extend([id, "lease"].map(str::to_owned));
    client.post(&segments(&path), &json!({})).await
}
