//! Unlocking a client id that wrong secrets locked.

use mayfly_domain::{access::operation::Operation, audit::Event, caller::Caller, ids::IdentityId};

use super::configure::stored;
use crate::{App, AppError};

/// Lifts the lock of an identity's client id. Says how many locks that were: one or none.
pub async fn clear_lockouts(app: &App, caller: &Caller, id: IdentityId) -> Result<u64, AppError> {
    app.authorize(caller, Operation::ClearLockouts).await?;
    let auth = stored(app, caller, id).await?;
    let is_locked = app.store.universal_auths().for_login(&auth.client_id).await?;
    let is_locked = is_locked.and_then(|facts| facts.locked_until).is_some_and(|until| until > app.ambient.now());
    let cleared = Event::ClearIdentityUniversalAuthLockouts { identity_id: id, deleted: u64::from(is_locked) };
    Ok(app.store.universal_auths().unlock(auth.id, app.ambient.now(), &app.event(caller, None, cleared)).await?)
}
