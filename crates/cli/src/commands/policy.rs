//! `mayfly policy`: what an environment asks of leases.

mod set;
mod show;

use clap::Subcommand;
use mayfly_api::policies::EnvironmentPolicy;
use serde_json::{Value, json};

use super::environment::find_environment;
use crate::{client::ApiClient, context::Context, error::CliError};

/// See and change what an environment asks of leases: a reason, a longest life, approval
#[derive(Debug, Subcommand)]
pub(crate) enum PolicyCommand {
    /// Show what the environment of `--project` and `--env` asks
    Show,
    Set(set::SetArguments),
}

/// Does it.
pub(crate) async fn run(command: PolicyCommand, context: &Context) -> Result<(), CliError> {
    match command {
        PolicyCommand::Show => show::run(context).await,
        PolicyCommand::Set(arguments) => set::run(&arguments, context).await,
    }
}

/// Ids of project and environment that were named.
async fn ids(client: &ApiClient, context: &Context) -> Result<(String, String), CliError> {
    let place = context.place()?;
    let environment = find_environment(client, place.project, place.environment).await?;
    Ok((environment.project, environment.id))
}

/// The policy as people read it.
fn sheet(policy: &EnvironmentPolicy) -> Value {
    let yes = |is_so: bool| if is_so { "yes" } else { "no" };
    let approval = policy.approval.as_ref().map_or_else(
        || "nobody's".to_owned(),
        |rule| format!("{}, whose word counts for {}", people(rule.approvals), rule.valid_for),
    );
    json!({
        "approval": approval,
        "longest lease": policy.max_ttl.as_deref().unwrap_or("as the dynamic secret says"),
        "needs a reason": yes(policy.requires_reason),
        "only revocable": yes(policy.requires_revocable),
        "version": policy.version,
    })
}

/// `1 other person`, `2 other people`.
pub(crate) fn people(count: u8) -> String {
    if count == 1 { "1 other person".to_owned() } else { format!("{count} other people") }
}
