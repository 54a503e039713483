//! Forgetting sign-ins that nobody finished.

use crate::{App, AppError};

/// Rows removed at a time.
const BATCH: i64 = 1_000;

/// Removes attempts and requests that are over. A task of the server's.
pub async fn delete_over(app: &App) -> Result<(), AppError> {
    let now = app.ambient.now();
    let batch = u64::try_from(BATCH).unwrap_or(u64::MAX);
    while app.store.sso_attempts().delete_over(now, BATCH).await? >= batch {}
    while app.store.sso_requests().delete_over(now, BATCH).await? >= batch {}
    Ok(())
}
