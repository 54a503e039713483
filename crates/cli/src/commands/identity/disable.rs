//! `mayfly identity disable` and `mayfly identity enable`.

use clap::{Args, ValueEnum};
use mayfly_api::{
    identities::{IdentityBody, UpdateIdentityRequest},
    leases::Lease,
};
use serde_json::{Value, json};

use crate::{arguments::path_segment, console::Format, context::Context, error::CliError};

/// What becomes of live leases.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum LeasesThen {
    /// They end now
    End,
    /// They run out
    RunOut,
}

impl LeasesThen {
    /// As a request says it. What the server does anyway is not said: servers before this word take the rest too.
    pub(crate) fn wish(self) -> Option<String> {
        match self {
            Self::End => None,
            Self::RunOut => Some("run-out".to_owned()),
        }
    }

    /// For the question whether to go on.
    pub(crate) const fn effect(self) -> &'static str {
        match self {
            Self::End => "Live leases that are lost with it end now.",
            Self::RunOut => "Live leases go on until their time is up.",
        }
    }

    /// The body of a request that says no more than that.
    pub(crate) fn body(self) -> Value {
        self.wish().map_or_else(|| json!({}), |wish| json!({"leases": wish}))
    }
}

/// Shut a machine identity out at once
///
/// It cannot sign in, its access tokens are refused, and its leases end. `mayfly identity enable` lets it in again.
#[derive(Debug, Args)]
pub(crate) struct DisableArguments {
    /// The identity, as `mayfly identity ls` shows it
    #[arg(value_name = "ID", value_parser = path_segment)]
    id: String,
    /// What becomes of its live leases
    #[arg(long, value_enum, default_value = "end")]
    leases: LeasesThen,
    /// Do not ask
    #[arg(short, long)]
    yes: bool,
}

/// Let a machine identity in again
#[derive(Debug, Args)]
pub(crate) struct EnableArguments {
    /// The identity, as `mayfly identity ls` shows it
    #[arg(value_name = "ID", value_parser = path_segment)]
    id: String,
}

/// Shuts it out.
pub(super) async fn disable(arguments: &DisableArguments, context: &Context) -> Result<(), CliError> {
    if !arguments.yes {
        let question = format!("Shut the identity {} out? {}", arguments.id, arguments.leases.effect());
        context.console.confirm(&question, "nothing was changed")?;
    }
    let leases = arguments.leases.wish();
    let request = UpdateIdentityRequest { is_disabled: Some(true), leases, ..UpdateIdentityRequest::default() };
    change(&arguments.id, &request, context).await
}

/// Lets it in again.
pub(super) async fn enable(arguments: &EnableArguments, context: &Context) -> Result<(), CliError> {
    let request = UpdateIdentityRequest { is_disabled: Some(false), ..UpdateIdentityRequest::default() };
    change(&arguments.id, &request, context).await
}

async fn change(id: &str, request: &UpdateIdentityRequest, context: &Context) -> Result<(), CliError> {
    let changed: IdentityBody = context.client()?.patch(&["api", "v1", "identities", id], request).await?;
    tell_left(changed.leases_left.as_deref().unwrap_or_default(), context);
    match context.console.format {
        Format::Json => context.console.document(&changed),
        Format::Text | Format::Token | Format::Env => context.console.data(&changed.identity.name),
    }
}

/// Names the leases that are not over yet.
pub(crate) fn tell_left(left: &[Lease], context: &Context) {
    for lease in left {
        context.console.say(&format!("lease {} is {}; it is over at {}", lease.id, lease.state, lease.expire_at));
    }
}
