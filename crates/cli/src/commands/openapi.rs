//! `mayfly openapi`: what the API offers, for generators of clients.

use crate::{context::Context, error::CliError};

/// Prints the description, as OpenAPI 3.1.
pub(crate) async fn run(context: &Context) -> Result<(), CliError> {
    context.console.data(description(context).await?.trim_end())
}

/// This program's own: it has the server in it.
#[cfg(feature = "server")]
fn description(_context: &Context) -> impl Future<Output = Result<String, CliError>> {
    std::future::ready(Ok(mayfly_server::openapi_json()))
}

/// That of the server that is called.
#[cfg(not(feature = "server"))]
async fn description(context: &Context) -> Result<String, CliError> {
    let client = context.anonymous_client(&context.server(None))?;
    let description: serde_json::Value = client.get(&["api", "openapi.json"], &[]).await?;
    serde_json::to_string_pretty(&description).map_err(CliError::Shape)
}
