//! `mayfly member rm`.

use clap::Args;
use serde_json::json;

use super::{
    membership::{Member, Removed},
    show::path,
};
use crate::{
    commands::{lease::words, principal::AnyPrincipal},
    context::Context,
    error::CliError,
};

/// Take somebody out of the project
///
/// What they hold through groups stays. Where they lose their last right to lease, their leases end; those that are not over yet
/// are named.
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
    let removed: Removed = client.delete(&segments, &json!({})).await?;
    let (member, left) = (Member::from(removed.membership), removed.leases_left.unwrap_or_default());
    context.console.answer(&json!({"member": member, "leasesLeft": left}), |console| {
        words::complain_of_left(Some(&left));
        console.data(arguments.who.typed())
    })
}
