//! Parameters of a path. What cannot be read names nothing, and is answered in the one envelope.

use axum::extract::FromRequestParts;
use http::{StatusCode, request::Parts};
use serde::de::DeserializeOwned;

use super::problem::{Failure, Rejection};

/// The parameters of a path, in their order.
#[derive(Clone, Debug)]
pub(super) struct Path<T>(pub(super) T);

impl<T: DeserializeOwned + Send, S: Send + Sync> FromRequestParts<S> for Path<T> {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Failure> {
        let axum::extract::Path(parameters) =
            axum::extract::Path::from_request_parts(parts, state).await.map_err(|_| unreadable())?;
        Ok(Self(parameters))
    }
}

fn unreadable() -> Rejection {
    let message = "the address has a part that is not valid UTF-8";
    Rejection::new(StatusCode::BAD_REQUEST, "BadRequest", "malformed_path", message)
}
