//! Events as they happen, for whoever looks on.
//!
//! Ids are in the order in which events were made, and one may become visible a little after a later one. So each look
//! goes back a few seconds and leaves out what was sent.

use std::{collections::BTreeSet, fmt::Write as _, time::Duration};

use axum::{
    body::{Body, Bytes},
    http::HeaderMap,
    response::Response,
};
use futures::stream;
use jiff::{SignedDuration, Timestamp};
use mayfly_app::{
    AppError,
    audit::{EventQuery, since},
};
use mayfly_domain::{caller::Caller, ids::AuditEventId};

use super::wire;
use crate::http::{
    Shared,
    event_stream::{self, Watcher},
    problem::Failure,
};

/// How often it looks.
const PAUSE: Duration = Duration::from_secs(1);

/// How long an id is remembered as sent: longer than a look goes back.
const REMEMBERED: SignedDuration = SignedDuration::from_secs(60);

/// Looks without anything new until a line is sent to keep the connection.
const QUIET: u32 = 15;

struct Live {
    watcher: Watcher,
    query: EventQuery,
    looked_at: Timestamp,
    /// Where the look that is going on has come to, and when it began; there is more than one page.
    going_on: Option<(AuditEventId, Timestamp)>,
    /// Sent, or older than what was asked for.
    sent: BTreeSet<AuditEventId>,
    quiet: u32,
}

/// The first look is taken before anything is answered, so that a refusal is one.
pub(super) async fn answer(
    shared: Shared,
    caller: Caller,
    headers: &HeaderMap,
    query: EventQuery,
    longest: i64,
) -> Result<Response<Body>, Failure> {
    let last = event_stream::last_event_id(headers).and_then(|id| id.parse().ok());
    let watcher = Watcher::new(shared, caller, headers, longest);
    let now = watcher.shared.app.ambient().now();
    let looked_at = last.and_then(|id: AuditEventId| id.made_at()).unwrap_or(now);
    let (sent, going_on) = (BTreeSet::new(), None);
    let mut live = Live { watcher, query, looked_at, going_on, sent, quiet: 0 };
    let mut first = live.look().await?;
    if last.is_none() {
        // Whoever begins now sees what happens from now on, and gets an id to go on after.
        while live.going_on.is_some() {
            live.look().await?;
        }
        first =
            Bytes::from(format!(": watching\nid: {}\n\n", AuditEventId::generate(live.watcher.shared.app.ambient())));
    }
    let rest = stream::unfold(live, |live| async move { live.next().await });
    Ok(event_stream::answer(first, rest))
}

impl Live {
    async fn next(mut self) -> Option<(Result<Bytes, std::io::Error>, Self)> {
        loop {
            let pause = if self.going_on.is_some() { Duration::ZERO } else { PAUSE };
            self.watcher.pause(pause).await?;
            let lines = self.look().await.ok()?;
            self.quiet += 1;
            if !lines.is_empty() || self.quiet >= QUIET {
                self.quiet = 0;
                let lines = if lines.is_empty() { Bytes::from_static(b":\n\n") } else { lines };
                return Some((Ok(lines), self));
            }
        }
    }

    /// One page of what is new since the last whole look.
    async fn look(&mut self) -> Result<Bytes, AppError> {
        let (after, begun) = match self.going_on {
            Some((after, begun)) => (Some(after), begun),
            None => (None, self.watcher.shared.app.ambient().now()),
        };
        let Watcher { shared, caller, .. } = &self.watcher;
        let (events, next) = since(&shared.app, caller, &self.query, self.looked_at, after).await?;
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
        self.sent.retain(|id| id.made_at().is_none_or(|made| made >= oldest));
        Ok(Bytes::from(lines))
    }
}
