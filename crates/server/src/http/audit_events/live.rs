//! Events as they happen, for whoever looks on.
//!
//! Ids are in the order in which events were made, and one may become visible a little after a later one. So each look
//! goes back a few seconds and leaves out what was sent.

use std::{collections::BTreeSet, fmt::Write as _, time::Duration};

use axum::{
    body::{Body, Bytes},
    http::{HeaderMap, HeaderValue, header},
    response::Response,
};
use futures::stream;
use jiff::{SignedDuration, Timestamp};
use mayfly_app::{
    AppError, access_tokens,
    audit::{EventQuery, since},
    sessions,
};
use mayfly_domain::{caller::Caller, ids::AuditEventId};

use super::wire;
use crate::http::{
    Shared,
    caller::{Shown, shown},
    problem::Failure,
};

/// How often it looks.
const PAUSE: Duration = Duration::from_secs(1);

/// How long an id is remembered as sent: longer than a look goes back.
const REMEMBERED: SignedDuration = SignedDuration::from_secs(60);

/// Looks without anything new until a line is sent to keep the connection.
const QUIET: u32 = 15;

struct Live {
    shared: Shared,
    caller: Caller,
    /// What it was asked for with.
    shown: Shown,
    query: EventQuery,
    looked_at: Timestamp,
    /// Where the look that is going on has come to, and when it began; there is more than one page.
    going_on: Option<(AuditEventId, Timestamp)>,
    /// Sent, or older than what was asked for.
    sent: BTreeSet<AuditEventId>,
    quiet: u32,
    ends_at: Timestamp,
}

/// The first look is taken before anything is answered, so that a refusal is one.
pub(super) async fn answer(
    shared: Shared,
    caller: Caller,
    headers: &HeaderMap,
    query: EventQuery,
    longest: i64,
) -> Result<Response<Body>, Failure> {
    let shown = shown(headers, &caller.origin);
    let last = headers.get("last-event-id").and_then(|id| id.to_str().ok()).and_then(|id| id.parse().ok());
    let now = shared.app.ambient().now();
    let looked_at = last.and_then(moment_of).unwrap_or(now);
    let ends_at = now + SignedDuration::from_secs(longest);
    let (sent, going_on) = (BTreeSet::new(), None);
    let mut live = Live { shared, caller, shown, query, looked_at, going_on, sent, quiet: 0, ends_at };
    let mut first = live.look().await?;
    if last.is_none() {
        // Whoever begins now sees what happens from now on, and gets an id to go on after.
        while live.going_on.is_some() {
            live.look().await?;
        }
        first = Bytes::from(format!(": watching\nid: {}\n\n", AuditEventId::generate(live.shared.app.ambient())));
    }
    let ahead = stream::once(async move { Ok::<_, std::io::Error>(first) });
    let rest = stream::unfold(live, |live| async move { live.next().await });
    let mut response = Response::new(Body::from_stream(futures::StreamExt::chain(ahead, rest)));
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("text/event-stream"));
    Ok(response)
}

/// When an event's id was made.
fn moment_of(id: AuditEventId) -> Option<Timestamp> {
    let (seconds, _) = id.as_uuid().get_timestamp()?.to_unix();
    Timestamp::from_second(i64::try_from(seconds).ok()?).ok()
}

impl Live {
    async fn next(mut self) -> Option<(Result<Bytes, std::io::Error>, Self)> {
        loop {
            let ambient = self.shared.app.ambient().clone();
            if ambient.now() >= self.ends_at {
                return None;
            }
            let pause = if self.going_on.is_some() { Duration::ZERO } else { PAUSE };
            tokio::select! {
                () = ambient.sleep(pause) => {}
                () = self.shared.stopping() => return None,
            }
            // A token or a right that is gone ends it.
            self.caller = self.who().await.ok()?;
            let lines = self.look().await.ok()?;
            self.quiet += 1;
            if !lines.is_empty() || self.quiet >= QUIET {
                self.quiet = 0;
                let lines = if lines.is_empty() { Bytes::from_static(b":\n\n") } else { lines };
                return Some((Ok(lines), self));
            }
        }
    }

    async fn who(&self) -> Result<Caller, AppError> {
        let (app, origin) = (&self.shared.app, self.caller.origin.clone());
        match &self.shown {
            Shown::Token(token) => access_tokens::still_counts(app, token, origin).await,
            Shown::Session(token) => sessions::still_counts(app, token, origin).await,
            Shown::Nothing | Shown::Malformed => Err(AppError::NotSignedIn),
        }
    }

    /// One page of what is new since the last whole look.
    async fn look(&mut self) -> Result<Bytes, AppError> {
        let (after, begun) = match self.going_on {
            Some((after, begun)) => (Some(after), begun),
            None => (None, self.shared.app.ambient().now()),
        };
        let (events, next) = since(&self.shared.app, &self.caller, &self.query, self.looked_at, after).await?;
        let mut lines = String::new();
        for event in &events {
            if self.sent.insert(event.id) {
                let data = serde_json::to_string(&wire(event)).unwrap_or_default();
                // Writing to a string cannot fail.
                let _ = write!(lines, "id: {}\nevent: audit\ndata: {data}\n\n", event.id);
            }
        }
        self.going_on = next.map(|next| (next, begun));
        if self.going_on.is_some() {
            return Ok(Bytes::from(lines));
        }
        self.looked_at = begun.max(self.looked_at);
        let oldest = self.looked_at - REMEMBERED;
        self.sent.retain(|id| moment_of(*id).is_none_or(|made| made >= oldest));
        Ok(Bytes::from(lines))
    }
}
