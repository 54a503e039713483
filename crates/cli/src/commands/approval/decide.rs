//! `mayfly approval approve`, `deny` and `cancel`.

use clap::Args;
use mayfly_api::approvals::{ApprovalRequest, ApprovalRequestBody, ApproveRequest, DenyRequest};
use serde::Serialize;
use serde_json::json;

use super::{OneRequest, segments, words};
use crate::{context::Context, error::CliError};

/// Agree to a request of somebody else
///
/// The one who asked fetches the token; you never see it. A policy that was asked for changes at once.
#[derive(Debug, Args)]
pub(crate) struct ApproveArguments {
    #[command(flatten)]
    request: OneRequest,
    /// What to say with it
    #[arg(long, value_name = "TEXT")]
    comment: Option<String>,
}

/// Refuse a request
#[derive(Debug, Args)]
pub(crate) struct DenyArguments {
    #[command(flatten)]
    request: OneRequest,
    /// Why; whoever asked is told
    #[arg(long, value_name = "TEXT")]
    reason: String,
}

/// Take back what you asked for
#[derive(Debug, Args)]
pub(crate) struct CancelArguments {
    #[command(flatten)]
    request: OneRequest,
}

/// Agrees.
pub(super) async fn approve(arguments: &ApproveArguments, context: &Context) -> Result<(), CliError> {
    let body = ApproveRequest { comment: arguments.comment.clone() };
    decide(&arguments.request, "approve", &body, context).await
}

/// Refuses.
pub(super) async fn deny(arguments: &DenyArguments, context: &Context) -> Result<(), CliError> {
    let body = DenyRequest { reason: arguments.reason.clone() };
    decide(&arguments.request, "deny", &body, context).await
}

/// Takes it back.
pub(super) async fn cancel(arguments: &CancelArguments, context: &Context) -> Result<(), CliError> {
    decide(&arguments.request, "cancel", &json!({}), context).await
}

async fn decide(request: &OneRequest, verb: &str, body: &impl Serialize, context: &Context) -> Result<(), CliError> {
    let client = context.client()?;
    let path = request.path(&client, context, Some(verb)).await?;
    let decided: ApprovalRequestBody = client.post(&segments(&path), body).await?;
    context.console.say(&told(&decided.approval_request));
    context.console.answer(&decided, |console| console.data(&decided.approval_request.state))
}

/// What it was about, and what is missing.
fn told(request: &ApprovalRequest) -> String {
    let of = format!("{}, asked for by {}", words::wish(request), request.requester.name);
    if request.state == "pending" { format!("{of}; {} agreed", words::votes(request)) } else { of }
}
