//! Second factors.

use axum::{
    Json,
    extract::State,
    response::{IntoResponse as _, Response},
};
use http::HeaderMap;
use mayfly_api::{
    sign_in::{
        ConfirmedSecondFactor, EnrolledSecondFactor, NewRecoveryCodes, PasswordRequest, SecondFactorCodeRequest,
        SignedIn,
    },
    users::UserBody,
};
use mayfly_app::second_factor::{self as operations, RecoveryCodes};
use mayfly_domain::sensitive::Sensitive;
use serde_json::{Map, Value};

use super::{
    Shared,
    caller::By,
    form::Form,
    json::Body,
    path::Path,
    problem::Failure,
    sign_in::{Handover, hand_over, set_cookie, signed_in},
    users::{body_of, id},
};

/// Make a secret for an authenticator. It is asked for once it was confirmed.
#[utoipa::path(post, path = "/api/v1/users/me/second-factor", operation_id = "enrolSecondFactor", tag = "Users",
    request_body = PasswordRequest, responses((status = 200, body = EnrolledSecondFactor)))]
pub(super) async fn enrol(
    State(shared): State<Shared>,
    By(caller): By,
    Body(body): Body,
) -> Result<Json<EnrolledSecondFactor>, Failure> {
    let made = operations::enrol(&shared.app, &caller, &only_secret(&body, "password")?).await?;
    Ok(Json(EnrolledSecondFactor { secret: made.secret.expose().clone(), uri: made.uri.expose().clone() }))
}

/// Confirm a second factor with a code of it: the answer holds the recovery codes, this once. All other sessions end; this
/// one is exchanged for a new one.
#[utoipa::path(post, path = "/api/v1/users/me/second-factor/confirm", operation_id = "confirmSecondFactor", tag = "Users",
    request_body = SecondFactorCodeRequest, responses((status = 200, body = ConfirmedSecondFactor)))]
pub(super) async fn confirm(
    State(shared): State<Shared>,
    By(caller): By,
    headers: HeaderMap,
    Body(body): Body,
) -> Result<Response, Failure> {
    let (codes, granted) = operations::confirm(&shared.app, &caller, &only_secret(&body, "code")?).await?;
    let handover = Handover::like(&headers);
    let cookie = set_cookie(&shared, &granted, handover, &headers, &caller);
    let body =
        ConfirmedSecondFactor { recovery_codes: shown(&codes), signed_in: signed_in(&shared, &granted, handover) };
    Ok((cookie, Json(body)).into_response())
}

/// Make new recovery codes, in place of the old ones.
#[utoipa::path(post, path = "/api/v1/users/me/second-factor/recovery-codes", operation_id = "renewRecoveryCodes",
    tag = "Users", request_body = PasswordRequest, responses((status = 200, body = NewRecoveryCodes)))]
pub(super) async fn renew_codes(
    State(shared): State<Shared>,
    By(caller): By,
    Body(body): Body,
) -> Result<Json<NewRecoveryCodes>, Failure> {
    let codes = operations::renew_codes(&shared.app, &caller, &only_secret(&body, "password")?).await?;
    Ok(Json(NewRecoveryCodes { recovery_codes: shown(&codes) }))
}

/// Take one's own second factor off. All other sessions end; this one is exchanged for a new one.
#[utoipa::path(delete, path = "/api/v1/users/me/second-factor", operation_id = "removeSecondFactor", tag = "Users",
    request_body = PasswordRequest, responses((status = 200, body = SignedIn)))]
pub(super) async fn remove(
    State(shared): State<Shared>,
    By(caller): By,
    headers: HeaderMap,
    Body(body): Body,
) -> Result<Response, Failure> {
    let granted = operations::remove(&shared.app, &caller, &only_secret(&body, "password")?).await?;
    Ok(hand_over(&shared, &granted, Handover::like(&headers), &headers, &caller))
}

/// Take the second factor off a person who has lost it.
#[utoipa::path(delete, path = "/api/v1/users/{userId}/second-factor", operation_id = "resetUserSecondFactor", tag = "Users",
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

/// The one field of a body, which is a secret.
fn only_secret(body: &Map<String, Value>, name: &str) -> Result<Sensitive<String>, Failure> {
    let form = Form::body(body);
    form.only(&[name]);
    let secret = form.secret(name);
    Ok(form.finish(|| secret)?)
}

fn shown(codes: &RecoveryCodes) -> Vec<String> {
    codes.iter().map(|code| code.expose().clone()).collect()
}
