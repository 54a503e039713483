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
}

/// Says how the server is. Fails when the store does.
pub async fn status(app: &App) -> Result<Status, AppError> {
    let organization = app.store.organizations().get().await?;
    Ok(Status { now: app.ambient.now(), is_bootstrapped: organization.is_some() })
}
