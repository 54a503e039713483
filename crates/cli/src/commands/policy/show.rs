//! `mayfly policy show`.

use mayfly_api::policies::PolicyBody;

use super::{ids, sheet};
use crate::{context::Context, error::CliError};

/// Shows it.
pub(super) async fn run(context: &Context) -> Result<(), CliError> {
    let client = context.client()?;
    let (project, environment) = ids(&client, context).await?;
    let path = ["api", "v1", "projects", &project, "environments", &environment, "policy"];
    let found: PolicyBody = client.get(&path, &[]).await?;
    context.console.answer(&found, |console| console.sheet(&sheet(&found.policy)))
}
