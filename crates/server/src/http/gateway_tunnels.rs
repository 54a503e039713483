//! Where gateways come in: each connection is switched to a WebSocket and handed on.
//!
//! Nothing of who they are stands in the request: that is proven inside ([`gateways`](crate::gateways)).

use axum::{
    body::Body,
    extract::{Request, State},
    response::Response,
};
use hyper::upgrade::OnUpgrade;
use hyper_util::rt::TokioIo;

use super::{
    Shared,
    caller::By,
    form::Form,
    place::query_fields,
    problem::{self, Failure},
};
use crate::gateways::{ENROLMENT_SUBPROTOCOL, Gateways, Switched, TUNNEL_SUBPROTOCOL, switching};

/// Enrol as a gateway (WebSocket, sub-protocol `enrolment.v1.mayfly.dev`): one request and one answer, inside TLS of their own.
/// See `docs/reference/gateway-wire.md`.
#[utoipa::path(get, path = "/api/v1/gateway-enrolments", operation_id = "enrolGateway", tag = "Gateways",
    responses((status = 101, description = "Switched.")))]
pub(super) async fn enrol(State(shared): State<Shared>, By(caller): By, request: Request) -> Result<Response, Failure> {
    let room = shared.gateways.room_to_enrol(&caller).ok_or_else(problem::overloaded)?;
    switch(&shared, request, ENROLMENT_SUBPROTOCOL, move |gateways, stream| gateways.enrol(stream, caller, room))
}

/// Open a tunnel as a gateway (WebSocket, sub-protocol `tunnel.v1.mayfly.dev`), by a certificate that is shown inside it. See
/// `docs/reference/gateway-wire.md`.
#[utoipa::path(get, path = "/api/v1/gateway-tunnels", operation_id = "openGatewayTunnel", tag = "Gateways",
    responses((status = 101, description = "Switched.")))]
pub(super) async fn open(State(shared): State<Shared>, By(caller): By, request: Request) -> Result<Response, Failure> {
    let room = shared.gateways.room_to_come(&caller).ok_or_else(problem::overloaded)?;
    switch(&shared, request, TUNNEL_SUBPROTOCOL, move |gateways, stream| gateways.tunnel(stream, caller, room))
}

fn switch(
    shared: &Shared,
    mut request: Request,
    subprotocol: &'static str,
    serve: impl FnOnce(&Gateways, Switched) + Send + 'static,
) -> Result<Response, Failure> {
    Form::query(&query_fields(request.uri().query())).nothing()?;
    let refused = || problem::not_a_websocket(subprotocol);
    let response = switching(&request, subprotocol).ok_or_else(refused)?;
    let upgrade = request.extensions_mut().remove::<OnUpgrade>().ok_or_else(refused)?;
    let gateways = shared.gateways.clone();
    tokio::spawn(async move {
        // A connection that breaks before it was switched is its client's affair.
        if let Ok(stream) = upgrade.await {
            serve(&gateways, TokioIo::new(stream));
        }
    });
    Ok(response.map(|()| Body::empty()))
}
