//! Handlers take the caller that [`access_table::admit`](super::access_table::admit) let in.

use axum::extract::FromRequestParts;
use http::{HeaderMap, HeaderValue, header, request::Parts};
use mayfly_app::AppError;
use mayfly_domain::{caller::Caller, sensitive::Sensitive};

use super::problem::Failure;

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
    /// A bearer token.
    Token(Sensitive<String>),
    /// Something that is no bearer token. Two headers are: programs differ in which one they read.
    Malformed,
}

/// What the `Authorization` header of a request shows.
pub(super) fn shown(headers: &HeaderMap) -> Shown {
    let mut given = headers.get_all(header::AUTHORIZATION).iter();
    match (given.next(), given.next()) {
        (None, _) => Shown::Nothing,
        (Some(only), None) => bearer(only).map_or(Shown::Malformed, Shown::Token),
        (Some(_), Some(_)) => Shown::Malformed,
    }
}

fn bearer(header: &HeaderValue) -> Option<Sensitive<String>> {
    let (scheme, token) = header.to_str().ok()?.split_once(' ')?;
    (scheme.eq_ignore_ascii_case("bearer") && !token.trim().is_empty()).then(|| Sensitive::from(token.trim()))
}
