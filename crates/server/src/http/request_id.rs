//! Every request has an id: in its trace, in its answer's header, and in the body of an error.

use axum::{
    extract::{Request, State},
    middleware::Next,
    response::Response,
};
use http::HeaderValue;
use mayfly_domain::hex::hex;
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
    let id = new_id(shared.app.ambient().random());
    let span = tracing::info_span!("request", id, method = %request.method(), path = request.uri().path());
    let answer = async {
        let mut response = next.run(request).await;
        tracing::info!(status = response.status().as_u16(), "answered");
        if let Ok(value) = HeaderValue::from_str(&current()) {
            response.headers_mut().insert("x-request-id", value);
        }
        response
    };
    // In a task of its own: a client that hangs up must not leave an operation half done or a refusal unrecorded.
    let (delivery, delivered) = oneshot::channel();
    let requests = shared.requests.clone();
    let running = async move {
        let response = answer.await;
        if let Err(response) = delivery.send(response) {
            undelivered::take_back(&shared.app, response).await;
        }
    };
    requests.spawn(CURRENT.scope(id.clone(), running.instrument(span)));
    match delivered.await {
        Ok(response) => response,
        Err(_) => CURRENT.sync_scope(id, problem::interrupted),
    }
}

fn new_id(random: [u8; 8]) -> String {
    format!("req-{}", hex(&random))
}
