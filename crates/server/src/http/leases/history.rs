//! Leases in every state: what was, and what became of it.

use axum::{
    Json,
    extract::{RawQuery, State},
};
use mayfly_api::leases::{LeaseBody, LeaseHistory};
use mayfly_app::{
    leases::{self as operations, HistoryQuery},
    projects::ProjectName,
};
use mayfly_domain::ids::LeaseId;

use super::{
    super::{
        Shared,
        caller::By,
        form::Form,
        path::Path,
        place::{not_empty, query_fields},
        problem::Failure,
    },
    wire::lease,
};

const STATES: [&str; 5] = ["reserved", "active", "closed", "ending", "ended"];

/// List a project's leases in every state, newest first: your own, or everybody's if you manage leases.
#[utoipa::path(get, path = "/api/v1/leases", operation_id = "listLeaseHistory", tag = "Leases",
    params(("projectSlug" = String, Query), ("state" = Option<String>, Query), ("cursor" = Option<String>, Query),
        ("limit" = Option<i64>, Query)),
    responses((status = 200, body = LeaseHistory)))]
pub(in super::super) async fn history(
    State(shared): State<Shared>,
    By(caller): By,
    RawQuery(query): RawQuery,
) -> Result<Json<LeaseHistory>, Failure> {
    const USUAL_PAGE: i64 = 50;
    let fields = query_fields(query.as_deref());
    let form = Form::query(&fields);
    form.only(&["projectSlug", "state", "cursor", "limit"]);
    let project = form.required_with("projectSlug", |text| not_empty(text).map(ProjectName::slug));
    let state = form.optional_with("state", state);
    let before = form.optional::<LeaseId>("cursor");
    let limit = form.integer("limit", 1..=HistoryQuery::LONGEST_PAGE);
    let query = form.finish(|| {
        Some(HistoryQuery { project: project?, state: state?, before: before?, limit: limit?.unwrap_or(USUAL_PAGE) })
    })?;
    let (leases, next) = operations::history(&shared.app, &caller, query).await?;
    Ok(Json(LeaseHistory { leases: leases.iter().map(lease).collect(), next_cursor: next.map(|id| id.to_string()) }))
}

/// See a lease, whatever became of it.
#[utoipa::path(get, path = "/api/v1/leases/{leaseId}", operation_id = "getLeaseFromHistory", tag = "Leases",
    params(("leaseId" = String, Path), ("projectSlug" = String, Query)),
    responses((status = 200, body = LeaseBody)))]
pub(in super::super) async fn get_from_history(
    State(shared): State<Shared>,
    By(caller): By,
    Path(id): Path<String>,
    RawQuery(query): RawQuery,
) -> Result<Json<LeaseBody>, Failure> {
    let fields = query_fields(query.as_deref());
    let form = Form::query(&fields);
    form.only(&["projectSlug"]);
    let project = form.required_with("projectSlug", |text| not_empty(text).map(ProjectName::slug));
    let project = form.finish(|| project)?;
    let found = operations::get_from_history(&shared.app, &caller, &project, &id).await?;
    Ok(Json(LeaseBody { lease: lease(&found) }))
}

fn state(text: &str) -> Result<String, String> {
    if STATES.contains(&text) { Ok(text.to_owned()) } else { Err(format!("must be one of `{}`", STATES.join("`, `"))) }
}
