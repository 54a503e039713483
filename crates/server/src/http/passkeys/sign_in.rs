//! Signing in with passkeys.

use axum::{Json, extract::State, response::Response};
use http::HeaderMap;
use mayfly_api::{
    passkeys::{PasskeyLoginRequest, PasskeyRequest, PasskeySecondFactorRequest},
    sign_in::SignedIn,
};
use mayfly_app::passkeys as operations;
use mayfly_domain::access::operation::Operation;

use super::{
    super::{
        Shared,
        access_tokens::audited,
        caller::By,
        form::Form,
        json::Body,
        problem::Failure,
        sign_in::{Handover, hand_over, handover, normalized},
    },
    read, wire,
};

/// Ask for what a passkey has to sign, to sign in with it alone. The answer is the same whoever asks.
#[utoipa::path(post, path = "/api/v1/auth/passkeys/options", operation_id = "beginPasskeyLogin", tag = "Login",
    responses((status = 200, body = PasskeyRequest)))]
pub(in crate::http) async fn begin_login(
    State(shared): State<Shared>,
    By(caller): By,
    Body(body): Body,
) -> Result<Json<PasskeyRequest>, Failure> {
    Form::body(&body).nothing()?;
    let options = operations::begin_login(&shared.app, &caller.origin).await;
    let options = audited(&shared, Operation::BeginPasskeyLogin, caller.origin, options).await?;
    Ok(Json(wire::request(&options)))
}

/// Sign in with a passkey alone, by what the browser answered to the options. It stands for both factors.
#[utoipa::path(post, path = "/api/v1/auth/passkeys/login", operation_id = "loginPasskey", tag = "Login",
    request_body = PasskeyLoginRequest, responses((status = 200, body = SignedIn)))]
pub(in crate::http) async fn login(
    State(shared): State<Shared>,
    By(caller): By,
    headers: HeaderMap,
    Body(body): Body,
) -> Result<Response, Failure> {
    let form = Form::body(&body);
    form.only(&["credential", "kind"]);
    let assertion = read::assertion(&form.object("credential"));
    let handover = form.optional_with("kind", handover);
    let (assertion, handover) = form.finish(|| Some((assertion?, handover?)))?;
    let granted = operations::login(&shared.app, caller.origin.clone(), &assertion).await;
    let granted = audited(&shared, Operation::LoginPasskey, caller.origin.clone(), granted).await?;
    Ok(hand_over(&shared, &granted, handover.unwrap_or(Handover::Cookie), &headers, &caller))
}

/// Ask for what a passkey has to sign beside the password: send its answer with the same to `/api/v1/auth/login`, as
/// `passkey`.
#[utoipa::path(post, path = "/api/v1/auth/passkeys/second-factor-options", operation_id = "beginPasskeySecondFactor",
    tag = "Login", request_body = PasskeySecondFactorRequest, responses((status = 200, body = PasskeyRequest)))]
pub(in crate::http) async fn begin_second_factor(
    State(shared): State<Shared>,
    By(caller): By,
    Body(body): Body,
) -> Result<Json<PasskeyRequest>, Failure> {
    let form = Form::body(&body);
    form.only(&["email", "password"]);
    let (email, password) = (form.required_with("email", normalized), form.secret("password"));
    let (email, password) = form.finish(|| Some((email?, password?)))?;
    let options = operations::begin_second_factor(&shared.app, &caller.origin, &email, &password).await;
    let options = audited(&shared, Operation::BeginPasskeySecondFactor, caller.origin, options).await?;
    Ok(Json(wire::request(&options)))
}
