//! Answers that go on: server-sent events (HTML Living Standard, section 9.2).

use axum::{
    body::{Body, Bytes},
    http::{HeaderMap, HeaderValue, header},
    response::Response,
};
use futures::{Stream, StreamExt as _, stream};

/// Seconds after which such an answer ends at the latest: a day.
pub(super) const LONGEST: i64 = 86_400;

/// The id that a program saw last, as it says when it comes again.
pub(super) fn last_event_id(headers: &HeaderMap) -> Option<&str> {
    headers.get("last-event-id").and_then(|id| id.to_str().ok())
}

/// What is there already, and then whatever comes.
pub(super) fn answer(
    first: Bytes,
    rest: impl Stream<Item = Result<Bytes, std::io::Error>> + Send + 'static,
) -> Response<Body> {
    let ahead = stream::once(async move { Ok::<_, std::io::Error>(first) });
    let mut response = Response::new(Body::from_stream(ahead.chain(rest)));
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("text/event-stream"));
    response
}
