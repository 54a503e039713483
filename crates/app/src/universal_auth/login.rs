//! Signing in with client id and client secret.
//!
//! Whoever fails learns nothing but that they failed: an unknown client id, a wrong, expired or used-up secret all end
//! in the same words, after the same questions to the store. A client id is no secret all the same: whoever guesses at one
//! that exists locks it for their own address, and hears of that; its owner, who is elsewhere, signs in as always.

use mayfly_domain::{
    audit::Event,
    caller::{Actor, Caller, Origin},
    identity::{ClientSecret, Lockout},
    ids::UniversalAuthId,
    outside_auth::AuthMethod,
    sensitive::Sensitive,
    source::Source,
};
use mayfly_store::{
    client_secrets::MAY_BE_USED,
    login_failures::{Counting, Failures, Guess},
    universal_auths::LoginFacts,
};

use crate::{
    App, AppError,
    access_tokens::{GrantedToken, NewToken, later, new_token},
    error::OrWhen as _,
    secret_text::digest_of,
};

/// What a machine shows.
#[derive(Debug)]
pub struct Login {
    /// Its client id.
    pub client_id: String,
    /// Its client secret.
    pub client_secret: Sensitive<String>,
}

/// Gives an access token for a client secret.
pub async fn login(app: &App, origin: Origin, request: Login) -> Result<GrantedToken, AppError> {
    let digest = digest_of(request.client_secret.expose());
    let facts = app.store.universal_auths().for_login(&request.client_id).await?;
    let Some(facts) = facts else { return Err(refuse_unknown(app, &origin, &digest).await?) };
    check_address(&facts, &origin)?;
    let source = Source::name_of(origin.ip_address);
    check_lock(app, &facts, &source).await?;
    let found = app.store.client_secrets().find(facts.universal_auth.id, &digest).await?;
    match found {
        Some(_) if facts.is_disabled => Err(AppError::LoginRefused { reason: "identity disabled" }),
        Some(secret) if is_valid(app, &secret) => sign_in(app, facts, &secret, origin).await,
        // It was the right one once: whoever still has it is behind, and does not guess. It locks nobody out.
        Some(_) => Err(refuse_spent(app, &source).await?),
        None => Err(refuse(app, &facts, origin, &source).await?),
    }
}

fn check_address(facts: &LoginFacts, origin: &Origin) -> Result<(), AppError> {
    let trusted = &facts.universal_auth.client_secret_trusted_ips;
    let is_trusted = origin.ip_address.is_some_and(|address| trusted.iter().any(|range| range.contains(address)));
    if is_trusted { Ok(()) } else { Err(AppError::UntrustedAddress) }
}

async fn check_lock(app: &App, facts: &LoginFacts, source: &str) -> Result<(), AppError> {
    let guess = Guess { client: Some(facts.universal_auth.id), source };
    let locked_until = app.store.login_failures().locked_until(&guess).await?;
    match locked_until.filter(|until| *until > app.ambient.now()) {
        Some(until) if facts.universal_auth.lockout.is_enabled => Err(AppError::LockedOut { until }),
        _ => Ok(()),
    }
}

fn is_valid(app: &App, secret: &ClientSecret) -> bool {
    let is_expired = secret.ttl_seconds > 0 && later(secret.created_at, secret.ttl_seconds) <= app.ambient.now();
    !secret.is_revoked && !is_expired
}

async fn sign_in(
    app: &App,
    facts: LoginFacts,
    secret: &ClientSecret,
    origin: Origin,
) -> Result<GrantedToken, AppError> {
    let auth = &facts.universal_auth;
    let now = app.ambient.now();
    let new = NewToken {
        identity: auth.identity,
        auth_method: AuthMethod::UniversalAuth,
        client_secret: Some(secret.id),
        limits: auth.limits,
        trusted_ips: auth.access_token_trusted_ips.clone(),
    };
    let token = new_token(new, &app.ambient, now);
    let event = app.event(
        &machine(&facts, origin),
        None,
        Event::LoginIdentityUniversalAuth {
            identity_id: auth.identity,
            identity_universal_auth_id: auth.id,
            client_secret_id: secret.id,
            identity_access_token_id: token.id,
        },
    );
    let stored = app.store.client_secrets().sign_in(secret.id, &token, &event).await;
    stored.or_when_guarded(MAY_BE_USED, || AppError::CredentialsRefused)?;
    GrantedToken::of(app, &token, now)
}

/// Counts the failure, and locks the client id for its source when it was one too many. Others are not locked out: after
/// very many failures from everywhere, each source has one guess left instead of its usual few.
async fn refuse(app: &App, facts: &LoginFacts, origin: Origin, source: &str) -> Result<AppError, AppError> {
    let auth = &facts.universal_auth;
    let guess = Guess { client: Some(auth.id), source };
    if !auth.lockout.is_enabled {
        return Ok(AppError::CredentialsRefused);
    }
    let failures = count_failure(app, &guess, auth.lockout).await?;
    let threshold = if failures.of_client > MOST_FAILURES { 1 } else { auth.lockout.threshold };
    if failures.of_source >= threshold {
        let until = later(app.ambient.now(), auth.lockout.duration_seconds);
        let locked = Event::LockIdentityUniversalAuth { identity_id: auth.identity, locked_until: until };
        let mut caller = Caller::anonymous(origin);
        caller.organization = Some(facts.organization);
        let event = app.event(&caller, None, locked);
        // Another failure at the same moment may have locked it already: that is as good.
        let stored = app.store.login_failures().lock(&guess, until, &event).await;
        stored.or_when_gone(|| AppError::CredentialsRefused)?;
    }
    Ok(AppError::CredentialsRefused)
}

/// Does for a client id that nobody has what is done for a wrong secret, but counts it against nobody.
async fn refuse_unknown(app: &App, origin: &Origin, digest: &[u8]) -> Result<AppError, AppError> {
    let source = Source::name_of(origin.ip_address);
    app.store.login_failures().locked_until(&Guess { client: None, source: &source }).await?;
    app.store.client_secrets().find(UniversalAuthId::generate(&app.ambient), digest).await?;
    refuse_spent(app, &source).await
}

/// For a secret that counts no more: counted as a failure of nobody.
async fn refuse_spent(app: &App, source: &str) -> Result<AppError, AppError> {
    count_failure(app, &Guess { client: None, source }, Lockout::default()).await?;
    Ok(AppError::CredentialsRefused)
}

/// Wrong secrets for one client id in an hour, from all sources, before each source has but one guess (NIST SP 800-63B
/// section 5.2.2).
const MOST_FAILURES: i64 = 100;
/// The window of those, in seconds.
const WINDOW_SECONDS: i64 = 3_600;

/// One failure more; says how many there are.
async fn count_failure(app: &App, guess: &Guess<'_>, lockout: Lockout) -> Result<Failures, AppError> {
    let now = app.ambient.now();
    let counting = Counting {
        now,
        quiet_since: later(now, -lockout.counter_reset_seconds),
        window_since: later(now, -WINDOW_SECONDS),
    };
    Ok(app.store.login_failures().count(guess, counting).await?)
}

fn machine(facts: &LoginFacts, origin: Origin) -> Caller {
    Caller {
        actor: Actor::Identity { identity_id: facts.universal_auth.identity, name: facts.name.clone() },
        organization: Some(facts.organization),
        organization_role: None,
        access_token: None,
        session: None,
        origin,
    }
}
