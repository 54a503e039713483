//! Passkeys of people: added, listed, renamed, removed, and signed in with, alone or beside a password.
//!
//! What a browser and an authenticator answer is judged by [`crate::webauthn`]; here it is decided which challenge counts
//! and whose passkey it is. A challenge is used up by the first answer that names it, right or wrong.

mod challenge;
mod manage;
mod problem;
mod register;
mod sign_in;

pub use manage::{list, list_of_user, remove, rename, reset};
pub use problem::PasskeyProblem;
pub use register::{NewPasskey, RegistrationOptions, begin_registration, register};
pub(crate) use sign_in::prove_second_factor;
pub use sign_in::{RequestOptions, begin_login, begin_second_factor, login};

pub use challenge::forget_old_challenges;

use jiff::SignedDuration;
use mayfly_domain::{access::operation::Operation, caller::Caller, identity::User, sensitive::Sensitive};

use crate::{
    App, AppError, sessions,
    users::{existing, myself, with_password},
};

/// How long ago a sign-in may be to stand for the person without their password.
const RECENT: SignedDuration = SignedDuration::from_mins(10);

/// The person who calls, who proves to be it: by their password, or by a session that began a moment ago. An older one may
/// be somebody else's by now, and does not change what one signs in with.
pub(crate) async fn proven(
    app: &App,
    caller: &Caller,
    operation: Operation,
    password: Option<&Sensitive<String>>,
) -> Result<User, AppError> {
    if let Some(password) = password {
        return Ok(with_password(app, caller, operation, password).await?.user);
    }
    let id = myself(app, caller, operation).await?;
    let began = sessions::began_at(app, id, caller).await?.ok_or(AppError::SessionEnded)?;
    if app.ambient.now().duration_since(began) > RECENT {
        let error = AppError::from(PasskeyProblem::RecentSignInNeeded);
        app.record_denial(caller, None, operation, &error.to_string()).await;
        return Err(error);
    }
    Ok(existing(app, caller, id).await?.user)
}
