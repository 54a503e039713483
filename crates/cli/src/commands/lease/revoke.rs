//! `mayfly lease revoke`: ending leases before their time.

use clap::Args;
use mayfly_api::leases::{Lease, LeaseBody, LeasePlaceRequest};
use serde_json::json;

use super::words;
use crate::{
    arguments::path_segment,
    client::ApiClient,
    console::{self, Format},
    context::{Context, Place},
    error::CliError,
};

/// End leases before their time
///
/// It says first what that does. The token of an existing service account cannot be taken back: its lease is closed,
/// and the token stays valid until it expires.
#[derive(Debug, Args)]
pub(crate) struct RevokeArguments {
    /// The leases
    #[arg(required = true, value_name = "ID", value_parser = path_segment)]
    ids: Vec<String>,
    /// Do not ask
    #[arg(short, long)]
    yes: bool,
}

const NOTHING_DONE: &str = "nothing was ended";

/// Ends them.
pub(crate) async fn run(arguments: &RevokeArguments, context: &Context) -> Result<(), CliError> {
    if !arguments.yes {
        context.console.expect_somebody(NOTHING_DONE)?;
    }
    let (client, place) = (context.client()?, context.place()?);
    if !arguments.yes {
        confirm(&client, arguments, context).await?;
    }
    let (mut ended, mut failed) = (Vec::new(), Vec::new());
    for id in &arguments.ids {
        match end(&client, place, id).await {
            Ok(lease) => ended.push(lease),
            Err(error) => failed.push((id, error)),
        }
    }
    print(context, &ended)?;
    outcome(ended.len(), failed)
}

/// Shows what would happen, and asks.
async fn confirm(client: &ApiClient, arguments: &RevokeArguments, context: &Context) -> Result<(), CliError> {
    for id in &arguments.ids {
        let LeaseBody { lease } =
            client.get(&["api", "v1", "dynamic-secrets", "leases", id], &context.place()?.query()).await?;
        console::complain(&format!("{id} ({}): {}", words::account(&lease), words::effect_of_ending(&lease)));
    }
    let question = if arguments.ids.len() == 1 { "End it?" } else { "End them?" };
    context.console.confirm(question, NOTHING_DONE)
}

/// Ends the lease of a dynamic secret that lies at `place`.
pub(crate) async fn end(client: &ApiClient, place: Place<'_>, id: &str) -> Result<Lease, CliError> {
    let request = LeasePlaceRequest {
        project_slug: place.project.to_owned(),
        environment_slug: place.environment.to_owned(),
        path: Some(place.path.to_owned()),
        is_forced: None,
    };
    let body: LeaseBody = client.delete(&["api", "v1", "dynamic-secrets", "leases", id], &request).await?;
    Ok(body.lease)
}

fn print(context: &Context, ended: &[Lease]) -> Result<(), CliError> {
    match context.console.format {
        Format::Json => context.console.document(&json!({"leases": ended})),
        Format::Text | Format::Token | Format::Env => ended
            .iter()
            .try_for_each(|lease| context.console.data(&format!("{} {}", lease.id, words::effect_of_ended(lease)))),
    }
}

/// All that failed is told; where some were ended, the work is half done.
fn outcome(ended: usize, failed: Vec<(&String, CliError)>) -> Result<(), CliError> {
    let (count, mut failed) = (failed.len(), failed.into_iter());
    let Some((id, first)) = failed.next() else { return Ok(()) };
    let result = if ended == 0 {
        first
    } else {
        complain(id, &first);
        CliError::Partly(format!("{ended} ended, {count} not"))
    };
    failed.for_each(|(id, error)| complain(id, &error));
    Err(result)
}

fn complain(id: &str, error: &CliError) {
    error.lines().iter().for_each(|line| console::complain(&format!("{id}: {line}")));
}
