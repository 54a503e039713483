//! `mayfly group add` and `remove`.

use clap::Args;
use mayfly_api::groups::{GroupBody, GroupMemberBody};
use serde_json::json;

use super::id_of;
use crate::{
    client::ApiClient,
    commands::{
        identity::{LeasesThen, tell_left},
        principal::OnePrincipal,
    },
    context::Context,
    error::CliError,
};

/// Put somebody into a group
#[derive(Debug, Args)]
pub(crate) struct AddArguments {
    #[command(flatten)]
    place: Place,
}

/// Take somebody out of a group
///
/// Their leases end where they may have none any more, unless `--leases run-out` says otherwise.
#[derive(Debug, Args)]
pub(crate) struct RemoveArguments {
    #[command(flatten)]
    place: Place,
    /// What becomes of their live leases
    #[arg(long, value_enum, default_value = "end")]
    leases: LeasesThen,
    /// Do not ask
    #[arg(short, long)]
    yes: bool,
}

#[derive(Debug, Args)]
struct Place {
    /// The group, by slug or id
    #[arg(value_name = "GROUP")]
    to: String,
    #[command(flatten)]
    who: OnePrincipal,
}

impl Place {
    async fn path(&self, client: &ApiClient) -> Result<Vec<String>, CliError> {
        let who = self.who.expect(client).await?;
        let group = id_of(client, &self.to).await?;
        Ok(["api", "v1", "groups", &group, "members", who.kind.plural(), &who.id].map(str::to_owned).to_vec())
    }
}

/// Puts them there.
pub(super) async fn add(arguments: &AddArguments, context: &Context) -> Result<(), CliError> {
    let client = context.client()?;
    let path = arguments.place.path(&client).await?;
    let segments: Vec<&str> = path.iter().map(String::as_str).collect();
    let added: GroupMemberBody = client.post(&segments, &json!({})).await?;
    context.console.answer(&added, |console| console.data(arguments.place.who.typed()))
}

/// Takes them out.
pub(super) async fn remove(arguments: &RemoveArguments, context: &Context) -> Result<(), CliError> {
    if !arguments.yes {
        let Place { to, who } = &arguments.place;
        let question = format!("Take {} out of {to}? {}", who.typed(), arguments.leases.effect());
        context.console.confirm(&question, "nobody was removed")?;
    }
    let client = context.client()?;
    let path = arguments.place.path(&client).await?;
    let segments: Vec<&str> = path.iter().map(String::as_str).collect();
    let request = arguments.leases.body();
    let removed: GroupBody = client.delete(&segments, &request).await?;
    tell_left(removed.leases_left.as_deref().unwrap_or_default(), context);
    context.console.answer(&removed, |console| console.data(arguments.place.who.typed()))
}
