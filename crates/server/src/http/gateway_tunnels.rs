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
use mayfly_domain::caller::Caller;

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
    switch(&shared, caller, request, ENROLMENT_SUBPROTOCOL, Gateways::enrol)
}

/// Open a tunnel as a gateway (WebSocket, sub-protocol `tunnel.v1.mayfly.dev`), by a certificate that is shown inside it. See
/// `docs/reference/gateway-wire.md`.
#[utoipa::path(get, path = "/api/v1/gateway-tunnels", operation_id = "openGatewayTunnel", tag = "Gateways",
    responses((status = 101, description = "Switched.")))]
pub(super) async fn open(State(shared): State<Shared>, By(caller): By, request: Request) -> Result<Response, Failure> {
    switch(&shared, caller, request, TUNNEL_SUBPROTOCOL, Gateways::tunnel)
}

fn switch(
    shared: &Shared,
    caller: Caller,
    mut request: Request,
    subprotocol: &'static str,
    serve: impl FnOnce(&Gateways, Switched, Caller) + Send + 'static,
) -> Result<Response, Failure> {
    Form::query(&query_fields(request.uri().query())).nothing()?;
    let refused = || problem::not_a_websocket(subprotocol);
    let response = switching(&request, subprotocol).ok_or_else(refused)?;
    let upgrade = request.extensions_mut().remove::<OnUpgrade>().ok_or_else(refused)?;
    let gateways = shared.gateways.clone();
    tokio::spawn(async move {
        // A connection that breaks before it was switched is its client's affair.
        if let Ok(stream) = upgrade.await {
            serve(&gateways, TokioIo::new(stream), caller);
        }
    });
    Ok(response.map(|()| Body::empty()))
}
