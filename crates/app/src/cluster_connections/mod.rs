//! Cluster connections.

use mayfly_domain::{access::operation::Operation, caller::Caller, error::chain};
use mayfly_store::StoreError;
pub use mayfly_store::connections::UsedConnection;

use crate::{App, AppError};

/// The connections of the caller's organization.
pub async fn list(app: &App, caller: &Caller) -> Result<Vec<UsedConnection>, AppError> {
    app.authorize(caller, Operation::ListClusterConnections).await?;
    let organization = App::organization(caller)?;
    let all = readable(app).await?;
    Ok(all.into_iter().filter(|used| used.organization == organization).collect())
}

/// Every connection that can be read. One that cannot is told, and hides no other.
pub(crate) async fn readable(app: &App) -> Result<Vec<UsedConnection>, AppError> {
    let told = |error: &StoreError| tracing::error!(error = %chain(error), "a connection cannot be read");
    let all = app.store.connections().list().await?;
    Ok(all.into_iter().filter_map(|used| used.inspect_err(told).ok()).collect())
}
