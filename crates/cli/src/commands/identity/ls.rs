//! `mayfly identity ls`.

use mayfly_api::identities::{IdentityList, OrganizationIdentity};
use serde_json::json;

use crate::{console::Format, context::Context, error::CliError, pages};

/// As many as the server gives at once.
const PAGE: &str = "100";

/// Lists them.
pub(super) async fn run(context: &Context) -> Result<(), CliError> {
    let identities = all(context).await?;
    match context.console.format {
        Format::Json => context.console.document(&json!({"identities": identities})),
        Format::Text | Format::Token | Format::Env => {
            context.console.table(&["ID", "NAME", "ROLE", "SIGNS IN WITH"], identities.iter().map(row))
        }
    }
}

/// Every page. This list pages by offset, as existing clients know it.
async fn all(context: &Context) -> Result<Vec<OrganizationIdentity>, CliError> {
    let (client, mut seen) = (context.client()?, 0);
    let page = pages::every(async |offset| {
        let query = [("limit", PAGE), ("offset", offset.unwrap_or("0"))];
        let list: IdentityList = client.get(&["api", "v1", "identities"], &query).await?;
        seen += list.identities.len();
        let is_last = list.identities.is_empty() || u64::try_from(seen).is_ok_and(|seen| seen >= list.total_count);
        Ok((list.identities, (!is_last).then(|| seen.to_string())))
    });
    page.await
}

fn row(identity: &OrganizationIdentity) -> Vec<String> {
    let summary = &identity.identity;
    vec![identity.identity_id.clone(), summary.name.clone(), identity.role.clone(), summary.auth_methods.join(" ")]
}
