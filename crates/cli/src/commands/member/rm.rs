//! `mayfly member rm`.

use clap::Args;
use serde_json::json;

use super::{
    membership::{AnyMembership, Member},
    show::path,
};
use crate::{commands::principal::AnyPrincipal, context::Context, error::CliError};

/// Take somebody out of the project
///
/// What they hold through groups stays. `mayfly lease end --holder ID` ends their leases.
#[derive(Debug, Args)]
pub(crate) struct RmArguments {
    #[command(flatten)]
    who: AnyPrincipal,
    /// Do not ask
    #[arg(short, long)]
    yes: bool,
}

/// Takes them out.
pub(super) async fn run(arguments: &RmArguments, context: &Context) -> Result<(), CliError> {
    if !arguments.yes {
        let question = format!("Take {} out of {}?", arguments.who.typed(), context.project()?);
        context.console.confirm(&question, "nobody was removed")?;
    }
    let client = context.client()?;
    let path = path(&client, context, &arguments.who.find(&client).await?).await?;
    let segments: Vec<&str> = path.iter().map(String::as_str).collect();
    let removed: AnyMembership = client.delete(&segments, &json!({})).await?;
    let removed = Member::from(removed);
    context.console.answer(&json!({"member": removed}), |console| console.data(arguments.who.typed()))
}
