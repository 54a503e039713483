//! Is the server up, and was it set up?

use jiff::Timestamp;

use crate::{App, AppError};

/// What anybody may know.
#[derive(Clone, Debug)]
pub struct Status {
    /// The server's time.
    pub now: Timestamp,
    /// Whether the first administrator was made.
    pub is_bootstrapped: bool,
    /// Whether the database is a copy or was restored, so that nothing is issued or ended.
    pub is_held: bool,
}

/// Says how the server is. Fails when the store does.
pub async fn status(app: &App) -> Result<Status, AppError> {
    let organization = app.store.organizations().get().await?;
    Ok(Status { now: app.ambient.now(), is_bootstrapped: organization.is_some(), is_held: app.store.is_held() })
}
