//! Gateways, which come later. Existing clients ask for the list before they make a dynamic secret.

use std::convert::Infallible;

use mayfly_domain::{access::operation::Operation, caller::Caller};

use crate::{App, AppError};

/// The organization's gateways: none, until there are such things.
pub async fn list(app: &App, caller: &Caller) -> Result<Vec<Infallible>, AppError> {
    app.authorize(caller, Operation::ListGateways).await?;
    Ok(Vec::new())
}
