//! Rows of access tokens that ended long ago are removed.

use crate::{App, AppError, access_tokens::later};

/// How long an ended token's row is kept, in seconds: a client that shows it hears that it expired, not that it never
/// was.
const KEPT: i64 = 86_400;
/// Rows removed at a time.
const BATCH: i64 = 1_000;

/// Removes all of them, a batch at a time, and forgets old failures and outside tokens that count once.
pub async fn delete_expired(app: &App) -> Result<(), AppError> {
    let before = later(app.ambient.now(), -KEPT);
    app.store.login_failures().forget(before).await?;
    app.store.outside_auths().forget_seen(before).await?;
    loop {
        let removed = app.store.access_tokens().delete_expired(before, BATCH).await?;
        if i64::try_from(removed).is_ok_and(|removed| removed < BATCH) {
            return Ok(());
        }
    }
}
