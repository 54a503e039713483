//! How an identity signs in: attach, see, change, take away.

use axum::{Json, extract::State};
use mayfly_api::universal_auth::{
    ClearedLockouts, TrustedIp as WireTrustedIp, UniversalAuth as Wire, UniversalAuthBody, UniversalAuthRequest,
};
use mayfly_app::{
    access_tokens::AccessTokenChanges,
    universal_auth::{self as operations, UniversalAuthChanges},
};
use mayfly_domain::identity::{AccessTokenLimits, TrustedIp, UniversalAuth};
use serde_json::Value;

use super::{
    Shared,
    caller::By,
    form::{Field, Form},
    identities::identity_id,
    json::Body,
    path::Path,
    problem::Failure,
    time,
};

/// Let an identity log in with client secrets.
#[utoipa::path(post, path = "/api/v1/auth/universal-auth/identities/{identityId}", tag = "Universal auth",
    operation_id = "attachUniversalAuth", params(("identityId" = String, Path)), request_body = UniversalAuthRequest,
    responses((status = 200, body = UniversalAuthBody)))]
pub(super) async fn attach(
    State(shared): State<Shared>,
    By(caller): By,
    Path(id): Path<String>,
    Body(body): Body,
) -> Result<Json<UniversalAuthBody>, Failure> {
    let changes = changes(&body)?;
    let auth = operations::attach(&shared.app, &caller, identity_id(&id)?, changes).await?;
    Ok(wire(&auth))
}

/// See how an identity logs in.
#[utoipa::path(get, path = "/api/v1/auth/universal-auth/identities/{identityId}", tag = "Universal auth",
    operation_id = "getUniversalAuth", params(("identityId" = String, Path)),
    responses((status = 200, body = UniversalAuthBody)))]
pub(super) async fn get(
    State(shared): State<Shared>,
    By(caller): By,
    Path(id): Path<String>,
) -> Result<Json<UniversalAuthBody>, Failure> {
    Ok(wire(&operations::get(&shared.app, &caller, identity_id(&id)?).await?))
}

/// Change how an identity logs in. Access tokens keep the limits they were made with.
#[utoipa::path(patch, path = "/api/v1/auth/universal-auth/identities/{identityId}", tag = "Universal auth",
    operation_id = "updateUniversalAuth", params(("identityId" = String, Path)), request_body = UniversalAuthRequest,
    responses((status = 200, body = UniversalAuthBody)))]
pub(super) async fn update(
    State(shared): State<Shared>,
    By(caller): By,
    Path(id): Path<String>,
    Body(body): Body,
) -> Result<Json<UniversalAuthBody>, Failure> {
    let changes = changes(&body)?;
    Ok(wire(&operations::update(&shared.app, &caller, identity_id(&id)?, changes).await?))
}

/// Stop an identity from logging in with client secrets; access tokens got with them are revoked.
#[utoipa::path(delete, path = "/api/v1/auth/universal-auth/identities/{identityId}", tag = "Universal auth",
    operation_id = "revokeUniversalAuth", params(("identityId" = String, Path)),
    responses((status = 200, body = UniversalAuthBody)))]
pub(super) async fn revoke(
    State(shared): State<Shared>,
    By(caller): By,
    Path(id): Path<String>,
) -> Result<Json<UniversalAuthBody>, Failure> {
    Ok(wire(&operations::revoke(&shared.app, &caller, identity_id(&id)?).await?))
}

/// Unlock a client id that wrong secrets locked.
#[utoipa::path(post, path = "/api/v1/auth/universal-auth/identities/{identityId}/clear-lockouts",
    tag = "Universal auth", operation_id = "clearLockouts", params(("identityId" = String, Path)),
    responses((status = 200, body = ClearedLockouts)))]
pub(super) async fn clear_lockouts(
    State(shared): State<Shared>,
    By(caller): By,
    Path(id): Path<String>,
) -> Result<Json<ClearedLockouts>, Failure> {
    let deleted = operations::clear_lockouts(&shared.app, &caller, identity_id(&id)?).await?;
    Ok(Json(ClearedLockouts { deleted }))
}

fn changes(body: &serde_json::Map<String, Value>) -> Result<UniversalAuthChanges, Failure> {
    let form = Form::body(body);
    let access_token = access_token(&form);
    let secret_ips = trusted_ips(&form, "clientSecretTrustedIps");
    let is_lockout_enabled = form.boolean("lockoutEnabled");
    let threshold = form.integer("lockoutThreshold", 1..=30);
    let duration = form.integer("lockoutDurationSeconds", 30..=86_400);
    let reset = form.integer("lockoutCounterResetSeconds", 5..=3_600);
    Ok(form.finish(|| {
        Some(UniversalAuthChanges {
            access_token: access_token?,
            client_secret_trusted_ips: secret_ips?,
            is_lockout_enabled: is_lockout_enabled?,
            lockout_threshold: threshold?,
            lockout_duration_seconds: duration?,
            lockout_counter_reset_seconds: reset?,
        })
    })?)
}

/// What is set of the access tokens that a way to sign in gives.
pub(super) fn access_token(form: &Form<'_>) -> Field<AccessTokenChanges> {
    let longest = AccessTokenLimits::LONGEST_SECONDS;
    let (ttl, max_ttl) = (form.integer("accessTokenTTL", 0..=longest), form.integer("accessTokenMaxTTL", 0..=longest));
    let uses = form.integer("accessTokenNumUsesLimit", 0..=i64::from(i32::MAX));
    let period = form.integer("accessTokenPeriod", 0..=longest);
    let trusted_ips = trusted_ips(form, "accessTokenTrustedIps");
    Some(AccessTokenChanges {
        ttl_seconds: ttl?,
        max_ttl_seconds: max_ttl?,
        uses: uses?,
        period_seconds: period?,
        trusted_ips: trusted_ips?,
    })
}

fn trusted_ips(form: &Form<'_>, name: &str) -> Field<Option<Vec<TrustedIp>>> {
    let read = |entry: &Value| {
        let text = entry.get("ipAddress").and_then(Value::as_str);
        let text = text.ok_or_else(|| "must be an object with the text `ipAddress`".to_owned())?;
        text.parse::<TrustedIp>().map_err(|invalid| invalid.to_string())
    };
    let ranges = form.list(name, read)?;
    if ranges.as_ref().is_some_and(Vec::is_empty) {
        return form.fault(name, "empty_list", "must have at least one entry; `0.0.0.0/0` and `::/0` mean everywhere");
    }
    Some(ranges)
}

fn wire(auth: &UniversalAuth) -> Json<UniversalAuthBody> {
    Json(UniversalAuthBody {
        identity_universal_auth: Wire {
            id: auth.id.to_string(),
            identity_id: auth.identity.to_string(),
            client_id: auth.client_id.clone(),
            access_token_ttl: auth.limits.ttl_seconds,
            access_token_max_ttl: auth.limits.max_ttl_seconds,
            access_token_num_uses_limit: auth.limits.uses,
            access_token_period: auth.limits.period_seconds,
            client_secret_trusted_ips: auth.client_secret_trusted_ips.iter().map(range).collect(),
            access_token_trusted_ips: auth.access_token_trusted_ips.iter().map(range).collect(),
            lockout_enabled: auth.lockout.is_enabled,
            lockout_threshold: auth.lockout.threshold,
            lockout_duration_seconds: auth.lockout.duration_seconds,
            lockout_counter_reset_seconds: auth.lockout.counter_reset_seconds,
            created_at: time::text(auth.created_at),
            updated_at: time::text(auth.updated_at),
        },
    })
}

pub(super) fn range(range: &TrustedIp) -> WireTrustedIp {
    WireTrustedIp {
        ip_address: range.address().to_string(),
        family: if range.address().is_ipv4() { "ipv4" } else { "ipv6" }.to_owned(),
        prefix: range.prefix(),
    }
}
