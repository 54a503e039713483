//! `mayfly approval`: requests that wait for another person's word.

mod decide;
mod fetch;
mod ls;
mod show;
pub(crate) mod wait;
mod words;

use clap::{Args, Subcommand};

use super::project::find_project;
use crate::{arguments::path_segment, client::ApiClient, context::Context, error::CliError};

/// See, decide and use requests that wait for another person's word
///
/// They are those of the project, or with `--organization` those about cluster connections.
#[derive(Debug, Subcommand)]
pub(crate) enum ApprovalCommand {
    Ls(ls::LsArguments),
    Show(show::ShowArguments),
    Approve(decide::ApproveArguments),
    Deny(decide::DenyArguments),
    #[command(visible_alias = "rm")]
    Cancel(decide::CancelArguments),
    Fetch(fetch::FetchArguments),
}

/// Whose requests.
#[derive(Debug, Args)]
struct Scope {
    /// The organization's, about cluster connections, instead of the project's
    #[arg(long)]
    organization: bool,
}

/// One request.
#[derive(Debug, Args)]
struct OneRequest {
    /// The request, as `mayfly approval ls` shows it
    #[arg(value_name = "ID", value_parser = path_segment)]
    id: String,
    #[command(flatten)]
    scope: Scope,
}

/// Does it.
pub(crate) async fn run(command: ApprovalCommand, context: &Context) -> Result<(), CliError> {
    match command {
        ApprovalCommand::Ls(arguments) => ls::run(&arguments, context).await,
        ApprovalCommand::Show(arguments) => show::run(&arguments, context).await,
        ApprovalCommand::Approve(arguments) => decide::approve(&arguments, context).await,
        ApprovalCommand::Deny(arguments) => decide::deny(&arguments, context).await,
        ApprovalCommand::Cancel(arguments) => decide::cancel(&arguments, context).await,
        ApprovalCommand::Fetch(arguments) => fetch::run(&arguments, context).await,
    }
}

impl Scope {
    /// Where its requests are.
    async fn path(&self, client: &ApiClient, context: &Context) -> Result<Vec<String>, CliError> {
        if self.organization {
            return Ok(["api", "v1", "organization", "approval-requests"].map(str::to_owned).to_vec());
        }
        let project = find_project(client, context.project()?).await?.id;
        Ok(path_in(&project))
    }
}

impl OneRequest {
    /// Where it is, and below it what `last` names.
    async fn path(&self, client: &ApiClient, context: &Context, last: Option<&str>) -> Result<Vec<String>, CliError> {
        let mut path = self.scope.path(client, context).await?;
        path.push(self.id.clone());
        path.extend(last.map(str::to_owned));
        Ok(path)
    }
}

/// Where the requests of a project are.
fn path_in(project: &str) -> Vec<String> {
    ["api", "v1", "projects", project, "approval-requests"].map(str::to_owned).to_vec()
}

/// As a client takes it.
fn segments(path: &[String]) -> Vec<&str> {
    path.iter().map(String::as_str).collect()
}

/// The request that waits, where the error is that another person has to agree first.
pub(crate) fn waiting_request(error: &CliError) -> Option<&str> {
    match error {
        CliError::Refused(refusal) => refusal.waiting_request(),
        _ => None,
    }
}

/// What another person types who agrees.
pub(crate) fn what_others_type(id: &str, context: &Context) -> String {
    let project = context.named_project().unwrap_or_default();
    format!("another person types `mayfly approval approve {id} --project {project}`")
}

/// Says what to do where another person has to agree before a lease is issued to a command that keeps its token: the same
/// again, which gets the lease then.
pub(crate) fn with_hint_to_repeat(error: CliError, context: &Context) -> CliError {
    with_hint(error, |id| format!("{}, then you type this again", what_others_type(id, context)))
}

/// Adds what to do where the error is that another person has to agree first.
pub(crate) fn with_hint(error: CliError, hint: impl FnOnce(&str) -> String) -> CliError {
    let CliError::Refused(refusal) = error else { return error };
    let hint = refusal.waiting_request().map(hint);
    CliError::Refused(hint.into_iter().fold(refusal, crate::refusal::Refusal::with_hint))
}
