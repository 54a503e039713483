//! `mayfly access explain`.

use clap::Args;
use mayfly_api::access::{ExplainRequest, Explanation};
use serde_json::{Value, json};

use super::place::{AskedPlace, wire};
use crate::{
    commands::{
        principal::OnePrincipal,
        role::{line, right},
    },
    context::Context,
    error::CliError,
};

/// Say whether somebody may do something, and which rule decides
///
/// Without `--user` or `--identity` it is about you.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  mayfly access explain --project web-shop --env prod --user ben@example.com
  mayfly access explain dynamic-secrets:approve-leases --project web-shop --env prod")]
pub(crate) struct ExplainArguments {
    /// What
    #[arg(value_name = "SUBJECT:ACTION", default_value = "dynamic-secrets:lease", value_parser = right)]
    right: (String, String),
    #[command(flatten)]
    who: OnePrincipal,
    #[command(flatten)]
    place: AskedPlace,
}

/// Says it.
pub(super) async fn run(arguments: &ExplainArguments, context: &Context) -> Result<(), CliError> {
    let client = context.client()?;
    let place = arguments.place.named(context)?;
    let (subject, action) = arguments.right.clone();
    let request = ExplainRequest {
        project_slug: place.project,
        principal: wire(arguments.who.find(&client).await?),
        subject: Some(subject),
        action: Some(action),
        environment_slug: place.environment,
        path: place.path,
        dynamic_secret_name: place.secret,
    };
    let explained: Explanation = client.post(&["api", "v1", "access", "explain"], &request).await?;
    context.console.answer(&explained, |console| console.sheet(&sheet(&explained)))
}

fn sheet(explained: &Explanation) -> Value {
    json!({
        "decision": explained.decision,
        "reason": explained.reason,
        "rule": explained.rule.as_ref().map(|rule| line(&rule.rule)),
    })
}
