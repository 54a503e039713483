//! Requests that another site made a browser send.
//!
//! Browsers say where a request comes from (`Sec-Fetch-Site`, `Origin`); programs say nothing, and send no cookie by
//! themselves. So whatever changes something is refused when it says that it comes from elsewhere.

use axum::{
    extract::{MatchedPath, Request, State},
    middleware::Next,
    response::{IntoResponse as _, Response},
};
use http::{StatusCode, Uri};
use mayfly_app::audit::{Refused, record_refusal};
use mayfly_domain::{caller::Caller, error::chain};
use tower_http::csrf::{CsrfLayer, ProtectionError};

use super::{
    Shared, access_table, origin,
    problem::{Failure, Rejection},
};

/// Refuses what comes from another origin than the request's own or that of `public_url`.
pub(super) fn layer(public_url: &str) -> CsrfLayer<impl FnMut(ProtectionError) -> Response + Clone + use<>> {
    let layer = CsrfLayer::new();
    let layer = match origin_of(public_url) {
        Some(origin) => layer.add_trusted_origin(origin).unwrap_or_default(),
        None => layer,
    };
    layer.with_rejection_response(|_| refused())
}

/// Scheme and authority, as browsers write them.
fn origin_of(public_url: &str) -> Option<String> {
    let url: Uri = public_url.parse().ok()?;
    Some(format!("{}://{}", url.scheme_str()?, url.authority()?))
}

fn refused() -> Response {
    let message = "this request comes from another site; if it is Mayfly's own, set `public_url` to its address";
    Failure::from(Rejection::new(StatusCode::FORBIDDEN, "ForbiddenError", "cross_origin", message)).into_response()
}

/// Counts such refusals, as those of strangers are: whose cookie was used is not looked at.
pub(super) async fn record(State(shared): State<Shared>, request: Request, next: Next) -> Response {
    let path = request.extensions().get::<MatchedPath>().map(|path| path.as_str().to_owned());
    let operation = path.and_then(|path| access_table::operation(request.method(), &path));
    let caller = Caller::anonymous(origin::of(&shared.guards.proxies, request.extensions(), request.headers()));
    let response = next.run(request).await;
    if let (Some(operation), Some(_)) = (operation, response.extensions().get::<ProtectionError>()) {
        let refused = Refused { operation, reason: "cross-origin request", identity: None };
        if let Err(failure) = record_refusal(&shared.app, &caller, refused).await {
            tracing::error!(error = %chain(&failure), "a refusal could not be recorded");
        }
    }
    response
}
