//! One request of the server, from its headers to the end of its answer.

use std::{future::poll_fn, num::NonZeroU32, sync::Arc, time::Duration};

use bytes::Bytes;
use h2::{Reason, RecvStream, server::SendResponse};
use http::{HeaderMap, Method, Request, Response, StatusCode};
use mayfly_domain::clock::Ambient;
use tokio_util::sync::CancellationToken;

use super::{Answers, Asked};
use crate::{
    body::{BodyFault, read_all, write_all},
    byte_stream::ByteStream,
    failure::Refusal,
    protocol::{
        ACTOR_HEADER, ATTEMPT_HEADER, CONTROL_PATH, DEADLINE_HEADER, LARGEST_ANSWER, LARGEST_REQUEST, LEASE_HEADER,
        OPERATION_HEADER, OPERATIONS_PATH,
    },
};

pub(super) fn is_control(request: &Request<RecvStream>) -> bool {
    request.method() == Method::POST && request.uri().path() == CONTROL_PATH
}

/// Answers one request. What fails here is the stream's end, and nobody else's.
pub(super) async fn answer(
    ambient: Ambient,
    answers: Arc<dyn Answers>,
    request: Request<RecvStream>,
    mut respond: SendResponse<Bytes>,
) {
    let done = match *request.method() {
        Method::CONNECT => forward(answers.as_ref(), request, &mut respond).await,
        Method::POST => operation(&ambient, answers.as_ref(), request, &mut respond).await,
        _ => refuse(&mut respond, &unknown("only `POST` and `CONNECT` are answered")).await,
    };
    if done.is_err() {
        respond.send_reset(Reason::CANCEL);
    }
}

async fn operation(
    ambient: &Ambient,
    answers: &dyn Answers,
    request: Request<RecvStream>,
    respond: &mut SendResponse<Bytes>,
) -> Result<(), h2::Error> {
    let cancelled = CancellationToken::new();
    let (head, body) = request.into_parts();
    let asked = asked(head.uri.path(), &head.headers, cancelled.clone());
    let mut asked = match asked {
        Ok(asked) => asked,
        Err(refusal) => return refuse(respond, &refusal).await,
    };
    asked.body = match ambient.within(asked.limit, read_all(body, LARGEST_REQUEST)).await {
        Some(Ok(body)) => body,
        Some(Err(BodyFault::TooLong)) => {
            return refuse(respond, &Refusal::of_gateway("too_long", "the operation is too long")).await;
        }
        Some(Err(BodyFault::Broken(error))) => return Err(error),
        None => return refuse(respond, &Refusal::of_gateway("timed_out", "the operation did not come in time")).await,
    };
    let mut answering = answers.operation(asked);
    let answered = tokio::select! {
        answered = &mut answering => answered,
        reset = poll_fn(|context| respond.poll_reset(context)) => {
            // A reset says that nobody waits; a broken tunnel says nothing, and whoever asked may come by another one.
            if reset.is_ok() {
                cancelled.cancel();
            }
            return Ok(());
        }
    };
    match answered {
        Ok(document) if document.len() <= LARGEST_ANSWER => {
            let mut stream = respond.send_response(head_of(StatusCode::OK), false)?;
            write_all(&mut stream, document).await
        }
        Ok(_) => refuse(respond, &Refusal::of_gateway("too_long", "the answer is too long").after_acting()).await,
        Err(refusal) => refuse(respond, &refusal).await,
    }
}

async fn forward(
    answers: &dyn Answers,
    request: Request<RecvStream>,
    respond: &mut SendResponse<Bytes>,
) -> Result<(), h2::Error> {
    let authority = request.uri().authority();
    let target =
        authority.and_then(|authority| Some((authority.host().trim_matches(['[', ']']), authority.port_u16()?)));
    let Some((host, port)) = target else {
        return refuse(respond, &unknown("a byte stream leads to a host and a port")).await;
    };
    let Some(limit) = milliseconds(request.headers()) else { return refuse(respond, &bad(DEADLINE_HEADER)).await };
    let mut upstream = match answers.connect(host, port, limit).await {
        Ok(upstream) => upstream,
        Err(refusal) => return refuse(respond, &refusal).await,
    };
    let sender = respond.send_response(head_of(StatusCode::OK), false)?;
    let mut stream = ByteStream::new(sender, request.into_body());
    // Either end may close its half first. What breaks one half breaks both.
    let _ = tokio::io::copy_bidirectional(&mut stream, &mut upstream).await;
    Ok(())
}

fn asked(path: &str, headers: &HeaderMap, cancelled: CancellationToken) -> Result<Asked, Refusal> {
    let name = path.strip_prefix(OPERATIONS_PATH).ok_or_else(|| unknown("there is nothing at this path"))?;
    let optional = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let id = optional(OPERATION_HEADER).and_then(|text| text.parse().ok()).ok_or_else(|| bad(OPERATION_HEADER))?;
    let attempt = optional(ATTEMPT_HEADER).and_then(|text| text.parse::<NonZeroU32>().ok());
    let lease = optional(LEASE_HEADER).map(|text| text.parse().map_err(|_| bad(LEASE_HEADER))).transpose()?;
    Ok(Asked {
        id,
        name: name.to_owned(),
        attempt: attempt.ok_or_else(|| bad(ATTEMPT_HEADER))?.get(),
        lease,
        actor: optional(ACTOR_HEADER).map(str::to_owned),
        limit: milliseconds(headers).ok_or_else(|| bad(DEADLINE_HEADER))?,
        body: Bytes::new(),
        cancelled,
    })
}

fn bad(name: &str) -> Refusal {
    Refusal::of_gateway("bad_request", format!("the header `{name}` is missing or odd"))
}

fn milliseconds(headers: &HeaderMap) -> Option<Duration> {
    headers.get(DEADLINE_HEADER)?.to_str().ok()?.parse().ok().map(Duration::from_millis)
}

async fn refuse(respond: &mut SendResponse<Bytes>, refusal: &Refusal) -> Result<(), h2::Error> {
    let status = if refusal.retry_after_ms.is_some() { StatusCode::SERVICE_UNAVAILABLE } else { StatusCode::FORBIDDEN };
    let document = serde_json::to_vec(refusal).map(Bytes::from).unwrap_or_default();
    let mut stream = respond.send_response(head_of(status), false)?;
    write_all(&mut stream, document).await
}

fn unknown(message: &str) -> Refusal {
    Refusal::of_gateway("not_known", message)
}

fn head_of(status: StatusCode) -> Response<()> {
    let mut response = Response::new(());
    *response.status_mut() = status;
    response
}
