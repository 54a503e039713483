//! Seeing, renaming and removing passkeys.

use mayfly_domain::{
    access::operation::Operation,
    audit::Event,
    caller::Caller,
    identity::User,
    ids::{PasskeyId, UserId},
    passkey::Passkey,
    sensitive::Sensitive,
    slug::DisplayName,
};

use super::{PasskeyProblem, proven};
use crate::{
    App, AppError,
    error::{OrChanged as _, OrWhen as _},
    identities::may_manage,
    users::{existing, myself},
};

/// The caller's own passkeys, oldest first.
pub async fn list(app: &App, caller: &Caller) -> Result<Vec<Passkey>, AppError> {
    let user = myself(app, caller, Operation::ListOwnPasskeys).await?;
    Ok(app.store.passkeys().list(user).await?)
}

/// Calls one of the caller's own passkeys otherwise.
pub async fn rename(app: &App, caller: &Caller, id: PasskeyId, name: DisplayName) -> Result<Passkey, AppError> {
    let user = myself(app, caller, Operation::RenamePasskey).await?;
    let absent = || AppError::not_found("passkey", &id);
    let passkey = app.store.passkeys().get(user, id).await?.ok_or_else(absent)?;
    let event = Event::RenamePasskey { user_id: user, passkey_id: id, name: name.to_string() };
    let event = app.event(caller, None, event);
    app.store.passkeys().rename((user, id), name.as_str(), &event).await.or_when_gone(absent)?;
    Ok(Passkey { name, ..passkey })
}

/// Removes one of the caller's own passkeys. Sessions go on: they are ended by themselves.
pub async fn remove(
    app: &App,
    caller: &Caller,
    id: PasskeyId,
    password: Option<&Sensitive<String>>,
) -> Result<Passkey, AppError> {
    let user = proven(app, caller, Operation::RemovePasskey, password).await?.id;
    let absent = || AppError::not_found("passkey", &id);
    let passkey = app.store.passkeys().get(user, id).await?.ok_or_else(absent)?;
    let event = Event::RemovePasskey { user_id: user, passkey_id: id, name: passkey.name.to_string() };
    let event = app.event(caller, None, event);
    app.store.passkeys().delete(user, id, &event).await.or_when_gone(absent)?;
    Ok(passkey)
}

/// The passkeys of somebody, oldest first.
pub async fn list_of_user(app: &App, caller: &Caller, id: UserId) -> Result<Vec<Passkey>, AppError> {
    app.authorize(caller, Operation::ListUserPasskeys).await?;
    let user = existing(app, caller, id).await?.user;
    Ok(app.store.passkeys().list(user.id).await?)
}

/// Removes all passkeys of somebody who has lost them. Their sessions end.
pub async fn reset(app: &App, caller: &Caller, id: UserId) -> Result<User, AppError> {
    app.authorize(caller, Operation::ResetUserPasskeys).await?;
    let user = existing(app, caller, id).await?.user;
    may_manage(app, caller, Operation::ResetUserPasskeys, user.role).await?;
    let removed = u64::try_from(app.store.passkeys().list(id).await?.len()).unwrap_or(u64::MAX);
    if removed == 0 {
        return Err(PasskeyProblem::None("to remove").into());
    }
    let event = Event::ResetPasskeys { user_id: user.id, email: user.email.clone(), removed };
    let event = app.event(caller, None, event);
    app.store.passkeys().delete_all(id, removed, &event).await.or_changed("the passkeys")?;
    app.memory.forget_user(id);
    Ok(user)
}
