//! Revoking an access token.

use mayfly_domain::{audit::MachineEvent, caller::Origin, sensitive::Sensitive};

use super::{
    NotLetIn,
    authenticate::{caller_of, live_token},
};
use crate::{App, AppError, error::OrWhen as _};

/// Revokes the token that is shown. Whoever holds it may do so, from anywhere.
pub async fn revoke(app: &App, jwt: &Sensitive<String>, origin: Origin) -> Result<(), NotLetIn> {
    let facts = live_token(app, jwt).await?;
    let caller = caller_of(&facts, origin);
    let token = facts.token;
    let revoked = MachineEvent::RevokeAccessToken { identity_id: token.identity, identity_access_token_id: token.id };
    let event = app.event(&caller, None, revoked);
    let stored = app.store.access_tokens().revoke(token.id, &event).await;
    app.memory.forget_token(token.id);
    stored.or_when_gone(|| AppError::TokenRefused).map_err(NotLetIn::of(token.identity))
}
