//! Answers that go on: server-sent events (HTML Living Standard, section 9.2).

use std::time::Duration;

use axum::{
    body::{Body, Bytes},
    http::{HeaderMap, HeaderName, HeaderValue, header},
    response::Response,
};
use futures::{Stream, StreamExt as _, stream};
use jiff::{SignedDuration, Timestamp};
use mayfly_domain::caller::Caller;

use super::{
    Shared,
    arrival::still_counts,
    caller::{Shown, shown},
    cookie,
    form::{Field, Form},
};

/// Seconds after which such an answer ends at the latest: a day.
const LONGEST: i64 = 86_400;

/// Somebody who watches.
pub(super) struct Watcher {
    pub(super) shared: Shared,
    /// Who, and by which rights, at the last look.
    pub(super) caller: Caller,
    /// What it was asked for with.
    shown: Shown,
    ends_at: Timestamp,
}

impl Watcher {
    /// Watches for `longest` seconds at most.
    pub(super) fn new(shared: Shared, caller: Caller, headers: &HeaderMap, longest: i64) -> Self {
        let shown = shown(headers, cookie::Kind::of(&shared, headers, &caller.origin));
        let ends_at = shared.app.ambient().now() + SignedDuration::from_secs(longest);
        Self { shared, caller, shown, ends_at }
    }

    /// Waits until it is worth looking again; nothing where it is over. A session, a token or a right that is gone ends it.
    pub(super) async fn pause(&mut self, pause: Duration) -> Option<()> {
        let ambient = self.shared.app.ambient();
        if ambient.now() >= self.ends_at {
            return None;
        }
        tokio::select! {
            () = ambient.sleep(pause) => {}
            () = self.shared.stopping() => return None,
        }
        self.caller = still_counts(&self.shared, &self.shown, self.caller.origin.clone()).await.ok()?;
        Some(())
    }
}

/// After how many seconds it shall end.
pub(super) fn longest(form: &Form<'_>) -> Field<i64> {
    Some(form.integer("longest", 0..=LONGEST)?.unwrap_or(LONGEST))
}

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
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/event-stream"));
    // A proxy that gathers an answer before it hands it on would hold back what happens now:
    // https://nginx.org/en/docs/http/ngx_http_proxy_module.html#proxy_buffering
    headers.insert(HeaderName::from_static("x-accel-buffering"), HeaderValue::from_static("no"));
    response
}
