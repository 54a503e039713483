//! `mayfly lease ls`: the live leases of a dynamic secret, or all that a project ever had.

use clap::Args;
use mayfly_api::leases::{Lease, LeaseHistory, LeaseList};
use serde_json::json;

use super::words;
use crate::{
    arguments::path_segment, client::ApiClient, console::Format, context::Context, error::CliError, pages, time,
};

/// List leases: the live ones of a dynamic secret, or the project's newest in every state
#[derive(Debug, Args)]
pub(crate) struct LsArguments {
    /// The dynamic secret
    #[arg(value_parser = path_segment)]
    name: Option<String>,
    /// Every lease the project ever had, not only the newest
    #[arg(long, conflicts_with = "name")]
    all: bool,
}

/// As many as the server gives at once.
const PAGE: &str = "100";

/// Lists them.
pub(crate) async fn run(arguments: &LsArguments, context: &Context) -> Result<(), CliError> {
    let client = context.client()?;
    let (leases, rest) = match &arguments.name {
        Some(name) => (live(&client, context, name).await?, Rest::None),
        None if arguments.all => (every(&client, context.project()?).await?, Rest::None),
        None => newest(&client, context.project()?).await?,
    };
    print(context, &leases)?;
    if rest == Rest::Unread {
        context.console.say("there are more: `--all` lists them");
    }
    Ok(())
}

/// Whether there are leases that were not read.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Rest {
    None,
    Unread,
}

async fn live(client: &ApiClient, context: &Context, name: &str) -> Result<Vec<Lease>, CliError> {
    let place = context.place()?;
    let list: LeaseList = client.get(&["api", "v1", "dynamic-secrets", name, "leases"], &place.query()).await?;
    Ok(list.leases)
}

async fn newest(client: &ApiClient, project: &str) -> Result<(Vec<Lease>, Rest), CliError> {
    let page = page(client, project, None).await?;
    let rest = if page.next_cursor.is_some() { Rest::Unread } else { Rest::None };
    Ok((page.leases, rest))
}

async fn every(client: &ApiClient, project: &str) -> Result<Vec<Lease>, CliError> {
    let all = pages::every(async |cursor| {
        let page = page(client, project, cursor).await?;
        Ok((page.leases, page.next_cursor))
    });
    all.await
}

async fn page(client: &ApiClient, project: &str, cursor: Option<&str>) -> Result<LeaseHistory, CliError> {
    let mut query = vec![("projectSlug", project), ("limit", PAGE)];
    query.extend(cursor.map(|cursor| ("cursor", cursor)));
    client.get(&["api", "v1", "leases"], &query).await
}

fn print(context: &Context, leases: &[Lease]) -> Result<(), CliError> {
    match context.console.format {
        Format::Json => context.console.document(&json!({"leases": leases})),
        Format::Text | Format::Token | Format::Env if leases.is_empty() => {
            context.console.say("no leases");
            Ok(())
        }
        Format::Text | Format::Token | Format::Env => {
            context.console.table(&["ID", "ACCOUNT", "STATE", "ENDS", "HOLDER"], leases.iter().map(row))
        }
    }
}

fn row(lease: &Lease) -> Vec<String> {
    let ends = time::moment(lease.ended_at.as_ref().unwrap_or(&lease.expire_at), time::now());
    vec![lease.id.clone(), words::account(lease), words::state(lease), ends, lease.holder.name.clone()]
}
