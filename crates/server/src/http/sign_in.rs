//! Signing in and out, and new passwords.

use axum::{
    Json,
    extract::State,
    response::{IntoResponse as _, Response},
};
use http::{HeaderMap, header};
use mayfly_api::sign_in::{
    ChangePasswordRequest, ForgotPasswordRequest, PasswordLoginRequest, ResetPasswordRequest, SignInMessage, SignedIn,
};
use mayfly_app::{
    sessions::{self, GrantedSession},
    sign_in::{self as operations, SignIn},
    users::change_own_password,
    webauthn::Assertion,
};
use mayfly_domain::{access::operation::Operation, caller::Caller, email, password::Password};

use super::{
    Shared,
    access_tokens::audited,
    caller::By,
    cookie,
    form::{Field, Form},
    json::Body,
    passkeys::assertion,
    problem::Failure,
    sessions::wire as wire_session,
    users::wire as wire_user,
};

/// Sign in with email and password. A second factor is asked for by 403 `mfa_required`: send the same again with its
/// `code`, or with what a passkey answered as `passkey`.
#[utoipa::path(post, path = "/api/v1/auth/login", operation_id = "loginUser", tag = "Login",
    request_body = PasswordLoginRequest, responses((status = 200, body = SignedIn)))]
pub(super) async fn login(
    State(shared): State<Shared>,
    By(caller): By,
    headers: HeaderMap,
    Body(body): Body,
) -> Result<Response, Failure> {
    let form = Form::body(&body);
    form.only(&["email", "password", "code", "passkey", "kind"]);
    let email = form.required_with("email", normalized);
    let password = form.secret("password");
    let code = form.optional_with("code", |text| Ok(text.into()));
    let passkey = passkey(&form);
    let handover = form.optional_with("kind", handover);
    let (request, handover) = form
        .finish(|| Some((SignIn { email: email?, password: password?, code: code?, passkey: passkey? }, handover?)))?;
    let granted = operations::login(&shared.app, caller.origin.clone(), request).await;
    let granted = audited(&shared, Operation::LoginUser, caller.origin.clone(), granted).await?;
    Ok(hand_over(&shared, &granted, handover.unwrap_or(Handover::Cookie), &headers, &caller))
}

/// What a passkey answered, in place of a code.
fn passkey(form: &Form<'_>) -> Field<Option<Assertion>> {
    let Some(credential) = form.optional_object("passkey")? else { return Some(None) };
    if form.get("code").is_some() {
        return form.fault("passkey", "invalid_value", "must not be sent with `code`: one of them is enough");
    }
    assertion(&credential).map(Some)
}

/// Sign out: the session that is shown ends, everywhere within seconds.
#[utoipa::path(post, path = "/api/v1/auth/logout", operation_id = "logout", tag = "Login",
    responses((status = 200, body = SignInMessage)))]
pub(super) async fn logout(
    State(shared): State<Shared>,
    By(caller): By,
    headers: HeaderMap,
    Body(body): Body,
) -> Result<Response, Failure> {
    Form::body(&body).nothing()?;
    sessions::logout(&shared.app, &caller).await?;
    let cookie = cookie::forget(&headers, &caller.origin);
    Ok(([(header::SET_COOKIE, cookie)], message("signed out")).into_response())
}

/// Ask for a mail with a link to set a new password. The answer is the same whoever asks for whom.
#[utoipa::path(post, path = "/api/v1/auth/password/forgot", operation_id = "forgetPassword", tag = "Login",
    request_body = ForgotPasswordRequest, responses((status = 200, body = SignInMessage)))]
pub(super) async fn forget(
    State(shared): State<Shared>,
    By(caller): By,
    Body(body): Body,
) -> Result<Json<SignInMessage>, Failure> {
    let form = Form::body(&body);
    form.only(&["email"]);
    let email = form.required_with("email", normalized);
    let email = form.finish(|| email)?;
    let asked = operations::forget(&shared.app, caller.origin.clone(), email).await;
    audited(&shared, Operation::ForgetPassword, caller.origin, asked).await?;
    Ok(message(
        "if somebody has this address and this server sends mail, a link is on its way; else ask an administrator",
    ))
}

/// Set a new password by a link, once. All sessions of the person end.
#[utoipa::path(post, path = "/api/v1/auth/password/reset", operation_id = "resetPassword", tag = "Login",
    request_body = ResetPasswordRequest, responses((status = 200, body = SignInMessage)))]
pub(super) async fn reset(
    State(shared): State<Shared>,
    By(caller): By,
    Body(body): Body,
) -> Result<Json<SignInMessage>, Failure> {
    let form = Form::body(&body);
    form.only(&["token", "password"]);
    let (token, password) = (form.secret("token"), form.required::<Password>("password"));
    let (token, password) = form.finish(|| Some((token?, password?)))?;
    let done = operations::reset(&shared.app, caller.origin.clone(), &token, &password).await;
    audited(&shared, Operation::ResetPassword, caller.origin, done).await?;
    Ok(message("the password is set; sign in with it"))
}

/// Change one's own password. All other sessions end; this one is exchanged for a new one.
#[utoipa::path(post, path = "/api/v1/users/me/password", operation_id = "changeOwnPassword", tag = "Users",
    request_body = ChangePasswordRequest, responses((status = 200, body = SignedIn)))]
pub(super) async fn change_own(
    State(shared): State<Shared>,
    By(caller): By,
    headers: HeaderMap,
    Body(body): Body,
) -> Result<Response, Failure> {
    let form = Form::body(&body);
    form.only(&["oldPassword", "newPassword"]);
    let (old, new) = (form.secret("oldPassword"), form.required::<Password>("newPassword"));
    let (old, new) = form.finish(|| Some((old?, new?)))?;
    let granted = change_own_password(&shared.app, &caller, &old, &new).await?;
    Ok(hand_over(&shared, &granted, Handover::like(&headers), &headers, &caller))
}

/// An address, in lower case.
pub(super) fn normalized(text: &str) -> Result<String, String> {
    email::normalized(text).map_err(|invalid| invalid.to_string())
}

/// How somebody gets a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Handover {
    /// In a cookie that scripts of the page cannot read.
    Cookie,
    /// In the answer.
    Token,
}

impl Handover {
    /// The way in which a request showed its own.
    pub(super) fn like(headers: &HeaderMap) -> Self {
        if headers.contains_key(header::AUTHORIZATION) { Self::Token } else { Self::Cookie }
    }
}

pub(super) fn handover(text: &str) -> Result<Handover, String> {
    match text {
        "cookie" => Ok(Handover::Cookie),
        "token" => Ok(Handover::Token),
        _ => Err("must be `cookie` or `token`".to_owned()),
    }
}

/// The answer with a new session in it.
pub(super) fn hand_over(
    shared: &Shared,
    granted: &GrantedSession,
    handover: Handover,
    headers: &HeaderMap,
    caller: &Caller,
) -> Response {
    let cookie = set_cookie(shared, granted, handover, headers, caller);
    (cookie, Json(signed_in(shared, granted, handover))).into_response()
}

/// The cookie of a session that is handed over in one.
pub(super) fn set_cookie(
    shared: &Shared,
    granted: &GrantedSession,
    handover: Handover,
    headers: &HeaderMap,
    caller: &Caller,
) -> HeaderMap {
    let mut set = HeaderMap::new();
    if handover == Handover::Cookie {
        let (until, now) = (granted.session.expires_at, shared.app.ambient().now());
        set.insert(header::SET_COOKIE, cookie::keep(&granted.token, until, now, headers, &caller.origin));
    }
    set
}

/// A session that just began, on the wire.
pub(super) fn signed_in(shared: &Shared, granted: &GrantedSession, handover: Handover) -> SignedIn {
    SignedIn {
        user: wire_user(&granted.user),
        session: wire_session(shared, &granted.session, Some(granted.session.id)),
        token: (handover == Handover::Token).then(|| granted.token.expose().clone()),
    }
}

fn message(text: &str) -> Json<SignInMessage> {
    Json(SignInMessage { message: text.to_owned() })
}
