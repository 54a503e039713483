//! `mayfly gateway show`.

use clap::Args;
use mayfly_api::gateways::{GatewayDetails, GatewayEnrolment, GatewayInstance};
use serde_json::{Value, json};

use super::id_of;
use crate::{console::Console, context::Context, error::CliError};

/// Show a gateway: how it is, what it lets itself be asked, its processes and the enrolments that can still be used
#[derive(Debug, Args)]
pub(crate) struct ShowArguments {
    /// The gateway, by name or id
    gateway: String,
}

/// Shows it.
pub(super) async fn run(arguments: &ShowArguments, context: &Context) -> Result<(), CliError> {
    let client = context.client()?;
    let id = id_of(&client, &arguments.gateway).await?;
    let found: GatewayDetails = client.get(&["api", "v1", "gateways", &id], &[]).await?;
    context.console.answer(&found, |console| {
        console.sheet(&fields(&found)?)?;
        rows(console, &["PROCESS", "CERTIFICATE", "ENDS"], found.instances.iter().map(process))?;
        rows(console, &["ENROLMENT", "USES LEFT", "ENDS"], found.enrolments.iter().map(enrolment))
    })
}

/// The gateway, and what its processes need where a service account proves them, which is no secret.
fn fields(found: &GatewayDetails) -> Result<Value, CliError> {
    let mut fields = serde_json::to_value(&found.gateway).map_err(CliError::Shape)?;
    if let (Value::Object(fields), Some(text)) = (&mut fields, &found.enrolment_text) {
        fields.insert("enrolmentText".to_owned(), json!(text));
    }
    Ok(fields)
}

/// A table under what was there, unless it is empty.
fn rows(console: &Console, headings: &[&str], rows: impl Iterator<Item = Vec<String>>) -> Result<(), CliError> {
    let mut rows = rows.peekable();
    if rows.peek().is_none() {
        return Ok(());
    }
    console.data("")?;
    console.table(headings, rows)
}

fn process(process: &GatewayInstance) -> Vec<String> {
    vec![process.name.clone(), process.generation.to_string(), process.certificate_expires_at.clone()]
}

fn enrolment(enrolment: &GatewayEnrolment) -> Vec<String> {
    vec![enrolment.id.clone(), enrolment.uses_left.to_string(), enrolment.expires_at.clone()]
}
