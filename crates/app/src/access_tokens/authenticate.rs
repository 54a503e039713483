//! Who shows this access token?

use mayfly_domain::{
    caller::{Actor, Caller, Origin},
    sensitive::Sensitive,
};
use mayfly_store::access_tokens::TokenFacts;

use super::NotLetIn;
use crate::{App, AppError};

/// The caller behind a bearer token: signature first, then the token's row, then where it comes from, and last whether
/// it has a use left.
pub async fn authenticate(app: &App, jwt: &Sensitive<String>, origin: Origin) -> Result<Caller, NotLetIn> {
    let facts = live_token(app, jwt).await?;
    let identity = facts.token.identity;
    check_address(&facts, &origin).map_err(NotLetIn::of(identity))?;
    count_use(app, &facts).await.map_err(NotLetIn::of(identity))?;
    Ok(caller_of(&facts, origin))
}

/// Whether a token that was let in still counts, without another use: for answers that take long.
pub async fn still_counts(app: &App, jwt: &Sensitive<String>, origin: Origin) -> Result<Caller, NotLetIn> {
    let facts = live_token(app, jwt).await?;
    check_address(&facts, &origin).map_err(NotLetIn::of(facts.token.identity))?;
    Ok(caller_of(&facts, origin))
}

/// Whoever holds a token, seen from `origin`.
pub(super) fn caller_of(facts: &TokenFacts, origin: Origin) -> Caller {
    Caller {
        actor: Actor::Identity { identity_id: facts.token.identity, name: facts.name.clone() },
        organization: Some(facts.organization),
        organization_role: Some(facts.role),
        access_token: Some(facts.token.id),
        session: None,
        origin,
    }
}

/// The token behind a JWT, if it still counts.
pub(super) async fn live_token(app: &App, jwt: &Sensitive<String>) -> Result<TokenFacts, NotLetIn> {
    let signed = app.signing.read(jwt, &app.store, &app.ambient).await?;
    let facts = app.memory.token(app, signed.id).await?.ok_or(AppError::TokenRefused)?;
    let refused = NotLetIn::of(facts.token.identity);
    if facts.token.is_revoked || facts.is_disabled {
        return Err(refused(AppError::TokenRefused));
    }
    if signed.expires_at.min(facts.token.expires_at) <= app.ambient.now() {
        return Err(refused(AppError::TokenExpired));
    }
    Ok(facts)
}

pub(super) fn check_address(facts: &TokenFacts, origin: &Origin) -> Result<(), AppError> {
    let is_trusted =
        origin.ip_address.is_some_and(|address| facts.token.trusted_ips.iter().any(|range| range.contains(address)));
    if is_trusted { Ok(()) } else { Err(AppError::UntrustedAddress) }
}

/// Only a limited token costs a write; the statement that counts is the one that decides.
async fn count_use(app: &App, facts: &TokenFacts) -> Result<(), AppError> {
    let limit = facts.token.limits.uses;
    if limit == 0 || app.store.access_tokens().count_use(facts.token.id, limit).await? {
        Ok(())
    } else {
        Err(AppError::TokenUsedUp)
    }
}
