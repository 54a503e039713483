//! Requests of the organization that wait for another person's word: those about cluster connections.

use axum::{
    Json,
    extract::{RawQuery, State},
};
use mayfly_api::approvals::{ApprovalRequestBody, ApprovalRequestList, ApproveRequest, DenyRequest};
use mayfly_app::approvals::{self as operations, RequestKey, RequestScope};

use crate::http::{Shared, caller::By, form::Form, json::Body, path::Path, place::query_fields, problem::Failure};

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
    super::list_of(&shared, &caller, RequestScope::Organization, query.as_deref()).await
}

/// See a request of the organization.
#[utoipa::path(get, path = "/api/v1/organization/approval-requests/{requestId}", operation_id = "getOrganizationApprovalRequest", tag = "Approvals",
    params(("requestId" = String, Path)), responses((status = 200, body = ApprovalRequestBody)))]
pub(in crate::http) async fn get(
    State(shared): State<Shared>,
    By(caller): By,
    Path(id): Path<String>,
    RawQuery(query): RawQuery,
) -> Result<Json<ApprovalRequestBody>, Failure> {
    Form::query(&query_fields(query.as_deref())).nothing()?;
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
    super::approve_by(&shared, &caller, &key(id), &body).await
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
    super::deny_by(&shared, &caller, &key(id), &body).await
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
    super::cancel_by(&shared, &caller, &key(id), &body).await
}

fn key(id: String) -> RequestKey {
    RequestKey { scope: RequestScope::Organization, id }
}
