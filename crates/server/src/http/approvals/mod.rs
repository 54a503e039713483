//! Requests that wait for another person's word.

mod organization;
mod project;

pub(super) use organization::{
    __path_approve as __path_approve_of_organization, __path_cancel as __path_cancel_of_organization,
    __path_deny as __path_deny_of_organization, __path_get as __path_get_of_organization,
    __path_list as __path_list_of_organization, approve as approve_of_organization, cancel as cancel_of_organization,
    deny as deny_of_organization, get as get_of_organization, list as list_of_organization,
};
pub(super) use project::{
    __path_approve, __path_cancel, __path_deny, __path_fetch, __path_get, __path_list, approve, cancel, deny, fetch,
    get, list,
};

use axum::Json;
use jiff::Timestamp;
use mayfly_api::approvals::{
    ApprovalRequest as Wire, ApprovalRequestBody, ApprovalRequestList, Requester, Vote as WireVote,
};
use mayfly_app::{
    AppError,
    approvals::{self as operations, RequestKey, RequestPage, RequestScope},
};
use mayfly_domain::{
    approval::{ApprovalRequest, ApprovalState, Vote},
    caller::{Actor, Caller},
    ids::ApprovalRequestId,
};

use serde_json::{Map, Value};

use super::{Shared, form::Form, leases::reason, place::query_fields, problem::Failure, time};

type Answer = Result<Json<ApprovalRequestBody>, Failure>;

const LONGEST_COMMENT: usize = 1024;
const STATES: [&str; 6] = ["pending", "approved", "denied", "used", "expired", "cancelled"];

fn page(form: &Form<'_>, scope: RequestScope) -> Result<RequestPage, AppError> {
    form.only(&["state", "cursor", "limit"]);
    let state = form.optional_with("state", |text| {
        let is_known = STATES.contains(&text).then(|| text.to_owned());
        is_known.ok_or_else(|| format!("must be one of `{}`", STATES.join("`, `")))
    });
    let before = form.optional::<ApprovalRequestId>("cursor");
    let limit = form.integer("limit", 1..=RequestPage::LONGEST);
    form.finish(|| {
        Some(RequestPage { scope, state: state?, before: before?, limit: limit?.unwrap_or(RequestPage::LONGEST) })
    })
}

fn comment(form: &Form<'_>) -> Result<Option<String>, AppError> {
    form.only(&["comment"]);
    let comment = form.text("comment", LONGEST_COMMENT);
    form.finish(|| Some(comment?.filter(|comment| !comment.trim().is_empty())))
}

async fn list_of(
    shared: &Shared,
    caller: &Caller,
    scope: RequestScope,
    query: Option<&str>,
) -> Result<Json<ApprovalRequestList>, Failure> {
    let page = page(&Form::query(&query_fields(query)), scope)?;
    let (requests, next) = operations::list(&shared.app, caller, page).await?;
    let now = shared.app.ambient().now();
    let approval_requests = requests.iter().map(|request| wire(request, now)).collect();
    Ok(Json(ApprovalRequestList { approval_requests, next_cursor: next.map(|id| id.to_string()) }))
}

async fn approve_by(shared: &Shared, caller: &Caller, key: &RequestKey, sent: &Map<String, Value>) -> Answer {
    let comment = comment(&Form::body(sent))?;
    Ok(body(shared, &operations::approve(&shared.app, caller, key, comment).await?))
}

async fn deny_by(shared: &Shared, caller: &Caller, key: &RequestKey, sent: &Map<String, Value>) -> Answer {
    let form = Form::body(sent);
    form.only(&["reason"]);
    let why = reason(&form);
    let why = form.finish(|| why)?;
    Ok(body(shared, &operations::deny(&shared.app, caller, key, why).await?))
}

async fn cancel_by(shared: &Shared, caller: &Caller, key: &RequestKey, sent: &Map<String, Value>) -> Answer {
    Form::body(sent).nothing()?;
    Ok(body(shared, &operations::cancel(&shared.app, caller, key).await?))
}

fn body(shared: &Shared, request: &ApprovalRequest) -> Json<ApprovalRequestBody> {
    Json(ApprovalRequestBody { approval_request: wire(request, shared.app.ambient().now()) })
}

fn wire(request: &ApprovalRequest, now: Timestamp) -> Wire {
    let state = request.state_at(now);
    let (usable_until, denied, lease_id) = match &state {
        ApprovalState::Approved { until } => (Some(time::text(*until)), None, None),
        ApprovalState::Denied { by, why, .. } => (None, Some((by.clone(), why.clone())), None),
        ApprovalState::Used { lease, .. } => (None, None, lease.map(|id| id.to_string())),
        ApprovalState::Pending | ApprovalState::Expired | ApprovalState::Cancelled => (None, None, None),
    };
    let (denied_by, denied_because) = denied.unzip();
    Wire {
        id: request.id.to_string(),
        project_id: request.project.map(|id| id.to_string()),
        wish: serde_json::to_value(&request.wish).unwrap_or_default(),
        requester: requester(&request.requester),
        ip_address: request.origin.ip_address.map(|ip| ip.to_string()),
        reason: request.reason.clone(),
        state: state.word().to_owned(),
        approvals: request.approvals,
        votes: request.votes.iter().map(vote).collect(),
        usable_until,
        denied_by,
        denied_because,
        lease_id,
        created_at: time::text(request.created_at),
        expires_at: time::text(request.expires_at),
        updated_at: time::text(request.updated_at),
    }
}

fn requester(actor: &Actor) -> Requester {
    let (kind, id, name) = match actor {
        Actor::Identity { identity_id, name } => ("identity", identity_id.to_string(), name.clone()),
        Actor::User { user_id, email } => ("user", user_id.to_string(), email.clone()),
        Actor::Anonymous | Actor::Platform => ("", String::new(), String::new()),
    };
    Requester { kind: kind.to_owned(), id, name }
}

fn vote(vote: &Vote) -> WireVote {
    WireVote {
        user_id: vote.user_id.to_string(),
        email: vote.email.clone(),
        comment: vote.comment.clone(),
        at: time::text(vote.at),
    }
}
