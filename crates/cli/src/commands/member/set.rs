//! `mayfly member set`.

use clap::Args;
use mayfly_api::memberships::MembershipRolesBody;

use super::{
    roles::GivenRoles,
    show::{path, show},
};
use crate::{commands::principal::AnyPrincipal, context::Context, error::CliError};

/// Give a member these roles instead of those they have
#[derive(Debug, Args)]
pub(crate) struct SetArguments {
    #[command(flatten)]
    who: AnyPrincipal,
    #[command(flatten)]
    roles: GivenRoles,
}

/// Gives them.
pub(super) async fn run(arguments: &SetArguments, context: &Context) -> Result<(), CliError> {
    let client = context.client()?;
    let path = path(&client, context, &arguments.who.find(&client).await?).await?;
    let segments: Vec<&str> = path.iter().map(String::as_str).collect();
    let _: MembershipRolesBody = client.patch(&segments, &arguments.roles.request()).await?;
    show(&client, context, &path).await
}
