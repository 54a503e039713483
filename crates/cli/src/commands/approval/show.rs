//! `mayfly approval show`.

use clap::Args;
use mayfly_api::approvals::{ApprovalRequest, ApprovalRequestBody};
use serde_json::{Value, json};

use super::{OneRequest, segments, words};
use crate::{context::Context, error::CliError};

/// Show a request: what is asked for, by whom, why, and who agreed
#[derive(Debug, Args)]
pub(crate) struct ShowArguments {
    #[command(flatten)]
    request: OneRequest,
}

/// Shows it.
pub(super) async fn run(arguments: &ShowArguments, context: &Context) -> Result<(), CliError> {
    let client = context.client()?;
    let path = arguments.request.path(&client, context, None).await?;
    let found: ApprovalRequestBody = client.get(&segments(&path), &[]).await?;
    context.console.answer(&found, |console| console.sheet(&sheet(&found.approval_request)))
}

/// The fields of the API, with what is asked for and who agreed in words.
fn sheet(request: &ApprovalRequest) -> Value {
    let votes: Vec<String> = request.votes.iter().map(|vote| vote.email.clone()).collect();
    json!({
        "id": request.id,
        "asks for": words::wish(request),
        "asked by": request.requester.name,
        "from": request.ip_address,
        "reason": request.reason,
        "state": request.state,
        "agreed": format!("{}: {}", words::votes(request), votes.join(", ")).trim_end_matches(": "),
        "may agree until": request.expires_at,
        "usable until": request.usable_until,
        "denied by": request.denied_by,
        "denied because": request.denied_because,
        "lease": request.lease_id,
        "asked at": request.created_at,
    })
}
