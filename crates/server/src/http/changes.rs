//! What changes where the caller may look, as it happens.

use std::{fmt::Write as _, time::Duration};

use axum::{
    body::{Body, Bytes},
    extract::{RawQuery, State},
    http::HeaderMap,
    response::Response,
};
use futures::stream;
use jiff::{SignedDuration, Timestamp};
use mayfly_api::changes::Change;
use mayfly_app::{
    AppError,
    changes::{self as operations, Beginning, News, Position},
};
use mayfly_domain::{ids::AuditEventId, membership::Principal};

use super::{
    Shared,
    caller::By,
    concurrency::Place,
    event_stream::{self, Watcher},
    form::Form,
    place::query_fields,
    problem::{self, Failure},
    time,
};

/// How often it looks: what happens is told within a second.
const PAUSE: Duration = Duration::from_millis(500);

/// How long nothing is sent at most, so that whoever watches knows that they still do.
const BEAT: SignedDuration = SignedDuration::from_secs(15);

/// Watch what changes in the projects one may see (server-sent events): each `change` says what changed and where, not what it
/// is now. After `Last-Event-ID` it goes on where it stopped, and a change may come twice; `reload` says that some were missed.
/// A `beat` comes at first and at least every 15 seconds. It ends with the session.
#[utoipa::path(get, path = "/api/v1/events", operation_id = "watchChanges", tag = "Changes",
    params(("Last-Event-ID" = Option<String>, Header),
        ("longest" = Option<i64>, Query, description = "Seconds after which the answer ends; a day unless given.")),
    responses((status = 200, description = "A stream of changes.", body = Change, content_type = "text/event-stream")))]
pub(super) async fn watch(
    State(shared): State<Shared>,
    By(caller): By,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Result<Response<Body>, Failure> {
    let fields = query_fields(query.as_deref());
    let form = Form::query(&fields);
    form.only(&["longest"]);
    let longest = event_stream::longest(&form);
    let longest = form.finish(|| longest)?;
    let from = match event_stream::last_event_id(&headers).map(str::parse) {
        None => Beginning::Now,
        Some(Ok(id)) => Beginning::After(id),
        Some(Err(_)) => Beginning::Unknown,
    };
    let principal = caller.principal().ok_or(AppError::NotSignedIn)?;
    let place = shared.watchers.take_for(principal).map_err(|_| problem::too_many_watchers())?;
    let watcher = Watcher::new(shared, caller, &headers, longest);
    let (news, position) = operations::begin(&watcher.shared.app, &watcher.caller, from).await?;
    let told_at = watcher.shared.app.ambient().now();
    let watch = Watch { watcher, position, told_at, _place: place };
    let first = lines(&news) + &watch.beat();
    let rest = stream::unfold(watch, |watch| async move { watch.next().await });
    Ok(event_stream::answer(Bytes::from(first), rest))
}

struct Watch {
    watcher: Watcher,
    position: Position,
    told_at: Timestamp,
    _place: Place<Principal>,
}

impl Watch {
    async fn next(mut self) -> Option<(Result<Bytes, std::io::Error>, Self)> {
        loop {
            self.watcher.pause(PAUSE).await?;
            let Watcher { shared, caller, .. } = &self.watcher;
            let (news, position) = operations::go_on(&shared.app, caller, self.position).await.ok()?;
            self.position = position;
            let mut told = lines(&news);
            let ambient = self.watcher.shared.app.ambient();
            if ambient.now().duration_since(self.told_at) >= BEAT {
                told += &self.beat();
            }
            if !told.is_empty() {
                self.told_at = ambient.now();
                return Some((Ok(Bytes::from(told)), self));
            }
        }
    }

    /// That nothing else happened until now; the id is one to go on after.
    fn beat(&self) -> String {
        format!("id: {}\nevent: beat\ndata: {{}}\n\n", AuditEventId::generate(self.watcher.shared.app.ambient()))
    }
}

fn lines(news: &News) -> String {
    let mut lines = String::new();
    match news {
        News::Missed => lines.push_str("event: reload\ndata: {}\n\n"),
        News::Changes(changes) => {
            for change in changes {
                let data = serde_json::to_string(&wire(change)).unwrap_or_default();
                // Writing to a string cannot fail.
                let _ = write!(lines, "id: {}\nevent: change\ndata: {data}\n\n", change.id);
            }
        }
    }
    lines
}

fn wire(change: &operations::Change) -> Change {
    Change {
        kind: change.kind.as_str().to_owned(),
        project_id: change.project.map(|id| id.to_string()),
        lease_id: change.lease.clone(),
        dynamic_secret_id: change.dynamic_secret.clone(),
        approval_request_id: change.approval_request.clone(),
        connection_id: change.connection.clone(),
        created_at: time::text(change.created_at),
    }
}
