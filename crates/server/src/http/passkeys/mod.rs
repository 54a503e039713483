//! Passkeys of people: one's own, and those of others.

mod read;
mod sign_in;
mod wire;

pub(super) use read::assertion;
pub(super) use sign_in::{
    __path_begin_login, __path_begin_second_factor, __path_login, begin_login, begin_second_factor, login,
};

use axum::{
    Json,
    extract::{RawQuery, State},
};
use mayfly_api::{
    passkeys::{PasskeyBody, PasskeyCreation, PasskeyList, ProofRequest, RegisterPasskeyRequest, RenamePasskeyRequest},
    users::UserBody,
};
use mayfly_app::{
    AppError,
    passkeys::{self as operations, NewPasskey},
};
use mayfly_domain::{ids::PasskeyId, sensitive::Sensitive, slug::DisplayName};
use serde_json::{Map, Value};

use super::{
    Shared,
    caller::By,
    form::Form,
    json::Body,
    path::Path,
    place::query_fields,
    problem::Failure,
    users::{body_of, id},
};

/// Ask for what a new passkey has to sign. Whoever signed in more than ten minutes ago sends their password.
#[utoipa::path(post, path = "/api/v1/users/me/passkeys/options", operation_id = "beginPasskeyRegistration", tag = "Users",
    request_body = ProofRequest, responses((status = 200, body = PasskeyCreation)))]
pub(super) async fn begin_registration(
    State(shared): State<Shared>,
    By(caller): By,
    Body(body): Body,
) -> Result<Json<PasskeyCreation>, Failure> {
    let password = proof(&body)?;
    let options = operations::begin_registration(&shared.app, &caller, password.as_ref()).await?;
    Ok(Json(wire::creation(&options)))
}

/// Add a passkey, by what the browser answered to the options.
#[utoipa::path(post, path = "/api/v1/users/me/passkeys", operation_id = "registerPasskey", tag = "Users",
    request_body = RegisterPasskeyRequest, responses((status = 200, body = PasskeyBody)))]
pub(super) async fn register(
    State(shared): State<Shared>,
    By(caller): By,
    Body(body): Body,
) -> Result<Json<PasskeyBody>, Failure> {
    let form = Form::body(&body);
    form.only(&["name", "credential"]);
    let (name, credential) = (form.required::<DisplayName>("name"), read::attestation(&form.object("credential")));
    let new = form.finish(|| {
        let (attestation, transports) = credential?;
        Some(NewPasskey { name: name?, attestation, transports })
    })?;
    let passkey = operations::register(&shared.app, &caller, new).await?;
    Ok(Json(PasskeyBody { passkey: wire::passkey(&passkey) }))
}

/// List one's own passkeys, oldest first. They are 20 at most.
#[utoipa::path(get, path = "/api/v1/users/me/passkeys", operation_id = "listOwnPasskeys", tag = "Users",
    responses((status = 200, body = PasskeyList)))]
pub(super) async fn list(
    State(shared): State<Shared>,
    By(caller): By,
    RawQuery(query): RawQuery,
) -> Result<Json<PasskeyList>, Failure> {
    Form::query(&query_fields(query.as_deref())).nothing()?;
    Ok(Json(wire::list(&operations::list(&shared.app, &caller).await?)))
}

/// Call one of one's own passkeys otherwise.
#[utoipa::path(patch, path = "/api/v1/users/me/passkeys/{passkeyId}", operation_id = "renamePasskey", tag = "Users",
    params(("passkeyId" = String, Path)), request_body = RenamePasskeyRequest, responses((status = 200, body = PasskeyBody)))]
pub(super) async fn rename(
    State(shared): State<Shared>,
    By(caller): By,
    Path(passkey): Path<String>,
    Body(body): Body,
) -> Result<Json<PasskeyBody>, Failure> {
    let form = Form::body(&body);
    form.only(&["name"]);
    let name = form.required::<DisplayName>("name");
    let name = form.finish(|| name)?;
    let passkey = operations::rename(&shared.app, &caller, passkey_id(&passkey)?, name).await?;
    Ok(Json(PasskeyBody { passkey: wire::passkey(&passkey) }))
}

/// Remove one of one's own passkeys. Whoever signed in more than ten minutes ago sends their password.
#[utoipa::path(delete, path = "/api/v1/users/me/passkeys/{passkeyId}", operation_id = "removePasskey", tag = "Users",
    params(("passkeyId" = String, Path)), request_body = ProofRequest, responses((status = 200, body = PasskeyBody)))]
pub(super) async fn remove(
    State(shared): State<Shared>,
    By(caller): By,
    Path(passkey): Path<String>,
    Body(body): Body,
) -> Result<Json<PasskeyBody>, Failure> {
    let password = proof(&body)?;
    let removed = operations::remove(&shared.app, &caller, passkey_id(&passkey)?, password.as_ref()).await?;
    Ok(Json(PasskeyBody { passkey: wire::passkey(&removed) }))
}

/// List the passkeys of a person, oldest first. They are 20 at most.
#[utoipa::path(get, path = "/api/v1/users/{userId}/passkeys", operation_id = "listUserPasskeys", tag = "Users",
    params(("userId" = String, Path)), responses((status = 200, body = PasskeyList)))]
pub(super) async fn list_of_user(
    State(shared): State<Shared>,
    By(caller): By,
    Path(user): Path<String>,
    RawQuery(query): RawQuery,
) -> Result<Json<PasskeyList>, Failure> {
    Form::query(&query_fields(query.as_deref())).nothing()?;
    Ok(Json(wire::list(&operations::list_of_user(&shared.app, &caller, id(&user)?).await?)))
}

/// Remove all passkeys of a person who has lost them. Their sessions end.
#[utoipa::path(delete, path = "/api/v1/users/{userId}/passkeys", operation_id = "resetUserPasskeys", tag = "Users",
    params(("userId" = String, Path)), responses((status = 200, body = UserBody)))]
pub(super) async fn reset(
    State(shared): State<Shared>,
    By(caller): By,
    Path(user): Path<String>,
    Body(body): Body,
) -> Result<Json<UserBody>, Failure> {
    Form::body(&body).nothing()?;
    Ok(body_of(&operations::reset(&shared.app, &caller, id(&user)?).await?))
}

/// The password that stands for the person where their sign-in was too long ago.
pub(super) fn proof(body: &Map<String, Value>) -> Result<Option<Sensitive<String>>, AppError> {
    let form = Form::body(body);
    form.only(&["password"]);
    let password = form.optional_with("password", |text| Ok(Sensitive::from(text)));
    form.finish(|| password)
}

/// The id in a path; what is none names nothing.
fn passkey_id(text: &str) -> Result<PasskeyId, AppError> {
    text.parse().map_err(|_| AppError::NotFound { what: "passkey", name: text.to_owned() })
}
