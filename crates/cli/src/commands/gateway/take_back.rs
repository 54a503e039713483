//! `mayfly gateway take-back`.

use clap::Args;
use mayfly_api::gateways::GatewayEnrolmentBody;
use serde_json::json;

use super::id_of;
use crate::{context::Context, error::CliError};

/// Take back an enrolment that can still be used: nobody becomes a part of the gateway by it any more
///
/// Processes that have enrolled by it stay: see `mayfly gateway revoke`.
#[derive(Debug, Args)]
pub(crate) struct TakeBackArguments {
    /// The gateway, by name or id
    gateway: String,
    /// The enrolment's id, as `mayfly gateway show` lists it
    enrolment: String,
}

/// Takes it back.
pub(super) async fn run(arguments: &TakeBackArguments, context: &Context) -> Result<(), CliError> {
    let client = context.client()?;
    let id = id_of(&client, &arguments.gateway).await?;
    let path = ["api", "v1", "gateways", &id, "enrolments", &arguments.enrolment];
    let gone: GatewayEnrolmentBody = client.delete(&path, &json!({})).await?;
    context.console.answer(&gone, |console| console.data(&gone.enrolment.id))
}
