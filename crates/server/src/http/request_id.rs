//! Every request has an id: in its trace, in its answer's header, and in the body of an error.

use std::time::Duration;

use axum::{
    extract::{Request, State},
    middleware::Next,
    response::{IntoResponse as _, Response},
};
use http::HeaderValue;
use mayfly_domain::{clock::Ambient, hex::hex};
use tokio::sync::oneshot;
use tracing::Instrument as _;

use super::{Shared, problem, undelivered};

tokio::task_local! {
    static CURRENT: String;
}

/// The id of the request that is being answered; empty outside of one.
pub(super) fn current() -> String {
    CURRENT.try_with(Clone::clone).unwrap_or_default()
}

/// Gives the request its id, and traces it. Queries and bodies are not traced: they may hold secrets.
pub(super) async fn assign(State(shared): State<Shared>, request: Request, next: Next) -> Response {
    let (id, path) = (new_id(shared.app.ambient().random()), request.uri().path().to_owned());
    let span = tracing::info_span!("request", id, method = %request.method(), path);
    let answer = async {
        let response = next.run(request).await;
        tracing::info!(status = response.status().as_u16(), "answered");
        response
    };
    // In a task of its own: a client that hangs up must not leave an operation half done or a refusal unrecorded.
    let (delivery, delivered) = oneshot::channel();
    let requests = shared.requests.clone();
    let longest = longest_of(&path, shared.guards.longest_request);
    let ambient = shared.app.ambient().clone();
    let running = async move {
        let response = answer.await;
        if let Err(response) = delivery.send(response) {
            undelivered::take_back(&shared.app, response).await;
        }
    };
    requests.spawn(CURRENT.scope(id.clone(), running.instrument(span)));
    let answered = tokio::select! {
        delivered = delivered => delivered.unwrap_or_else(|_| CURRENT.sync_scope(id.clone(), problem::interrupted)),
        () = after(&ambient, longest) => CURRENT.sync_scope(id.clone(), || problem::took_too_long().into_response()),
    };
    with_id(answered, &id)
}

/// Reads every event there is.
const VERIFICATION: &str = "/api/v1/audit-log/verify";
/// A log of a hundred million events takes some of it.
const LONGEST_VERIFICATION: Duration = Duration::from_hours(1);

/// How long a request to `path` may take, of which others have `longest`.
fn longest_of(path: &str, longest: Option<Duration>) -> Option<Duration> {
    if path == VERIFICATION { longest.map(|longest| longest.max(LONGEST_VERIFICATION)) } else { longest }
}

/// Once so much time has passed; never where there is no limit.
async fn after(ambient: &Ambient, longest: Option<Duration>) {
    match longest {
        Some(longest) => ambient.sleep(longest).await,
        None => std::future::pending().await,
    }
}

fn with_id(mut response: Response, id: &str) -> Response {
    if let Ok(value) = HeaderValue::from_str(id) {
        response.headers_mut().insert("x-request-id", value);
    }
    response
}

fn new_id(random: [u8; 8]) -> String {
    format!("req-{}", hex(&random))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn proving_a_long_log_has_the_time_that_it_takes() {
        let minute = Some(Duration::from_mins(1));
        assert_eq!(longest_of("/api/v1/audit-log/verify", minute), Some(Duration::from_hours(1)));
        assert_eq!(longest_of("/api/v1/audit-log/head", minute), minute);
        assert_eq!(longest_of("/api/v1/audit-log/verify", None), None);
    }
}
