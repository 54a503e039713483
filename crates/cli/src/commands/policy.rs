//! `mayfly policy`: what an environment asks of leases.

mod ls;
mod rm;
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
    /// List what each environment of `--project` asks
    Ls,
    /// Show what the environment of `--project` and `--env` asks
    Show,
    Set(set::SetArguments),
    Rm(rm::RmArguments),
}

/// Does it.
pub(crate) async fn run(command: PolicyCommand, context: &Context) -> Result<(), CliError> {
    match command {
        PolicyCommand::Ls => ls::run(context).await,
        PolicyCommand::Show => show::run(context).await,
        PolicyCommand::Set(arguments) => set::run(&arguments, context).await,
        PolicyCommand::Rm(arguments) => rm::run(arguments, context).await,
    }
}

/// Where the policy of the environment is that was named.
async fn path(client: &ApiClient, context: &Context) -> Result<[String; 7], CliError> {
    let place = context.place()?;
    let environment = find_environment(client, place.project, place.environment).await?;
    Ok(path_of(environment.project, environment.id))
}

fn path_of(project: String, environment: String) -> [String; 7] {
    let fixed = |part: &str| part.to_owned();
    [fixed("api"), fixed("v1"), fixed("projects"), project, fixed("environments"), environment, fixed("policy")]
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
