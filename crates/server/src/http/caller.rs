//! Handlers take the caller that [`access_table::admit`](super::access_table::admit) let in.

use axum::extract::FromRequestParts;
use http::{HeaderMap, HeaderValue, header, request::Parts};
use mayfly_app::{AppError, sessions::is_session_token};
use mayfly_domain::{caller::Caller, sensitive::Sensitive};

use super::{
    cookie::{self, Cookie},
    problem::Failure,
};

/// The caller of this request.
#[derive(Clone, Debug)]
pub(super) struct By(pub(super) Caller);

impl<S: Send + Sync> FromRequestParts<S> for By {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Failure> {
        let caller = parts.extensions.get::<Caller>().cloned();
        caller.map(By).ok_or_else(|| AppError::Bug("a route was reached without being admitted").into())
    }
}

/// What a request says of who sent it.
pub(super) enum Shown {
    /// Nothing.
    Nothing,
    /// The access token of a machine.
    Token(Sensitive<String>),
    /// The session of a person, as a bearer token or in a cookie.
    Session(Sensitive<String>),
    /// Something that is no bearer token. Two headers are: programs differ in which one they read.
    Malformed,
}

/// What a request shows: its `Authorization` header, or else the cookie of a session.
pub(super) fn shown(headers: &HeaderMap, kind: cookie::Kind) -> Shown {
    let mut given = headers.get_all(header::AUTHORIZATION).iter();
    match (given.next(), given.next()) {
        (None, _) => match cookie::of(headers, kind) {
            Cookie::None => Shown::Nothing,
            Cookie::One(token) => Shown::Session(token),
            Cookie::Several => Shown::Malformed,
        },
        (Some(only), None) => match bearer(only) {
            None => Shown::Malformed,
            Some(token) if is_session_token(&token) => Shown::Session(token),
            Some(token) => Shown::Token(token),
        },
        (Some(_), Some(_)) => Shown::Malformed,
    }
}

fn bearer(header: &HeaderValue) -> Option<Sensitive<String>> {
    let (scheme, token) = header.to_str().ok()?.split_once(' ')?;
    (scheme.eq_ignore_ascii_case("bearer") && !token.trim().is_empty()).then(|| Sensitive::from(token.trim()))
}
