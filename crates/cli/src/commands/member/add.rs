//! `mayfly member add`.

use clap::Args;

use super::{
    membership::AnyMembership,
    roles::GivenRoles,
    show::{path, print},
};
use crate::{commands::principal::AnyPrincipal, context::Context, error::CliError};

/// Make somebody a member of the project
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  mayfly member add --project web-shop --user ben@example.com --role member
  mayfly member add --project web-shop --group deployers --role deployer
  mayfly member add --project web-shop --identity ci --role viewer --role deployer=8h")]
pub(crate) struct AddArguments {
    #[command(flatten)]
    who: AnyPrincipal,
    #[command(flatten)]
    roles: GivenRoles,
}

/// Makes them one.
pub(super) async fn run(arguments: &AddArguments, context: &Context) -> Result<(), CliError> {
    let client = context.client()?;
    let path = path(&client, context, &arguments.who.find(&client).await?).await?;
    let segments: Vec<&str> = path.iter().map(String::as_str).collect();
    let made: AnyMembership = client.post(&segments, &arguments.roles.request()).await?;
    print(&made.into(), context)
}
