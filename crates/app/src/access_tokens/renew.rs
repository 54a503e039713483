//! Renewing an access token: a new JWT for the same token, up to its Max TTL, while it has a use left. Renewing is no use.

use mayfly_domain::{audit::MachineEvent, caller::Origin, identity::AccessToken, sensitive::Sensitive};
use mayfly_store::{
    StoreError,
    access_tokens::{HAS_A_USE_LEFT, TokenFacts},
};

use super::{
    GrantedToken, NotLetIn,
    authenticate::{caller_of, check_address, live_token},
    grant::later,
};
use crate::{App, AppError};

/// Renews the token that is shown.
pub async fn renew(app: &App, jwt: &Sensitive<String>, origin: Origin) -> Result<GrantedToken, NotLetIn> {
    let facts = live_token(app, jwt).await?;
    let identity = facts.token.identity;
    renewed(app, facts, origin).await.map_err(NotLetIn::of(identity))
}

async fn renewed(app: &App, facts: TokenFacts, origin: Origin) -> Result<GrantedToken, AppError> {
    check_address(&facts, &origin)?;
    let caller = caller_of(&facts, origin);
    let now = app.ambient.now();
    let latest = later(facts.token.created_at, facts.token.limits.max_lifetime_seconds());
    if now >= latest {
        return Err(AppError::TokenAtItsEnd);
    }
    let expires_at = later(now, facts.token.limits.lifetime_seconds()).min(latest);
    let token = AccessToken { renewed_at: Some(now), expires_at, ..facts.token };
    let renewed = MachineEvent::RenewAccessToken { identity_id: token.identity, identity_access_token_id: token.id };
    let event = app.event(&caller, None, renewed);
    app.store.access_tokens().renew(&token, &event).await.map_err(refused)?;
    app.memory.forget_token(token.id);
    GrantedToken::of(app, &token, now)
}

fn refused(error: StoreError) -> AppError {
    match error {
        StoreError::GuardFailed { guard: HAS_A_USE_LEFT } => AppError::TokenUsedUp,
        StoreError::GuardFailed { .. } => AppError::TokenRefused,
        other => AppError::Store(other),
    }
}
