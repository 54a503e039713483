//! `mayfly policy show`.

use mayfly_api::policies::PolicyBody;

use super::{path, sheet};
use crate::{context::Context, error::CliError};

/// Shows it.
pub(super) async fn run(context: &Context) -> Result<(), CliError> {
    let client = context.client()?;
    let path = path(&client, context).await?;
    let found: PolicyBody = client.get(&path.each_ref().map(String::as_str), &[]).await?;
    context.console.answer(&found, |console| console.sheet(&sheet(&found.policy)))
}
