//! Ending leases, and refusing to renew them.

use axum::{Json, extract::State};
use mayfly_api::leases::{EndLeaseRequest, LeaseBody, LeasePlaceRequest, RenewLeaseRequest};
use mayfly_app::leases::{self as operations, IsForced};

use super::{
    super::{
        Shared,
        caller::By,
        form::Form,
        json::Body,
        path::Path,
        place::{self, secret_place},
        problem::Failure,
    },
    wire::lease,
};

/// End a lease.
///
/// What was made for it is removed, and the cluster refuses its token; while that fails, the lease stays `ending` and
/// removing goes on. A token that nothing was made for cannot be taken back: its lease is `closed`, and it lives until
/// `tokenExpiresAt`.
#[utoipa::path(delete, path = "/api/v1/dynamic-secrets/leases/{leaseId}", operation_id = "revokeLease",
    tag = "Leases", params(("leaseId" = String, Path)), request_body = LeasePlaceRequest,
    responses((status = 200, body = LeaseBody)))]
pub(in super::super) async fn revoke(
    State(shared): State<Shared>,
    By(caller): By,
    Path(id): Path<String>,
    Body(body): Body,
) -> Result<Json<LeaseBody>, Failure> {
    let form = Form::body(&body);
    let place = secret_place(&form);
    let is_forced = form.boolean("isForced");
    let (place, is_forced) =
        form.finish(|| Some((place?, if is_forced?.unwrap_or(false) { IsForced::Yes } else { IsForced::No })))?;
    let ended = operations::revoke(&shared.app, &caller, &place, &id, is_forced).await?;
    Ok(Json(LeaseBody { lease: lease(&ended) }))
}

/// End a lease by its id, wherever its dynamic secret lies now.
///
/// As ending it at its place; and what is `closed` or `ended` already is answered as it is.
#[utoipa::path(post, path = "/api/v1/leases/{leaseId}/end", operation_id = "endLease", tag = "Leases",
    params(("leaseId" = String, Path)), request_body = EndLeaseRequest,
    responses((status = 200, body = LeaseBody)))]
pub(in super::super) async fn end(
    State(shared): State<Shared>,
    By(caller): By,
    Path(id): Path<String>,
    Body(body): Body,
) -> Result<Json<LeaseBody>, Failure> {
    let form = Form::body(&body);
    form.only(&["projectSlug"]);
    let project = place::project(&form);
    let project = form.finish(|| project)?;
    let ended = operations::end(&shared.app, &caller, &project, &id).await?;
    Ok(Json(LeaseBody { lease: lease(&ended) }))
}

/// Refused, always: a Kubernetes token's lifetime is fixed once it is issued. Create a new lease instead.
#[utoipa::path(post, path = "/api/v1/dynamic-secrets/leases/{leaseId}/renew", operation_id = "renewLease",
    tag = "Leases", params(("leaseId" = String, Path)), request_body = RenewLeaseRequest,
    responses((status = 400, description = "Tokens cannot be renewed.", body = mayfly_api::problem::Problem)))]
pub(in super::super) async fn renew(
    State(shared): State<Shared>,
    By(caller): By,
    Path(id): Path<String>,
    Body(body): Body,
) -> Result<Json<LeaseBody>, Failure> {
    let form = Form::body(&body);
    let place = secret_place(&form);
    let place = form.finish(|| place)?;
    match operations::renew(&shared.app, &caller, &place, &id).await {
        Ok(never) => match never {},
        Err(error) => Err(error.into()),
    }
}
