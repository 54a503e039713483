//! Giving up on a lease whose objects cannot be removed.

use axum::{Json, extract::State};
use mayfly_api::leases::{ForgetLeaseRequest, LeaseBody};
use mayfly_app::leases as operations;

use super::{
    super::{Shared, caller::By, form::Form, json::Body, path::Path, place, problem::Failure},
    reason::reason,
    wire::lease,
};

/// Stop trying to remove what was made for a lease. The reason and what stays are told to the audit log.
#[utoipa::path(post, path = "/api/v1/leases/{leaseId}/forget", operation_id = "forgetLease", tag = "Leases",
    params(("leaseId" = String, Path)), request_body = ForgetLeaseRequest,
    responses((status = 200, body = LeaseBody)))]
pub(in super::super) async fn forget(
    State(shared): State<Shared>,
    By(caller): By,
    Path(id): Path<String>,
    Body(body): Body,
) -> Result<Json<LeaseBody>, Failure> {
    let form = Form::body(&body);
    form.only(&["projectSlug", "reason"]);
    let project = place::project(&form);
    let reason = reason(&form);
    let (project, reason) = form.finish(|| Some((project?, reason?)))?;
    let forgotten = operations::forget(&shared.app, &caller, &project, &id, reason).await?;
    Ok(Json(LeaseBody { lease: lease(&forgotten) }))
}
