//! Unlocking a client id that wrong secrets locked.

use mayfly_domain::{access::operation::Operation, audit::MachineEvent, caller::Caller, ids::IdentityId};

use super::configure::stored;
use crate::{App, AppError};

/// Lifts the locks of an identity's client id, for all sources. Says how many those were.
pub async fn clear_lockouts(app: &App, caller: &Caller, id: IdentityId) -> Result<u64, AppError> {
    app.authorize(caller, Operation::ClearLockouts).await?;
    let auth = stored(app, caller, id).await?;
    let locked = app.store.login_failures().count_locked(auth.id, app.ambient.now()).await?;
    let deleted = u64::try_from(locked).unwrap_or(0);
    let cleared = MachineEvent::ClearIdentityUniversalAuthLockouts { identity_id: id, deleted };
    Ok(app.store.login_failures().clear(auth.id, app.ambient.now(), &app.event(caller, None, cleared)).await?)
}
