//! `mayfly access rights`.

use clap::Args;
use mayfly_api::access::{Explanation, RightList, RightsRequest};

use super::place::{AskedPlace, wire};
use crate::{commands::principal::OnePrincipal, context::Context, error::CliError};

/// List all that can be done in the project, and whether somebody may
///
/// Without `--user` or `--identity` it is about you.
#[derive(Debug, Args)]
pub(crate) struct RightsArguments {
    #[command(flatten)]
    who: OnePrincipal,
    #[command(flatten)]
    place: AskedPlace,
}

/// Lists it.
pub(super) async fn run(arguments: &RightsArguments, context: &Context) -> Result<(), CliError> {
    let client = context.client()?;
    let place = arguments.place.named(context)?;
    let request = RightsRequest {
        project_slug: place.project,
        principal: wire(arguments.who.find(&client).await?),
        environment_slug: place.environment,
        path: place.path,
        dynamic_secret_name: place.secret,
    };
    let list: RightList = client.post(&["api", "v1", "access", "rights"], &request).await?;
    context
        .console
        .answer(&list, |console| console.table(&["RIGHT", "DECISION", "REASON"], list.rights.iter().map(row)))
}

fn row(explained: &Explanation) -> Vec<String> {
    let action = explained.action.as_str().unwrap_or_default();
    vec![format!("{}:{action}", explained.subject), explained.decision.clone(), explained.reason.clone()]
}
