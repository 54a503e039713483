//! Setting up how an identity signs in: attach, see, change, take away.

use mayfly_domain::{
    access::operation::Operation,
    audit::MachineEvent,
    caller::Caller,
    identity::{AccessTokenLimits, Identity, Lockout, TrustedIp, UniversalAuth},
    ids::{IdentityId, UniversalAuthId},
};

use crate::{
    App, AppError,
    access_tokens::{AccessTokenChanges, names_of},
    error::{OrChanged as _, OrWhen as _},
    identities::may_manage,
};

/// What to set. What is `None` keeps its value, or its default where nothing was set yet.
#[derive(Clone, Debug, Default)]
pub struct UniversalAuthChanges {
    /// What is set of its access tokens.
    pub access_token: AccessTokenChanges,
    /// `clientSecretTrustedIps`.
    pub client_secret_trusted_ips: Option<Vec<TrustedIp>>,
    /// `lockoutEnabled`.
    pub is_lockout_enabled: Option<bool>,
    /// `lockoutThreshold`.
    pub lockout_threshold: Option<i64>,
    /// `lockoutDurationSeconds`.
    pub lockout_duration_seconds: Option<i64>,
    /// `lockoutCounterResetSeconds`.
    pub lockout_counter_reset_seconds: Option<i64>,
}

impl UniversalAuthChanges {
    fn lockout(&self, old: Lockout) -> Lockout {
        Lockout {
            is_enabled: self.is_lockout_enabled.unwrap_or(old.is_enabled),
            threshold: self.lockout_threshold.unwrap_or(old.threshold),
            duration_seconds: self.lockout_duration_seconds.unwrap_or(old.duration_seconds),
            counter_reset_seconds: self.lockout_counter_reset_seconds.unwrap_or(old.counter_reset_seconds),
        }
    }

    fn names(&self) -> Vec<String> {
        let own = [
            ("clientSecretTrustedIps", self.client_secret_trusted_ips.is_some()),
            ("lockoutEnabled", self.is_lockout_enabled.is_some()),
            ("lockoutThreshold", self.lockout_threshold.is_some()),
            ("lockoutDurationSeconds", self.lockout_duration_seconds.is_some()),
            ("lockoutCounterResetSeconds", self.lockout_counter_reset_seconds.is_some()),
        ];
        names_of(&[&self.access_token.named()[..], &own].concat())
    }
}

/// Lets an identity sign in with client secrets.
pub async fn attach(
    app: &App,
    caller: &Caller,
    id: IdentityId,
    changes: UniversalAuthChanges,
) -> Result<UniversalAuth, AppError> {
    let identity = authorized(app, caller, Operation::AttachUniversalAuth, id).await?;
    let now = app.ambient.now();
    let auth = UniversalAuth {
        id: UniversalAuthId::generate(&app.ambient),
        identity: identity.id,
        client_id: UniversalAuthId::generate(&app.ambient).to_string(),
        limits: changes.access_token.limits(AccessTokenLimits::default())?,
        lockout: changes.lockout(Lockout::default()),
        client_secret_trusted_ips: changes.client_secret_trusted_ips.unwrap_or_else(TrustedIp::everywhere),
        access_token_trusted_ips: changes.access_token.trusted_ips.unwrap_or_else(TrustedIp::everywhere),
        created_at: now,
        updated_at: now,
    };
    let added =
        MachineEvent::AddIdentityUniversalAuth { identity_id: identity.id, identity_universal_auth_id: auth.id };
    let stored = app.store.universal_auths().create(&auth, &app.event(caller, None, added)).await;
    stored.or_when_taken("universal_auths_identity", || AppError::taken("universal auth of identity", &id, None))?;
    Ok(auth)
}

/// How an identity may sign in.
pub async fn get(app: &App, caller: &Caller, id: IdentityId) -> Result<UniversalAuth, AppError> {
    app.authorize(caller, Operation::GetUniversalAuth).await?;
    stored(app, caller, id).await
}

/// Changes how an identity may sign in. Access tokens keep the limits they were made with.
pub async fn update(
    app: &App,
    caller: &Caller,
    id: IdentityId,
    changes: UniversalAuthChanges,
) -> Result<UniversalAuth, AppError> {
    authorized(app, caller, Operation::UpdateUniversalAuth, id).await?;
    let old = stored(app, caller, id).await?;
    let (names, since) = (changes.names(), old.updated_at);
    let auth = UniversalAuth {
        limits: changes.access_token.limits(old.limits)?,
        lockout: changes.lockout(old.lockout),
        client_secret_trusted_ips: changes.client_secret_trusted_ips.unwrap_or(old.client_secret_trusted_ips),
        access_token_trusted_ips: changes.access_token.trusted_ips.unwrap_or(old.access_token_trusted_ips),
        updated_at: app.moment_after(old.updated_at),
        ..old
    };
    let updated = MachineEvent::UpdateIdentityUniversalAuth {
        identity_id: id,
        identity_universal_auth_id: auth.id,
        updated_fields: names,
    };
    let written = app.store.universal_auths().update(&auth, since, &app.event(caller, None, updated)).await;
    written.or_changed("how the identity logs in")?;
    Ok(auth)
}

/// Takes it away: its client secrets go, and the access tokens got with them are revoked.
pub async fn revoke(app: &App, caller: &Caller, id: IdentityId) -> Result<UniversalAuth, AppError> {
    authorized(app, caller, Operation::RevokeUniversalAuth, id).await?;
    let auth = stored(app, caller, id).await?;
    let revoked = MachineEvent::RevokeIdentityUniversalAuth { identity_id: id, identity_universal_auth_id: auth.id };
    let deleted = app.store.universal_auths().delete(&auth, &app.event(caller, None, revoked)).await;
    deleted.or_when_gone(|| AppError::not_found("universal auth of identity", &id))?;
    app.memory.forget_identity(id);
    Ok(auth)
}

/// Whoever changes how an identity signs in can become it: they must hold all that it holds.
pub(crate) async fn authorized(
    app: &App,
    caller: &Caller,
    operation: Operation,
    id: IdentityId,
) -> Result<Identity, AppError> {
    app.authorize(caller, operation).await?;
    let organization = App::organization(caller)?;
    let identity = app.store.identities().get(organization, id).await?;
    let identity = identity.ok_or_else(|| AppError::not_found("identity", &id))?;
    may_manage(app, caller, operation, identity.role).await?;
    Ok(identity)
}

/// The configuration of one of the organization's identities.
pub(crate) async fn stored(app: &App, caller: &Caller, id: IdentityId) -> Result<UniversalAuth, AppError> {
    let found = app.store.universal_auths().get(App::organization(caller)?, id).await?;
    found.ok_or_else(|| AppError::not_found("universal auth of identity", &id))
}
