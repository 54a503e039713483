//! Client secrets of an identity.

use axum::{Json, extract::State};
use mayfly_api::universal_auth::{
    ClientSecretBody, ClientSecretData, ClientSecretList, CreateClientSecretRequest, CreatedClientSecret,
};
use mayfly_app::{
    AppError,
    client_secrets::{self as operations, NewClientSecret},
};
use mayfly_domain::{
    identity::{AccessTokenLimits, ClientSecret},
    ids::ClientSecretId,
};

use super::{Shared, caller::By, form::Form, identities::identity_id, json::Body, path::Path, problem::Failure, time};

/// Make a client secret. It is shown this once.
#[utoipa::path(post, path = "/api/v1/auth/universal-auth/identities/{identityId}/client-secrets",
    tag = "Universal auth", operation_id = "createClientSecret", params(("identityId" = String, Path)),
    request_body = CreateClientSecretRequest, responses((status = 200, body = CreatedClientSecret)))]
pub(super) async fn create(
    State(shared): State<Shared>,
    By(caller): By,
    Path(id): Path<String>,
    Body(body): Body,
) -> Result<Json<CreatedClientSecret>, Failure> {
    let form = Form::body(&body);
    let description = form.text("description", 255);
    let uses_limit = form.integer("numUsesLimit", 0..=i64::from(i32::MAX));
    let ttl_seconds = form.integer("ttl", 0..=AccessTokenLimits::LONGEST_SECONDS);
    let new = form.finish(|| {
        Some(NewClientSecret {
            description: description?.unwrap_or_default(),
            uses_limit: uses_limit?.unwrap_or(0),
            ttl_seconds: ttl_seconds?.unwrap_or(0),
        })
    })?;
    let created = operations::create(&shared.app, &caller, identity_id(&id)?, new).await?;
    Ok(Json(CreatedClientSecret {
        client_secret: created.text.expose().clone(),
        client_secret_data: wire(&created.client_secret),
    }))
}

/// List an identity's client secrets, without the secrets themselves.
#[utoipa::path(get, path = "/api/v1/auth/universal-auth/identities/{identityId}/client-secrets",
    tag = "Universal auth", operation_id = "listClientSecrets", params(("identityId" = String, Path)),
    responses((status = 200, body = ClientSecretList)))]
pub(super) async fn list(
    State(shared): State<Shared>,
    By(caller): By,
    Path(id): Path<String>,
) -> Result<Json<ClientSecretList>, Failure> {
    let secrets = operations::list(&shared.app, &caller, identity_id(&id)?).await?;
    Ok(Json(ClientSecretList { client_secret_data: secrets.iter().map(wire).collect() }))
}

/// See one of them.
#[utoipa::path(get, path = "/api/v1/auth/universal-auth/identities/{identityId}/client-secrets/{clientSecretId}",
    tag = "Universal auth", operation_id = "getClientSecret",
    params(("identityId" = String, Path), ("clientSecretId" = String, Path)),
    responses((status = 200, body = ClientSecretBody)))]
pub(super) async fn get(
    State(shared): State<Shared>,
    By(caller): By,
    Path((id, secret)): Path<(String, String)>,
) -> Result<Json<ClientSecretBody>, Failure> {
    let secret = operations::get(&shared.app, &caller, identity_id(&id)?, secret_id(&secret)?).await?;
    Ok(Json(ClientSecretBody { client_secret_data: wire(&secret) }))
}

/// Revoke one of them. Access tokens got with it live on to their end.
#[utoipa::path(post, tag = "Universal auth", operation_id = "revokeClientSecret",
    path = "/api/v1/auth/universal-auth/identities/{identityId}/client-secrets/{clientSecretId}/revoke",
    params(("identityId" = String, Path), ("clientSecretId" = String, Path)),
    responses((status = 200, body = ClientSecretBody)))]
pub(super) async fn revoke(
    State(shared): State<Shared>,
    By(caller): By,
    Path((id, secret)): Path<(String, String)>,
) -> Result<Json<ClientSecretBody>, Failure> {
    let secret = operations::revoke(&shared.app, &caller, identity_id(&id)?, secret_id(&secret)?).await?;
    Ok(Json(ClientSecretBody { client_secret_data: wire(&secret) }))
}

fn secret_id(text: &str) -> Result<ClientSecretId, AppError> {
    text.parse().map_err(|_| AppError::NotFound { what: "client secret", name: text.to_owned() })
}

fn wire(secret: &ClientSecret) -> ClientSecretData {
    ClientSecretData {
        id: secret.id.to_string(),
        identity_ua_id: secret.universal_auth.to_string(),
        description: secret.description.clone(),
        client_secret_prefix: secret.prefix.clone(),
        client_secret_num_uses: secret.uses,
        client_secret_num_uses_limit: secret.uses_limit,
        client_secret_ttl: secret.ttl_seconds,
        is_client_secret_revoked: secret.is_revoked,
        created_at: time::text(secret.created_at),
        updated_at: time::text(secret.updated_at),
    }
}
