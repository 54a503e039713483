//! Handlers take the caller that [`access_table::admit`](super::access_table::admit) let in.

use axum::extract::FromRequestParts;
use http::{HeaderMap, header, request::Parts};
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

/// The bearer token of a request. Two such headers are none: programs differ in which one they read.
pub(super) fn bearer(headers: &HeaderMap) -> Option<Sensitive<String>> {
    let mut given = headers.get_all(header::AUTHORIZATION).iter();
    let (only, None) = (given.next()?, given.next()) else { return None };
    let (scheme, token) = only.to_str().ok()?.split_once(' ')?;
    (scheme.eq_ignore_ascii_case("bearer") && !token.is_empty()).then(|| Sensitive::from(token.trim()))
}
