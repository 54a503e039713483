//! Revoking an access token.

use mayfly_domain::{
    audit::Event,
    caller::{Actor, Caller, Origin},
    sensitive::Sensitive,
};

use super::authenticate::live_token;
use crate::{App, AppError, error::OrWhen as _};

/// Revokes the token that is shown. Whoever holds it may do so, from anywhere.
pub async fn revoke(app: &App, jwt: &Sensitive<String>, origin: Origin) -> Result<(), AppError> {
    let (facts, _) = live_token(app, jwt).await?;
    let token = facts.token;
    let caller = Caller {
        actor: Actor::Identity { identity_id: token.identity, name: facts.name },
        organization: Some(facts.organization),
        organization_role: Some(facts.role),
        access_token: Some(token.id),
        origin,
    };
    let revoked = Event::RevokeAccessToken { identity_id: token.identity, identity_access_token_id: token.id };
    let event = app.event(&caller, None, revoked);
    let stored = app.store.access_tokens().revoke(token.id, &event).await;
    app.memory.forget_token(token.id);
    stored.or_when_gone(|| AppError::TokenRefused)
}
