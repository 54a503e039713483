//! Who shows this session?

use mayfly_domain::{
    caller::{Actor, Caller, Origin},
    sensitive::Sensitive,
};

use super::PREFIX;
use crate::{App, AppError, secret_text};

/// Whether a bearer token is a session's, and no access token of a machine.
pub fn is_session_token(token: &Sensitive<String>) -> bool {
    token.expose().starts_with(PREFIX)
}

/// The person behind a session, if it still counts.
pub async fn authenticate(app: &App, token: &Sensitive<String>, origin: Origin) -> Result<Caller, AppError> {
    let digest = secret_text::digest_of(token.expose());
    let facts = app.memory.session(app, &digest).await?.ok_or(AppError::SessionEnded)?;
    let now = app.ambient.now();
    let session = &facts.session;
    if facts.is_disabled || !session.is_live(app.settings.sessions, now) {
        return Err(AppError::SessionEnded);
    }
    if session.is_to_be_seen(now) {
        app.store.sessions().seen(session.id, now).await?;
        app.memory.forget_session(&digest);
    }
    Ok(Caller {
        actor: Actor::User { user_id: session.user, email: facts.email },
        organization: Some(facts.organization),
        organization_role: Some(facts.role),
        access_token: None,
        session: Some(session.id),
        origin,
    })
}
