//! Answers that are always the same: made once, and the same bytes for everybody who asks. However many ask and take nothing
//! of the answer, it is in memory once.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use axum::{
    body::{self, Body, Bytes},
    extract::{Request, State},
    middleware::Next,
    response::{IntoResponse as _, Response},
};
use http::{HeaderMap, Method, StatusCode, header};

/// Far more than the largest file of the page has.
const LARGEST: usize = 16 * 1024 * 1024;

/// Answers by path. Only what is there is kept, so there are as many as files.
#[derive(Clone, Default)]
pub(super) struct Kept(Arc<Mutex<HashMap<String, (HeaderMap, Bytes)>>>);

impl Kept {
    fn of(&self, path: &str) -> Option<(HeaderMap, Bytes)> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(path).cloned()
    }

    fn keep(&self, path: String, headers: HeaderMap, bytes: Bytes) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(path, (headers, bytes));
    }
}

/// Answers with what was kept, or keeps what is answered.
pub(super) async fn keep(State(kept): State<Kept>, request: Request, next: Next) -> Response {
    let path = request.uri().path().to_owned();
    if request.method() != Method::GET {
        return next.run(request).await;
    }
    if let Some((headers, bytes)) = kept.of(&path) {
        return (headers, bytes).into_response();
    }
    let response = next.run(request).await;
    if response.status() != StatusCode::OK {
        return response;
    }
    let (parts, body) = response.into_parts();
    let Ok(bytes) = body::to_bytes(body, LARGEST).await else {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    };
    let mut headers = parts.headers.clone();
    headers.remove(header::CONTENT_LENGTH);
    kept.keep(path, headers, bytes.clone());
    Response::from_parts(parts, Body::from(bytes))
}
