//! Waiting for the word of another person, and using it.

use std::time::Duration;

use mayfly_api::{
    approvals::{ApprovalRequest, ApprovalRequestBody},
    leases::IssuedLease,
};

use super::{fetch::fetch, path_in, segments, words};
use crate::{client::ApiClient, commands::project::find_project, context::Context, error::CliError, time};

/// How long from one look to the next: short at first, for somebody who sits beside.
const PAUSES: [Duration; 4] =
    [Duration::from_millis(500), Duration::from_secs(1), Duration::from_secs(2), Duration::from_secs(5)];

/// Waits until the request `id` is approved, and issues what it asks for. The request stays, whatever becomes of this.
pub(crate) async fn for_lease(
    client: &ApiClient,
    context: &Context,
    id: &str,
    most: Duration,
) -> Result<IssuedLease, CliError> {
    let slug = context.project()?;
    let project = find_project(client, slug).await?.id;
    context.console.say(&format!(
        "waiting for another person, who types `mayfly approval approve {id} --project {slug}`; if you leave, \
         `mayfly approval fetch {id} --project {slug}` goes on from here"
    ));
    approved(client, context, (&project, id), most).await?;
    fetch(client, &project, id).await
}

async fn approved(
    client: &ApiClient,
    context: &Context,
    (project, id): (&str, &str),
    most: Duration,
) -> Result<(), CliError> {
    let mut path = path_in(project);
    path.push(id.to_owned());
    let (begun, mut agreed) = (time::now(), 0);
    for look in 0.. {
        match client.get::<ApprovalRequestBody>(&segments(&path), &[]).await {
            Ok(ApprovalRequestBody { approval_request: request }) => {
                if request.votes.len() != agreed {
                    agreed = request.votes.len();
                    context.console.say(&format!("{} agreed", words::votes(&request)));
                }
                if request.state == "approved" {
                    return Ok(());
                }
                still_open(&request)?;
            }
            // A server that restarts is no reason to give up what people may have agreed to.
            Err(error) if error.is_passing() => context.console.say(&format!("{error}; trying again")),
            Err(error) => return Err(error),
        }
        let waited = Duration::try_from(time::now().duration_since(begun)).unwrap_or_default();
        if waited >= most {
            break;
        }
        let pause = PAUSES.get(look).or(PAUSES.last()).copied().unwrap_or_default();
        time::pause(pause.min(most.saturating_sub(waited))).await;
    }
    Err(CliError::StillWaiting(format!(
        "nobody decided in time: the request {id} goes on waiting, and `mayfly approval fetch {id}` uses it"
    )))
}

fn still_open(request: &ApprovalRequest) -> Result<(), CliError> {
    let id = &request.id;
    match request.state.as_str() {
        "pending" => Ok(()),
        "denied" => {
            let who = request.denied_by.as_deref().unwrap_or("somebody");
            let why = request.denied_because.as_deref().unwrap_or_default();
            Err(CliError::NotApproved(format!("{who} denied the request {id}: {why}")))
        }
        over => Err(CliError::NotApproved(format!("the request {id} is {over}: ask again"))),
    }
}
