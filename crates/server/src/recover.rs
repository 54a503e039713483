//! `mayfly admin recover`: an administrator, for whoever holds the server's own database and master key.

use mayfly_app::recover as operations;
pub use mayfly_app::recover::SecondFactorAfter;
use mayfly_domain::{email, sensitive::Sensitive};

use crate::{ServeError, ServerFlags, config, wiring};

/// Somebody who can sign in as an administrator, once they set a password.
#[derive(Debug)]
pub struct Recovered {
    /// Their address.
    pub email: String,
    /// Whether they were made now.
    pub was_made: bool,
    /// Where they set a password, once, until `expires_at`.
    pub link: Sensitive<String>,
    /// In RFC 3339.
    pub expires_at: String,
}

/// Makes the person with this address an administrator who may sign in, on the database that the settings name, whether
/// its server runs or not.
pub async fn recover(
    flags: ServerFlags,
    email: &str,
    second_factor: SecondFactorAfter,
) -> Result<Recovered, ServeError> {
    let config = config::load(&flags)?;
    let email = email::normalized(email).map_err(|_| ServeError::Email(email.to_owned()))?;
    let app = wiring::wire_visit(&config).await?;
    let made = operations::recover(&app, email, second_factor).await?;
    Ok(Recovered {
        email: made.user.email,
        was_made: made.was_made,
        link: made.link.link,
        expires_at: made.link.expires_at.to_string(),
    })
}
