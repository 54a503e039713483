//! Asking for a new password by mail.

use std::sync::Arc;

use mayfly_domain::{
    caller::{Caller, Origin},
    error::chain,
};

use super::throttle::{HardLimit, admit_hard};
use crate::{
    App, AppError,
    users::{PasswordLinkWay, new_password_link},
};

/// Sends a link to whoever has this address, if anybody does, and answers at once whatever is the case: neither text nor
/// time tells who is there.
pub async fn forget(app: &Arc<App>, origin: Origin, email: String) -> Result<(), AppError> {
    admit_hard(app, HardLimit::Demand(origin.ip_address)).await?;
    let app = Arc::clone(app);
    tokio::spawn(async move {
        if let Err(error) = send(&app, origin, &email).await {
            tracing::error!(error = %chain(&error), "a link to set a new password could not be sent");
        }
    });
    Ok(())
}

async fn send(app: &App, origin: Origin, email: &str) -> Result<(), AppError> {
    let Some(mailer) = &app.mailer else { return Ok(()) };
    let Some(facts) = app.store.users().for_login(email).await?.filter(|facts| !facts.user.is_disabled) else {
        return Ok(());
    };
    let user = facts.user;
    match admit_hard(app, HardLimit::Mail(user.id)).await {
        // They have mail already, and the link in it counts.
        Err(AppError::TooManyAttempts { .. }) => return Ok(()),
        admitted => admitted?,
    }
    // Whoever asked is not known to be them.
    let mut caller = Caller::anonymous(origin);
    caller.organization = Some(user.organization);
    match new_password_link(app, &caller, &user, PasswordLinkWay::Asked).await {
        // An administrator handed them one that still counts.
        Err(AppError::LinkRefused) => Ok(()),
        made => mailer.send_password_link(&user.email, &made?.link).await,
    }
}
