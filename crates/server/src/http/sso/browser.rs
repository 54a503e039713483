//! A browser on its way to a provider and back.

use axum::{
    Json,
    extract::{RawQuery, State},
    response::{IntoResponse as _, Response},
};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use mayfly_api::sso::{SignInProvider, SignInProviderList, SsoStartRequest};
use mayfly_app::{
    AppError,
    sso::{Begin, Finished, Returned, begin, finish, list_for_sign_in},
};
use mayfly_domain::{
    access::operation::Operation,
    caller::Caller,
    ids::SsoRequestId,
    sensitive::Sensitive,
    sso::{ReturnPath, SsoProvider},
};
use serde_json::{Map, Value};

use super::{Sent, audited, pages};
use crate::http::{
    Shared,
    caller::By,
    cookie,
    form::Form,
    path::Path,
    place::query_fields,
    problem::Failure,
    sign_in::{Handover, set_cookie},
};

/// List the identity providers by which people may sign in, for a sign-in page.
#[utoipa::path(get, path = "/api/v1/auth/sso", operation_id = "listSignInProviders", tag = "Login",
    responses((status = 200, body = SignInProviderList)))]
pub(in crate::http) async fn list(
    State(shared): State<Shared>,
    RawQuery(query): RawQuery,
) -> Result<Json<SignInProviderList>, Failure> {
    Form::query(&query_fields(query.as_deref())).nothing()?;
    let providers = list_for_sign_in(&shared.app).await?;
    Ok(Json(SignInProviderList { providers: providers.iter().map(shown).collect() }))
}

/// What a sign-in page shows of a provider.
pub(super) fn shown(provider: &SsoProvider) -> SignInProvider {
    SignInProvider { slug: provider.slug.to_string(), name: provider.name.to_string() }
}

/// Send a browser to an identity provider. It comes back to `/api/v1/auth/sso/callback` within ten minutes.
#[utoipa::path(get, path = "/api/v1/auth/sso/{provider}/start", operation_id = "beginSso", tag = "Login",
    params(("provider" = String, Path), ("returnPath" = Option<String>, Query), ("request" = Option<String>, Query)),
    responses((status = 303, description = "the provider's address")))]
pub(in crate::http) async fn start(
    State(shared): State<Shared>,
    By(caller): By,
    headers: HeaderMap,
    Path(slug): Path<String>,
    RawQuery(query): RawQuery,
) -> Response {
    let fields = query_fields(query.as_deref());
    let begun = started(&shared, &caller, &headers, (slug, Form::query(&fields))).await;
    begun.unwrap_or_else(|error| refused(&headers, error))
}

/// The same, by a form of a sign-in page.
#[utoipa::path(post, path = "/api/v1/auth/sso/{provider}/start", operation_id = "beginSsoByForm", tag = "Login",
    params(("provider" = String, Path)), request_body = SsoStartRequest,
    responses((status = 303, description = "the provider's address")))]
pub(in crate::http) async fn start_by_form(
    State(shared): State<Shared>,
    By(caller): By,
    headers: HeaderMap,
    Path(slug): Path<String>,
    Sent(fields): Sent,
) -> Response {
    let begun = started(&shared, &caller, &headers, (slug, Form::body(&fields))).await;
    begun.unwrap_or_else(|error| refused(&headers, error))
}

async fn started(
    shared: &Shared,
    caller: &Caller,
    headers: &HeaderMap,
    (slug, form): (String, Form<'_>),
) -> Result<Response, AppError> {
    form.only(&["returnPath", "request"]);
    let return_path = form.optional::<ReturnPath>("returnPath");
    let request = form.optional::<SsoRequestId>("request");
    let (return_path, request) = form.finish(|| Some((return_path?, request?)))?;
    let origin = &caller.origin;
    let browser = cookie::of_sso(headers, origin);
    let begun = begin(&shared.app, origin, Begin { slug, return_path, request, browser }).await;
    let begun = audited(shared, Operation::BeginSso, origin.clone(), begun).await?;
    let mut address = HeaderValue::try_from(begun.address.expose().as_str())
        .map_err(|_| AppError::Bug("an address of a provider that no header may hold"))?;
    address.set_sensitive(true);
    let kept = cookie::keep_sso(&begun.browser, begun.seconds, headers, origin);
    Ok((StatusCode::SEE_OTHER, [(header::LOCATION, address), (header::SET_COOKIE, kept)]).into_response())
}

/// Come back from an identity provider. Answers with a page for a browser; whatever else the provider adds to the address is
/// not looked at.
#[utoipa::path(get, path = "/api/v1/auth/sso/callback", operation_id = "finishSso", tag = "Login",
    params(("state" = Option<String>, Query), ("code" = Option<String>, Query), ("iss" = Option<String>, Query),
           ("error" = Option<String>, Query)),
    responses((status = 200, description = "a page, and the cookie of a session", content_type = "text/html")))]
pub(in crate::http) async fn callback(
    State(shared): State<Shared>,
    By(caller): By,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Response {
    let fields = query_fields(query.as_deref());
    let returned = returned(&fields, cookie::of_sso(&headers, &caller.origin));
    let finished = finish(&shared.app, caller.origin.clone(), returned).await;
    match audited(&shared, Operation::FinishSso, caller.origin.clone(), finished).await {
        Err(error) => refused(&headers, error),
        Ok(Finished::ToConfirm { request, email }) => pages::to_confirm(&request, &email),
        Ok(Finished::SignedIn { granted, return_path }) => {
            let kept = set_cookie(&shared, &granted, Handover::Cookie, &headers, &caller);
            (kept, pages::signed_in(return_path.as_ref())).into_response()
        }
    }
}

fn returned(fields: &Map<String, Value>, browser: Option<Sensitive<String>>) -> Returned {
    let text = |name: &str| fields.get(name).and_then(Value::as_str).filter(|text| !text.is_empty());
    Returned {
        state: text("state").map(Sensitive::from),
        code: text("code").map(Sensitive::from),
        issuer: text("iss").map(str::to_owned),
        is_error: fields.contains_key("error"),
        browser,
    }
}

/// A refusal as whoever asked wants to see it.
pub(super) fn refused(headers: &HeaderMap, error: AppError) -> Response {
    // Both are logged in the same place.
    let answer = pages::is_wanted(headers).then(|| pages::failed(&error));
    let envelope = Failure::App(error).into_response();
    answer.unwrap_or(envelope)
}
