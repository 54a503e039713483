//! Requests of the organization that wait for another person's word: those about cluster connections.

use axum::{
    Json,
    extract::{RawQuery, State},
};
use mayfly_api::approvals::{ApprovalRequestBody, ApprovalRequestList, ApproveRequest, DenyRequest};
use mayfly_app::approvals::{self as operations, RequestKey, RequestScope};

use super::{comment, page, wire};
use crate::http::{
    Shared, caller::By, form::Form, json::Body, leases::reason, path::Path, place::query_fields, problem::Failure,
};

/// List the requests of the organization, newest first: one's own, and those one may decide on.
#[utoipa::path(get, path = "/api/v1/organization/approval-requests", operation_id = "listOrganizationApprovalRequests", tag = "Approvals",
    params(("state" = Option<String>, Query), ("cursor" = Option<String>, Query),
        ("limit" = Option<i64>, Query)),
    responses((status = 200, body = ApprovalRequestList)))]
pub(in crate::http) async fn list(
    State(shared): State<Shared>,
    By(caller): By,
    RawQuery(query): RawQuery,
) -> Result<Json<ApprovalRequestList>, Failure> {
    let fields = query_fields(query.as_deref());
    let page = page(&Form::query(&fields), RequestScope::Organization)?;
    let (requests, next) = operations::list(&shared.app, &caller, page).await?;
    let now = shared.app.ambient().now();
    let approval_requests = requests.iter().map(|request| wire(request, now)).collect();
    Ok(Json(ApprovalRequestList { approval_requests, next_cursor: next.map(|id| id.to_string()) }))
}

/// See a request of the organization.
#[utoipa::path(get, path = "/api/v1/organization/approval-requests/{requestId}", operation_id = "getOrganizationApprovalRequest", tag = "Approvals",
    params(("requestId" = String, Path)), responses((status = 200, body = ApprovalRequestBody)))]
pub(in crate::http) async fn get(
    State(shared): State<Shared>,
    By(caller): By,
    Path(id): Path<String>,
) -> Result<Json<ApprovalRequestBody>, Failure> {
    let request = operations::get(&shared.app, &caller, &key(id)).await?;
    Ok(super::body(&shared, &request))
}

/// Agree to a request. Only another person can, and nobody who can act as the machine that asks.
#[utoipa::path(post, path = "/api/v1/organization/approval-requests/{requestId}/approve", operation_id = "approveOrganizationRequest", tag = "Approvals",
    params(("requestId" = String, Path)), request_body = ApproveRequest,
    responses((status = 200, body = ApprovalRequestBody)))]
pub(in crate::http) async fn approve(
    State(shared): State<Shared>,
    By(caller): By,
    Path(id): Path<String>,
    Body(body): Body,
) -> Result<Json<ApprovalRequestBody>, Failure> {
    let comment = comment(&Form::body(&body))?;
    let request = operations::approve(&shared.app, &caller, &key(id), comment).await?;
    Ok(super::body(&shared, &request))
}

/// Refuse a request.
#[utoipa::path(post, path = "/api/v1/organization/approval-requests/{requestId}/deny", operation_id = "denyOrganizationRequest", tag = "Approvals",
    params(("requestId" = String, Path)), request_body = DenyRequest,
    responses((status = 200, body = ApprovalRequestBody)))]
pub(in crate::http) async fn deny(
    State(shared): State<Shared>,
    By(caller): By,
    Path(id): Path<String>,
    Body(body): Body,
) -> Result<Json<ApprovalRequestBody>, Failure> {
    let form = Form::body(&body);
    form.only(&["reason"]);
    let why = reason(&form);
    let why = form.finish(|| why)?;
    let request = operations::deny(&shared.app, &caller, &key(id), why).await?;
    Ok(super::body(&shared, &request))
}

/// Take back what one asked for.
#[utoipa::path(post, path = "/api/v1/organization/approval-requests/{requestId}/cancel", operation_id = "cancelOrganizationRequest", tag = "Approvals",
    params(("requestId" = String, Path)), responses((status = 200, body = ApprovalRequestBody)))]
pub(in crate::http) async fn cancel(
    State(shared): State<Shared>,
    By(caller): By,
    Path(id): Path<String>,
    Body(body): Body,
) -> Result<Json<ApprovalRequestBody>, Failure> {
    Form::body(&body).nothing()?;
    let request = operations::cancel(&shared.app, &caller, &key(id)).await?;
    Ok(super::body(&shared, &request))
}

fn key(id: String) -> RequestKey {
    RequestKey { scope: RequestScope::Organization, id }
}
