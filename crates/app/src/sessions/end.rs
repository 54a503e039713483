//! Seeing and ending sessions.

use jiff::Timestamp;
use mayfly_domain::{
    access::operation::Operation,
    audit::Event,
    caller::Caller,
    ids::{SessionId, UserId},
    session::Session,
};

use crate::{
    App, AppError,
    error::OrWhen as _,
    users::{existing, myself},
};

/// Rows removed at a time.
const BATCH: i64 = 1_000;

/// Ends the session that is shown.
pub async fn logout(app: &App, caller: &Caller) -> Result<(), AppError> {
    let user = myself(app, caller, Operation::Logout).await?;
    let id = caller.session.ok_or(AppError::SessionEnded)?;
    let event = app.event(caller, None, Event::UserLogout { user_id: user, session_id: id });
    let stored = app.store.sessions().delete(user, id, &event).await;
    app.memory.forget_user(user);
    stored.or_when_gone(|| AppError::SessionEnded)
}

/// The caller's own live sessions, oldest first.
pub async fn list(app: &App, caller: &Caller) -> Result<Vec<Session>, AppError> {
    let user = myself(app, caller, Operation::ListOwnSessions).await?;
    let now = app.ambient.now();
    Ok(app.store.sessions().list(user, now, idle_since(app, now)).await?)
}

/// When the session that the caller shows began, by a sign-in.
pub(crate) async fn began_at(app: &App, user: UserId, caller: &Caller) -> Result<Option<Timestamp>, AppError> {
    let now = app.ambient.now();
    let live = app.store.sessions().list(user, now, idle_since(app, now)).await?;
    Ok(live.iter().find(|session| Some(session.id) == caller.session).map(|session| session.created_at))
}

/// Ends one of the caller's own sessions.
pub async fn end(app: &App, caller: &Caller, id: SessionId) -> Result<(), AppError> {
    let user = myself(app, caller, Operation::EndOwnSession).await?;
    let event = app.event(caller, None, Event::EndUserSession { user_id: user, session_id: id });
    let stored = app.store.sessions().delete(user, id, &event).await;
    app.memory.forget_user(user);
    stored.or_when_gone(|| AppError::not_found("session", &id))
}

/// Ends all of the caller's own sessions but the one that is shown. Says how many lived.
pub async fn end_others(app: &App, caller: &Caller) -> Result<u64, AppError> {
    let user = myself(app, caller, Operation::EndOtherSessions).await?;
    end_all(app, caller, user, caller.session).await
}

/// Ends all sessions of somebody. Says how many lived.
pub async fn end_of_user(app: &App, caller: &Caller, id: UserId) -> Result<u64, AppError> {
    app.authorize(caller, Operation::EndUserSessions).await?;
    let user = existing(app, caller, id).await?.user;
    crate::identities::may_manage(app, caller, Operation::EndUserSessions, user.role).await?;
    end_all(app, caller, user.id, None).await
}

async fn end_all(app: &App, caller: &Caller, user: UserId, kept: Option<SessionId>) -> Result<u64, AppError> {
    let now = app.ambient.now();
    let live = app.store.sessions().list(user, now, idle_since(app, now)).await?;
    let ended = live.iter().filter(|session| Some(session.id) != kept).count();
    let ended = u64::try_from(ended).unwrap_or(u64::MAX);
    let event = app.event(caller, None, Event::EndUserSessions { user_id: user, ended });
    app.store.sessions().delete_all(user, kept, &event).await?;
    app.memory.forget_user(user);
    Ok(ended)
}

/// Removes the rows of sessions that are over.
pub async fn delete_ended(app: &App) -> Result<(), AppError> {
    let now = app.ambient.now();
    loop {
        let removed = app.store.sessions().delete_ended(now, idle_since(app, now), BATCH).await?;
        if i64::try_from(removed).is_ok_and(|removed| removed < BATCH) {
            return Ok(());
        }
    }
}

/// Whoever was seen last then is over now.
fn idle_since(app: &App, now: Timestamp) -> Timestamp {
    now.saturating_sub(app.settings.sessions.idle).unwrap_or(Timestamp::MIN)
}
