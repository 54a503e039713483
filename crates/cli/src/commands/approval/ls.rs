//! `mayfly approval ls`.

use clap::Args;
use mayfly_api::approvals::{ApprovalRequest, ApprovalRequestList};

use super::{Scope, segments, words};
use crate::{context::Context, error::CliError, pages, time};

/// List requests, newest first: your own, and those you may decide on
#[derive(Debug, Args)]
pub(crate) struct LsArguments {
    /// Only those in this state: pending, approved, denied, used, expired or cancelled
    #[arg(long)]
    state: Option<String>,
    #[command(flatten)]
    scope: Scope,
}

/// Lists them.
pub(super) async fn run(arguments: &LsArguments, context: &Context) -> Result<(), CliError> {
    let client = context.client()?;
    let path = arguments.scope.path(&client, context).await?;
    let query: Vec<(&str, &str)> = arguments.state.iter().map(|state| ("state", state.as_str())).collect();
    let parts = |page: ApprovalRequestList| (page.approval_requests, page.next_cursor);
    let approval_requests = pages::by_cursor(&client, &segments(&path), &query, parts).await?;
    let list = ApprovalRequestList { approval_requests, next_cursor: None };
    context.console.answer(&list, |console| {
        if list.approval_requests.is_empty() {
            console.say("no requests");
            return Ok(());
        }
        let headings = ["ID", "WHAT", "WHO", "STATE", "AGREED", "UNTIL", "REASON"];
        console.table(&headings, list.approval_requests.iter().map(row))
    })
}

fn row(request: &ApprovalRequest) -> Vec<String> {
    let until = match request.state.as_str() {
        "pending" => Some(&request.expires_at),
        _ => request.usable_until.as_ref(),
    };
    vec![
        request.id.clone(),
        words::wish(request),
        request.requester.name.clone(),
        request.state.clone(),
        words::votes(request),
        until.map_or_else(|| "-".to_owned(), |until| time::moment(until, time::now())),
        request.reason.clone().unwrap_or_else(|| "-".to_owned()),
    ]
}
