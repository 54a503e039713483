//! Sign-ins that command lines ask for.

use axum::{
    Json,
    extract::State,
    response::{IntoResponse as _, Response},
};
use http::HeaderMap;
use mayfly_api::{
    sign_in::SignInMessage,
    sso::{SsoClaimRequest, SsoClaimed, SsoConfirmRequest, SsoSignInAsked, SsoSignInRequest},
};
use mayfly_app::{
    AppError,
    sso::{self as operations, Claimed, Confirm, RequestSso, SsoRequest},
};
use mayfly_domain::{
    access::operation::Operation, caller::Caller, ids::SsoRequestId, sensitive::Sensitive, sso::SsoRefusal,
};
use serde_json::{Map, Value};

use super::{Sent, audited, browser, pages};
use crate::http::{
    Shared,
    caller::By,
    cookie,
    form::{Form, at_most},
    json::Body,
    path::Path,
    place::not_empty,
    problem::Failure,
    sign_in::{Handover, signed_in},
    time,
};

/// Seconds to wait between two tries to claim a session.
const INTERVAL: u64 = 2;
/// Longest name of a machine that is shown, in characters.
const LONGEST_HOST: usize = 64;

/// Ask, from a command line, for a sign-in in a browser. The request is good for ten minutes.
#[utoipa::path(post, path = "/api/v1/auth/sso/requests", operation_id = "requestSso", tag = "Login",
    request_body = SsoSignInRequest, responses((status = 200, body = SsoSignInAsked)))]
pub(in crate::http) async fn request(
    State(shared): State<Shared>,
    By(caller): By,
    Body(body): Body,
) -> Result<Json<SsoSignInAsked>, Failure> {
    let form = Form::body(&body);
    form.only(&["provider", "host"]);
    let slug = form.optional_with("provider", |text| not_empty(text).map(str::to_owned));
    let host = form.required_with("host", |text| not_empty(text).and_then(|text| at_most(text, LONGEST_HOST)));
    let asked = form.finish(|| Some(RequestSso { slug: slug?, host: host? }))?;
    let asked = operations::request(&shared.app, &caller.origin, asked).await;
    let asked = audited(&shared, Operation::RequestSso, caller.origin, asked).await?;
    Ok(Json(SsoSignInAsked {
        request_id: asked.request.id.to_string(),
        provider: browser::shown(&asked.provider),
        url: asked.address,
        code: asked.code.expose().clone(),
        token: asked.token.expose().clone(),
        expires_at: time::text(asked.request.expires_at),
        interval: INTERVAL,
    }))
}

/// Get the session that was asked for, once somebody has confirmed it in a browser. It is handed over once.
#[utoipa::path(post, path = "/api/v1/auth/sso/requests/claim", operation_id = "claimSso", tag = "Login",
    request_body = SsoClaimRequest, responses((status = 200, body = SsoClaimed)))]
pub(in crate::http) async fn claim(
    State(shared): State<Shared>,
    By(caller): By,
    Body(body): Body,
) -> Result<Json<SsoClaimed>, Failure> {
    let form = Form::body(&body);
    form.only(&["token"]);
    let token = form.secret("token");
    let token = form.finish(|| token)?;
    let claimed = operations::claim(&shared.app, caller.origin.clone(), &token).await;
    Ok(Json(match audited(&shared, Operation::ClaimSso, caller.origin, claimed).await? {
        Claimed::Waiting => SsoClaimed { state: "waiting".to_owned(), signed_in: None },
        Claimed::Granted(granted) => {
            let signed_in = signed_in(&shared, &granted, Handover::Token);
            SsoClaimed { state: "granted".to_owned(), signed_in: Some(signed_in) }
        }
    }))
}

/// Confirm a request in the browser in which somebody signed in for it, with the code that the command line shows.
#[utoipa::path(post, path = "/api/v1/auth/sso/requests/{requestId}/confirm", operation_id = "confirmSso", tag = "Login",
    params(("requestId" = String, Path)), request_body = SsoConfirmRequest,
    responses((status = 200, body = SignInMessage)))]
pub(in crate::http) async fn confirm(
    State(shared): State<Shared>,
    By(caller): By,
    headers: HeaderMap,
    Path(id): Path<String>,
    Sent(fields): Sent,
) -> Response {
    match confirmed(&shared, &caller, &headers, (&id, &fields)).await {
        Err(error) => browser::refused(&headers, error),
        Ok(request) if pages::is_wanted(&headers) => pages::confirmed(&request),
        Ok(_) => Json(SignInMessage { message: "the command line is signed in".to_owned() }).into_response(),
    }
}

async fn confirmed(
    shared: &Shared,
    caller: &Caller,
    headers: &HeaderMap,
    (id, fields): (&str, &Map<String, Value>),
) -> Result<SsoRequest, AppError> {
    let form = Form::body(fields);
    form.only(&["code"]);
    let code: Option<Sensitive<String>> = form.secret("code");
    let code = form.finish(|| code)?;
    let confirmed = match id.parse::<SsoRequestId>() {
        Err(_) => Err(SsoRefusal::RequestOver.into()),
        Ok(id) => {
            let browser = cookie::of_sso(headers, &caller.origin);
            operations::confirm(&shared.app, caller.origin.clone(), Confirm { id, code, browser }).await
        }
    };
    audited(shared, Operation::ConfirmSso, caller.origin.clone(), confirmed).await
}
