//! `mayfly user set`, `disable` and `enable`.

use clap::Args;
use mayfly_api::users::{UpdateUserRequest, UserBody};

use super::id_of;
use crate::{
    arguments::path_segment,
    commands::identity::{LeasesThen, tell_left},
    console::Format,
    context::Context,
    error::CliError,
};

/// Change a person's role or name
///
/// A new role ends their sessions: they sign in anew with it.
#[derive(Debug, Args)]
#[command(group = clap::ArgGroup::new("change").required(true).multiple(true).args(["role", "name"]))]
pub(crate) struct SetArguments {
    /// The person, by id or address
    #[arg(value_name = "USER", value_parser = path_segment)]
    user: String,
    /// What they may do in the organization: admin, member or no-access
    #[arg(long)]
    role: Option<String>,
    /// What they are called
    #[arg(long)]
    name: Option<String>,
}

/// Keep a person from signing in, and end their sessions and leases
#[derive(Debug, Args)]
pub(crate) struct DisableArguments {
    /// The person, by id or address
    #[arg(value_name = "USER", value_parser = path_segment)]
    user: String,
    /// What becomes of their live leases
    #[arg(long, value_enum, default_value = "end")]
    leases: LeasesThen,
    /// Do not ask
    #[arg(short, long)]
    yes: bool,
}

/// Let a person sign in again
#[derive(Debug, Args)]
pub(crate) struct EnableArguments {
    /// The person, by id or address
    #[arg(value_name = "USER", value_parser = path_segment)]
    user: String,
}

/// Changes them.
pub(super) async fn run(arguments: &SetArguments, context: &Context) -> Result<(), CliError> {
    let SetArguments { user, role, name } = arguments;
    let (name, role) = (name.clone(), role.clone());
    change(user, UpdateUserRequest { name, role, ..UpdateUserRequest::default() }, context).await
}

/// Disables them.
pub(super) async fn disable(arguments: &DisableArguments, context: &Context) -> Result<(), CliError> {
    if !arguments.yes {
        let question = format!("Shut {} out? Their sessions end. {}", arguments.user, arguments.leases.effect());
        context.console.confirm(&question, "nobody was shut out")?;
    }
    let leases = arguments.leases.wish();
    let request = UpdateUserRequest { is_disabled: Some(true), leases, ..UpdateUserRequest::default() };
    change(&arguments.user, request, context).await
}

/// Enables them.
pub(super) async fn enable(arguments: &EnableArguments, context: &Context) -> Result<(), CliError> {
    let request = UpdateUserRequest { is_disabled: Some(false), ..UpdateUserRequest::default() };
    change(&arguments.user, request, context).await
}

async fn change(who: &str, request: UpdateUserRequest, context: &Context) -> Result<(), CliError> {
    let client = context.client()?;
    let id = id_of(&client, who).await?;
    let changed: UserBody = client.patch(&["api", "v1", "users", &id], &request).await?;
    tell_left(changed.leases_left.as_deref().unwrap_or_default(), context);
    match context.console.format {
        Format::Json => context.console.document(&changed),
        Format::Text | Format::Token | Format::Env => context.console.sheet(&changed.user),
    }
}
