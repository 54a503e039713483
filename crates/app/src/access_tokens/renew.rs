//! Renewing an access token: a new JWT for the same token, up to its Max TTL.

use mayfly_domain::{audit::Event, caller::Origin, identity::AccessToken, sensitive::Sensitive};

use super::{
    GrantedToken,
    authenticate::{caller_of, check_address, live_token},
    grant::later,
};
use crate::{App, AppError, error::OrWhen as _};

/// Renews the token that is shown.
pub async fn renew(app: &App, jwt: &Sensitive<String>, origin: Origin) -> Result<GrantedToken, AppError> {
    let facts = live_token(app, jwt).await?;
    check_address(&facts, &origin)?;
    let caller = caller_of(&facts, origin);
    let now = app.ambient.now();
    let latest = later(facts.token.created_at, facts.token.limits.max_lifetime_seconds());
    if now >= latest {
        return Err(AppError::TokenAtItsEnd);
    }
    let expires_at = later(now, facts.token.limits.lifetime_seconds()).min(latest);
    let token = AccessToken { renewed_at: Some(now), expires_at, ..facts.token };
    let renewed = Event::RenewAccessToken { identity_id: token.identity, identity_access_token_id: token.id };
    let event = app.event(&caller, None, renewed);
    let stored = app.store.access_tokens().renew(token.id, expires_at, &event).await;
    stored.or_when_gone(|| AppError::TokenRefused)?;
    app.memory.forget_token(token.id);
    GrantedToken::of(app, &token, now)
}
