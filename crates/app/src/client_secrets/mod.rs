//! Client secrets: made and shown once, listed without the secret, revoked.

use mayfly_domain::{
    access::operation::Operation,
    audit::MachineEvent,
    caller::Caller,
    identity::{ClientSecret, UniversalAuth},
    ids::{ClientSecretId, IdentityId},
    sensitive::Sensitive,
};

use crate::{App, AppError, error::OrWhen as _, identities::may_manage, secret_text, universal_auth};

/// How a new secret is limited.
#[derive(Clone, Debug, Default)]
pub struct NewClientSecret {
    /// For people.
    pub description: String,
    /// Most logins; 0 means without limit.
    pub uses_limit: i64,
    /// Lifetime in seconds; 0 means without end.
    pub ttl_seconds: i64,
}

/// A secret that was just made, with its text.
#[derive(Debug)]
pub struct CreatedClientSecret {
    /// What is known of it from now on.
    pub client_secret: ClientSecret,
    /// The secret itself, shown once.
    pub text: Sensitive<String>,
}

/// Makes a client secret.
pub async fn create(
    app: &App,
    caller: &Caller,
    identity: IdentityId,
    new: NewClientSecret,
) -> Result<CreatedClientSecret, AppError> {
    const PREFIX_LENGTH: usize = 4;
    let auth = authorized(app, caller, Operation::CreateClientSecret, identity).await?;
    let text = secret_text::generate(&app.ambient);
    let now = app.ambient.now();
    let client_secret = ClientSecret {
        id: ClientSecretId::generate(&app.ambient),
        universal_auth: auth.id,
        description: new.description,
        prefix: text.expose().chars().take(PREFIX_LENGTH).collect(),
        uses: 0,
        uses_limit: new.uses_limit,
        ttl_seconds: new.ttl_seconds,
        is_revoked: false,
        created_at: now,
        updated_at: now,
    };
    let made = MachineEvent::CreateIdentityUniversalAuthClientSecret {
        identity_id: identity,
        client_secret_id: client_secret.id,
    };
    let digest = secret_text::digest_of(text.expose());
    app.store.client_secrets().create(&client_secret, &digest, &app.event(caller, None, made)).await?;
    Ok(CreatedClientSecret { client_secret, text })
}

/// The client secrets of an identity, oldest first.
pub async fn list(app: &App, caller: &Caller, identity: IdentityId) -> Result<Vec<ClientSecret>, AppError> {
    app.authorize(caller, Operation::ListClientSecrets).await?;
    let auth = universal_auth::stored(app, caller, identity).await?;
    Ok(app.store.client_secrets().list(auth.id).await?)
}

/// One of them.
pub async fn get(
    app: &App,
    caller: &Caller,
    identity: IdentityId,
    id: ClientSecretId,
) -> Result<ClientSecret, AppError> {
    app.authorize(caller, Operation::GetClientSecret).await?;
    let auth = universal_auth::stored(app, caller, identity).await?;
    found(app, &auth, id).await
}

/// Revokes one: nobody signs in with it any more. Access tokens got with it live on to their end.
pub async fn revoke(
    app: &App,
    caller: &Caller,
    identity: IdentityId,
    id: ClientSecretId,
) -> Result<ClientSecret, AppError> {
    let auth = authorized(app, caller, Operation::RevokeClientSecret, identity).await?;
    let secret = found(app, &auth, id).await?;
    let now = app.ambient.now();
    let revoked = MachineEvent::RevokeIdentityUniversalAuthClientSecret { identity_id: identity, client_secret_id: id };
    let stored = app.store.client_secrets().revoke(id, now, &app.event(caller, None, revoked)).await;
    stored.or_when_gone(|| AppError::not_found("client secret", &id))?;
    Ok(ClientSecret { is_revoked: true, updated_at: now, ..secret })
}

async fn found(app: &App, auth: &UniversalAuth, id: ClientSecretId) -> Result<ClientSecret, AppError> {
    let secret = app.store.client_secrets().get(auth.id, id).await?;
    secret.ok_or_else(|| AppError::not_found("client secret", &id))
}

/// Whoever makes a secret for an identity can become it: they must hold all that it holds.
async fn authorized(
    app: &App,
    caller: &Caller,
    operation: Operation,
    identity: IdentityId,
) -> Result<UniversalAuth, AppError> {
    app.authorize(caller, operation).await?;
    let owner = app.store.identities().get(App::organization(caller)?, identity).await?;
    let owner = owner.ok_or_else(|| AppError::not_found("identity", &identity))?;
    may_manage(app, caller, operation, owner.role).await?;
    universal_auth::stored(app, caller, identity).await
}
