//! Which tokens of an identity provider let an identity in: attach, see, change, take away.

use std::collections::BTreeMap;

use axum::{Json, extract::State};
use jiff::Timestamp;
use mayfly_api::outside_auth::{OidcAuth as Wire, OidcAuthBody, OidcAuthRequest};
use mayfly_app::{
    AppError,
    dynamic_secrets::check,
    outside_auth::{self as operations, OidcChanges, OutsideAuthChanges, TrustChanges},
};
use mayfly_domain::{
    claim_pattern::ClaimPattern,
    outside_auth::{AuthMethod, OutsideAuth, Trust},
};
use serde_json::{Map, Value};

use super::{
    Shared,
    caller::By,
    form::{Field, Form, at_most},
    identities::identity_id,
    json::Body,
    outside_auth::{address, common, listed, mapping, wire},
    path::Path,
    problem::Failure,
};

/// Let an identity log in with tokens of an identity provider.
#[utoipa::path(post, path = "/api/v1/auth/oidc-auth/identities/{identityId}", tag = "OIDC auth",
    operation_id = "attachOidcAuth", params(("identityId" = String, Path)), request_body = OidcAuthRequest,
    responses((status = 200, body = OidcAuthBody)))]
pub(super) async fn attach(
    State(shared): State<Shared>,
    By(caller): By,
    Path(id): Path<String>,
    Body(body): Body,
) -> Result<Json<OidcAuthBody>, Failure> {
    let changes = changes(&body, shared.app.ambient().now())?;
    Ok(shown(&operations::attach(&shared.app, &caller, identity_id(&id)?, changes).await?)?)
}

/// See which tokens of an identity provider let an identity in.
#[utoipa::path(get, path = "/api/v1/auth/oidc-auth/identities/{identityId}", tag = "OIDC auth",
    operation_id = "getOidcAuth", params(("identityId" = String, Path)),
    responses((status = 200, body = OidcAuthBody)))]
pub(super) async fn get(
    State(shared): State<Shared>,
    By(caller): By,
    Path(id): Path<String>,
) -> Result<Json<OidcAuthBody>, Failure> {
    Ok(shown(&operations::get(&shared.app, &caller, identity_id(&id)?, AuthMethod::OidcAuth).await?)?)
}

/// Change which tokens of an identity provider let an identity in. Access tokens keep the limits they were made with.
#[utoipa::path(patch, path = "/api/v1/auth/oidc-auth/identities/{identityId}", tag = "OIDC auth",
    operation_id = "updateOidcAuth", params(("identityId" = String, Path)), request_body = OidcAuthRequest,
    responses((status = 200, body = OidcAuthBody)))]
pub(super) async fn update(
    State(shared): State<Shared>,
    By(caller): By,
    Path(id): Path<String>,
    Body(body): Body,
) -> Result<Json<OidcAuthBody>, Failure> {
    let changes = changes(&body, shared.app.ambient().now())?;
    Ok(shown(&operations::update(&shared.app, &caller, identity_id(&id)?, changes).await?)?)
}

/// Stop an identity from logging in with tokens of an identity provider; access tokens got with them are revoked.
#[utoipa::path(delete, path = "/api/v1/auth/oidc-auth/identities/{identityId}", tag = "OIDC auth",
    operation_id = "revokeOidcAuth", params(("identityId" = String, Path)),
    responses((status = 200, body = OidcAuthBody)))]
pub(super) async fn revoke(
    State(shared): State<Shared>,
    By(caller): By,
    Path(id): Path<String>,
) -> Result<Json<OidcAuthBody>, Failure> {
    Ok(shown(&operations::revoke(&shared.app, &caller, identity_id(&id)?, AuthMethod::OidcAuth).await?)?)
}

fn changes(body: &Map<String, Value>, now: Timestamp) -> Result<OutsideAuthChanges, Failure> {
    let form = Form::body(body);
    let discovery_url = address(&form, "oidcDiscoveryUrl");
    let ca = form.optional_with("caCert", |pem| check::ca(pem, now).map(|()| pem.to_owned()));
    let issuer = form.text("boundIssuer", 2048);
    let audiences = form.optional_with("boundAudiences", |text| {
        let audiences = listed(text, |audience| Ok(audience.to_owned()))?;
        check::audiences(&audiences).map(|()| audiences)
    });
    let subject = form.optional_with("boundSubject", |text| match text {
        "" => Ok(None),
        text => text.parse::<ClaimPattern>().map(Some).map_err(|invalid| invalid.to_string()),
    });
    let claims = claims(&form);
    let mapping = mapping(&form, "claimMetadataMapping");
    let common = common(&form);
    let finished = form.finish(|| {
        let trust = TrustChanges::Oidc(OidcChanges {
            discovery_url: discovery_url?,
            ca: ca?.map(|pem| Some(pem).filter(|pem| !pem.trim().is_empty())),
            issuer: issuer?,
            audiences: audiences?,
            subject: subject?,
            claims: claims?,
            claim_metadata_mapping: mapping?,
        });
        Some(common?.with(trust))
    });
    Ok(finished?)
}

/// `boundClaims`: each a text, several with commas between them, or a list of texts.
fn claims(form: &Form<'_>) -> Field<Option<BTreeMap<String, Vec<ClaimPattern>>>> {
    const MOST: usize = 64;
    let Some(value) = form.get("boundClaims") else { return Some(None) };
    let Value::Object(entries) = value else {
        return form.fault("boundClaims", "invalid_type", "must be an object of claims and texts");
    };
    if entries.len() > MOST {
        return form.fault("boundClaims", "too_long", format!("must have at most {MOST} entries"));
    }
    let mut read = BTreeMap::new();
    for (name, value) in entries {
        let patterns = if name.trim().is_empty() { Err("must name a claim".to_owned()) } else { patterns(value) };
        match patterns.and_then(|patterns| Ok((at_most(name, 255)?, patterns))) {
            Ok((name, patterns)) => read.insert(name, patterns),
            Err(message) => return form.fault("boundClaims", "invalid_entry", format!("`{name}` {message}")),
        };
    }
    Some(Some(read))
}

fn patterns(value: &Value) -> Result<Vec<ClaimPattern>, String> {
    let parse = |text: &str| text.parse::<ClaimPattern>().map_err(|invalid| invalid.to_string());
    let patterns = match value {
        Value::String(text) => listed(text, parse)?,
        Value::Array(entries) => {
            let texts = entries.iter().map(|entry| entry.as_str().ok_or_else(|| "must be a list of texts".to_owned()));
            texts.map(|text| text.and_then(parse)).collect::<Result<_, _>>()?
        }
        _ => return Err("must be a text or a list of texts".to_owned()),
    };
    if patterns.is_empty() { Err("must not be empty: an empty value matches nothing".to_owned()) } else { Ok(patterns) }
}

fn shown(auth: &OutsideAuth) -> Result<Json<OidcAuthBody>, AppError> {
    let Trust::Oidc(trust) = &auth.trust else { return Err(AppError::Bug("an OIDC auth that is none")) };
    let joined = |patterns: &Vec<ClaimPattern>| patterns.iter().map(ClaimPattern::as_str).collect::<Vec<_>>().join(",");
    Ok(Json(OidcAuthBody {
        identity_oidc_auth: Wire {
            auth: wire(auth),
            oidc_discovery_url: trust.discovery_url.to_string(),
            ca_cert: trust.ca.clone().unwrap_or_default(),
            bound_issuer: trust.issuer.clone(),
            bound_audiences: trust.audiences.join(","),
            bound_claims: trust.claims.iter().map(|(name, patterns)| (name.clone(), joined(patterns))).collect(),
            bound_subject: trust.subject.as_ref().map(ToString::to_string).unwrap_or_default(),
            claim_metadata_mapping: trust.claim_metadata_mapping.clone(),
        },
    }))
}
