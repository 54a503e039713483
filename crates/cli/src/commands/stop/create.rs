//! `mayfly stop create`.

use clap::Args;
use mayfly_api::stops::{StopBody, StopRequest};

use crate::{console::Format, context::Context, error::CliError};

/// Stop issuing everywhere, or in one place
///
/// What was issued goes on; `mayfly lease end` ends it.
#[derive(Debug, Args)]
pub(crate) struct CreateArguments {
    /// Why; whoever asks for a token is told
    #[arg(long)]
    reason: String,
    #[command(flatten)]
    place: StopPlace,
}

/// Where.
#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
struct StopPlace {
    /// Everywhere
    #[arg(long)]
    everywhere: bool,
    /// In this environment
    #[arg(long, value_name = "ID")]
    environment_id: Option<String>,
    /// By this cluster connection
    #[arg(long, value_name = "ID")]
    connection: Option<String>,
    /// By this dynamic secret
    #[arg(long, value_name = "ID")]
    secret: Option<String>,
}

/// Stops.
pub(super) async fn run(arguments: &CreateArguments, context: &Context) -> Result<(), CliError> {
    let StopPlace { everywhere: _, environment_id, connection, secret } = &arguments.place;
    let named = [("environment", environment_id), ("cluster-connection", connection), ("dynamic-secret", secret)];
    let named = named.into_iter().find_map(|(scope, id)| Some((scope, id.clone()?)));
    let (scope, target_id) = named.map_or(("everywhere", None), |(scope, id)| (scope, Some(id)));
    let request = StopRequest { scope: scope.to_owned(), target_id, reason: arguments.reason.clone() };
    let made: StopBody = context.client()?.post(&["api", "v1", "stops"], &request).await?;
    match context.console.format {
        Format::Json => context.console.document(&made),
        Format::Text | Format::Token | Format::Env => context.console.data(&made.stop.id),
    }
}
