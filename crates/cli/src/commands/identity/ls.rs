//! `mayfly identity ls`.

use mayfly_api::identities::OrganizationIdentity;
use serde_json::json;

use super::all;
use crate::{console::Format, context::Context, error::CliError};

/// Lists them.
pub(super) async fn run(context: &Context) -> Result<(), CliError> {
    let identities = all(&context.client()?).await?;
    match context.console.format {
        Format::Json => context.console.document(&json!({"identities": identities})),
        Format::Text | Format::Token | Format::Env => {
            context.console.table(&["ID", "NAME", "ROLE", "SIGNS IN WITH"], identities.iter().map(row))
        }
    }
}

fn row(identity: &OrganizationIdentity) -> Vec<String> {
    let summary = &identity.identity;
    vec![identity.identity_id.clone(), summary.name.clone(), identity.role.clone(), summary.auth_methods.join(" ")]
}
