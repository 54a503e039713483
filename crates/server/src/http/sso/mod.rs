//! Single sign-on: the providers ([`providers`]), a browser there and back ([`browser`]), command lines ([`requests`]), and
//! the few pages that a browser needs before there is any other ([`pages`]).

pub(super) mod browser;
pub(super) mod own;
mod pages;
pub(super) mod providers;
pub(super) mod requests;

use axum::extract::{FromRequest, Request};
use http::header;
use mayfly_app::AppError;
use mayfly_domain::{access::operation::Operation, caller::Origin};
use serde_json::{Map, Value};

use super::{Shared, access_table::record, json::Body, place::query_fields, problem::Failure};

/// Longest form of ours, in bytes.
const LONGEST_FORM: usize = 4 * 1024;

/// The fields of a form that a browser sent, or of JSON.
pub(super) struct Sent(pub(super) Map<String, Value>);

impl FromRequest<Shared> for Sent {
    type Rejection = Failure;

    async fn from_request(request: Request, state: &Shared) -> Result<Self, Failure> {
        let kind = request.headers().get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
        if kind.split(';').next().map(str::trim) != Some("application/x-www-form-urlencoded") {
            return Ok(Self(Body::from_request(request, state).await?.0));
        }
        let bytes = axum::body::to_bytes(request.into_body(), LONGEST_FORM).await;
        let bytes = bytes.map_err(|_| AppError::field(&[], "too_long", "must be a form of at most 4 KiB"))?;
        Ok(Self(query_fields(std::str::from_utf8(&bytes).ok())))
    }
}

/// Records the refusal of somebody whom no provider vouches for; others are recorded where it is known who they are.
async fn audited<T>(
    shared: &Shared,
    operation: Operation,
    origin: Origin,
    result: Result<T, AppError>,
) -> Result<T, AppError> {
    let is_a_strangers = match &result {
        Ok(_) => false,
        Err(AppError::Sso(refusal)) => refusal.is_of_a_stranger(),
        Err(_) => true,
    };
    if let (Err(error), true) = (&result, is_a_strangers) {
        record(shared, operation, origin, error).await;
    }
    result
}
