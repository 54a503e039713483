//! Logging in with a client secret; renewing and revoking access tokens.

use axum::{Json, extract::State};
use mayfly_api::access_tokens::{AccessTokenRequest, GrantedAccessToken, LoginRequest, RevokedAccessToken};
use mayfly_app::{
    AppError,
    access_tokens::{self, GrantedToken, NotLetIn},
    universal_auth::{self, Login},
};
use mayfly_domain::{access::operation::Operation, caller::Origin};

use super::{
    Shared,
    access_table::record_of,
    caller::By,
    form::Form,
    json::Body,
    place::not_empty,
    problem::{Failure, not_renewed},
};

/// Log in with client id and client secret.
#[utoipa::path(post, path = "/api/v1/auth/universal-auth/login", operation_id = "loginUniversalAuth", tag = "Login",
    request_body = LoginRequest, responses((status = 200, body = GrantedAccessToken)))]
pub(super) async fn login(
    State(shared): State<Shared>,
    By(caller): By,
    Body(body): Body,
) -> Result<Json<GrantedAccessToken>, Failure> {
    let form = Form::body(&body);
    let client_id = form.required_with("clientId", |text| not_empty(text).map(str::to_owned));
    let client_secret = form.secret("clientSecret");
    let login = form.finish(|| Some(Login { client_id: client_id?, client_secret: client_secret? }))?;
    let granted = universal_auth::login(&shared.app, caller.origin.clone(), login).await;
    let granted = audited(&shared, Operation::LoginUniversalAuth, caller.origin, granted).await?;
    Ok(wire(&granted))
}

/// Renew an access token, up to its Max TTL.
#[utoipa::path(post, path = "/api/v1/auth/token/renew", operation_id = "renewAccessToken", tag = "Login",
    request_body = AccessTokenRequest, responses((status = 200, body = GrantedAccessToken)))]
pub(super) async fn renew(
    State(shared): State<Shared>,
    By(caller): By,
    Body(body): Body,
) -> Result<Json<GrantedAccessToken>, Failure> {
    let form = Form::body(&body);
    let token = form.secret("accessToken");
    let token = form.finish(|| token)?;
    let granted = access_tokens::renew(&shared.app, &token, caller.origin.clone()).await;
    let granted = audited(&shared, Operation::RenewAccessToken, caller.origin, granted).await;
    granted.map(|granted| wire(&granted)).map_err(not_renewed)
}

/// Revoke an access token: it is refused from now on, everywhere within seconds.
#[utoipa::path(post, path = "/api/v1/auth/token/revoke", operation_id = "revokeAccessToken", tag = "Login",
    request_body = AccessTokenRequest, responses((status = 200, body = RevokedAccessToken)))]
pub(super) async fn revoke(
    State(shared): State<Shared>,
    By(caller): By,
    Body(body): Body,
) -> Result<Json<RevokedAccessToken>, Failure> {
    let form = Form::body(&body);
    let token = form.secret("accessToken");
    let token = form.finish(|| token)?;
    let revoked = access_tokens::revoke(&shared.app, &token, caller.origin.clone()).await;
    audited(&shared, Operation::RevokeAccessToken, caller.origin, revoked).await?;
    Ok(Json(RevokedAccessToken { message: "the access token was revoked".to_owned() }))
}

/// These routes have no caller before they succeed: their refusals are recorded as a stranger's.
pub(super) async fn audited<T, E: Into<NotLetIn>>(
    shared: &Shared,
    operation: Operation,
    origin: Origin,
    result: Result<T, E>,
) -> Result<T, AppError> {
    match result.map_err(Into::into) {
        Ok(done) => Ok(done),
        Err(refused) => {
            record_of(shared, operation, origin, &refused).await;
            Err(refused.error)
        }
    }
}

pub(super) fn wire(granted: &GrantedToken) -> Json<GrantedAccessToken> {
    Json(GrantedAccessToken {
        access_token: granted.jwt.expose().clone(),
        expires_in: granted.expires_in,
        access_token_max_ttl: granted.max_ttl_seconds,
        token_type: "Bearer".to_owned(),
    })
}
