//! Requests of a project that wait for another person's word.

use axum::{
    Extension, Json,
    extract::{RawQuery, State},
};
use mayfly_api::{
    approvals::{ApprovalRequestBody, ApprovalRequestList, ApproveRequest, DenyRequest},
    leases::IssuedLease,
};
use mayfly_app::{
    approvals::{self as operations, RequestKey, RequestScope},
    leases::issue,
    projects::ProjectName,
};

use crate::http::{
    Shared, caller::By, form::Form, json::Body, leases::handed_out, path::Path, place::query_fields, problem::Failure,
    undelivered::HandedOut,
};

/// List the requests of a project, newest first: one's own, and those one may decide on.
#[utoipa::path(get, path = "/api/v1/projects/{projectId}/approval-requests", operation_id = "listApprovalRequests", tag = "Approvals",
    params(("projectId" = String, Path), ("state" = Option<String>, Query), ("cursor" = Option<String>, Query),
        ("limit" = Option<i64>, Query)),
    responses((status = 200, body = ApprovalRequestList)))]
pub(in crate::http) async fn list(
    State(shared): State<Shared>,
    By(caller): By,
    Path(project): Path<String>,
    RawQuery(query): RawQuery,
) -> Result<Json<ApprovalRequestList>, Failure> {
    super::list_of(&shared, &caller, scope(&project), query.as_deref()).await
}

/// See a request of a project.
#[utoipa::path(get, path = "/api/v1/projects/{projectId}/approval-requests/{requestId}", operation_id = "getApprovalRequest", tag = "Approvals",
    params(("projectId" = String, Path), ("requestId" = String, Path)), responses((status = 200, body = ApprovalRequestBody)))]
pub(in crate::http) async fn get(
    State(shared): State<Shared>,
    By(caller): By,
    Path((project, id)): Path<(String, String)>,
    RawQuery(query): RawQuery,
) -> Result<Json<ApprovalRequestBody>, Failure> {
    Form::query(&query_fields(query.as_deref())).nothing()?;
    let request = operations::get(&shared.app, &caller, &key(&project, id)).await?;
    Ok(super::body(&shared, &request))
}

/// Agree to a request. Only another person can, and nobody who can act as the machine that asks.
#[utoipa::path(post, path = "/api/v1/projects/{projectId}/approval-requests/{requestId}/approve", operation_id = "approveRequest", tag = "Approvals",
    params(("projectId" = String, Path), ("requestId" = String, Path)), request_body = ApproveRequest,
    responses((status = 200, body = ApprovalRequestBody)))]
pub(in crate::http) async fn approve(
    State(shared): State<Shared>,
    By(caller): By,
    Path((project, id)): Path<(String, String)>,
    Body(body): Body,
) -> Result<Json<ApprovalRequestBody>, Failure> {
    super::approve_by(&shared, &caller, &key(&project, id), &body).await
}

/// Refuse a request.
#[utoipa::path(post, path = "/api/v1/projects/{projectId}/approval-requests/{requestId}/deny", operation_id = "denyRequest", tag = "Approvals",
    params(("projectId" = String, Path), ("requestId" = String, Path)), request_body = DenyRequest,
    responses((status = 200, body = ApprovalRequestBody)))]
pub(in crate::http) async fn deny(
    State(shared): State<Shared>,
    By(caller): By,
    Path((project, id)): Path<(String, String)>,
    Body(body): Body,
) -> Result<Json<ApprovalRequestBody>, Failure> {
    super::deny_by(&shared, &caller, &key(&project, id), &body).await
}

/// Take back what one asked for.
#[utoipa::path(post, path = "/api/v1/projects/{projectId}/approval-requests/{requestId}/cancel", operation_id = "cancelRequest", tag = "Approvals",
    params(("projectId" = String, Path), ("requestId" = String, Path)), responses((status = 200, body = ApprovalRequestBody)))]
pub(in crate::http) async fn cancel(
    State(shared): State<Shared>,
    By(caller): By,
    Path((project, id)): Path<(String, String)>,
    Body(body): Body,
) -> Result<Json<ApprovalRequestBody>, Failure> {
    super::cancel_by(&shared, &caller, &key(&project, id), &body).await
}

/// Issue the lease that others agreed to. Its token is shown this once, to whoever asked.
#[utoipa::path(post, path = "/api/v1/projects/{projectId}/approval-requests/{requestId}/lease",
    operation_id = "fetchApprovedLease", tag = "Approvals",
    params(("projectId" = String, Path), ("requestId" = String, Path)),
    responses((status = 200, body = IssuedLease)))]
pub(in crate::http) async fn fetch(
    State(shared): State<Shared>,
    By(caller): By,
    Path((project, id)): Path<(String, String)>,
    Body(body): Body,
) -> Result<(Extension<HandedOut>, Json<IssuedLease>), Failure> {
    Form::body(&body).nothing()?;
    let wish = operations::wish_of(&shared.app, &caller, &key(&project, id)).await?;
    let issued = issue(&shared.app, &caller, wish).await?;
    Ok(handed_out(caller, issued))
}

fn scope(project: &str) -> RequestScope {
    RequestScope::Project(ProjectName::id(project))
}

fn key(project: &str, id: String) -> RequestKey {
    RequestKey { scope: scope(project), id }
}
