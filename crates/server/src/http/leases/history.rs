//! Leases in every state: what was, and what became of it.

use axum::{
    Json,
    extract::{RawQuery, State},
};
use mayfly_api::leases::{LeaseBody, LeaseHistory};
use mayfly_app::{
    leases::{self as operations, HistoryFilter, HistoryQuery},
    projects::ProjectName,
};
use mayfly_domain::ids::LeaseId;

use super::{
    super::{
        Shared,
        caller::By,
        form::Form,
        path::Path,
        place::{self, not_empty, query_fields},
        problem::Failure,
    },
    wire::lease,
};

const STATES: [&str; 5] = ["reserved", "active", "closed", "ending", "ended"];

const FIELDS: [&str; 12] = [
    "projectSlug",
    "state",
    "holderId",
    "dynamicSecretId",
    "environmentId",
    "clusterConnectionId",
    "isOver",
    "hasFailed",
    "endsBy",
    "q",
    "cursor",
    "limit",
];

/// List leases in every state, newest first: your own, and everybody's where you manage leases.
///
/// Of one project, or without `projectSlug` of all that you are a member of. `total` counts all pages, up to 10,000.
#[utoipa::path(get, path = "/api/v1/leases", operation_id = "listLeaseHistory", tag = "Leases",
    params(("projectSlug" = Option<String>, Query), ("state" = Option<String>, Query),
        ("holderId" = Option<String>, Query, description = "Id of the identity or person who holds them."),
        ("dynamicSecretId" = Option<String>, Query), ("environmentId" = Option<String>, Query),
        ("clusterConnectionId" = Option<String>, Query),
        ("isOver" = Option<bool>, Query, description = "Whether nothing of them is left to be done."),
        ("hasFailed" = Option<bool>, Query, description = "Whether the last try to remove their objects failed."),
        ("endsBy" = Option<String>, Query, description = "Ending at this time or before."),
        ("q" = Option<String>, Query, description = "A part of the secret's name, the reason, the holder's or the account's."),
        ("cursor" = Option<String>, Query), ("limit" = Option<i64>, Query)),
    responses((status = 200, body = LeaseHistory)))]
pub(in super::super) async fn history(
    State(shared): State<Shared>,
    By(caller): By,
    RawQuery(query): RawQuery,
) -> Result<Json<LeaseHistory>, Failure> {
    let fields = query_fields(query.as_deref());
    let form = Form::query(&fields);
    form.only(&FIELDS);
    let found = operations::history(&shared.app, &caller, read(&form)?).await?;
    Ok(Json(LeaseHistory {
        leases: found.leases.iter().map(lease).collect(),
        next_cursor: found.next.map(|id| id.to_string()),
        total: found.total,
    }))
}

fn read(form: &Form<'_>) -> Result<HistoryQuery, Failure> {
    const USUAL_PAGE: i64 = 50;
    let project = form.optional_with("projectSlug", |text| not_empty(text).map(ProjectName::slug));
    let state = form.optional_with("state", state);
    let holder = form.optional_with("holderId", |text| not_empty(text).map(str::to_owned));
    let dynamic_secret = form.optional("dynamicSecretId");
    let environment = form.optional("environmentId");
    let connection = form.optional("clusterConnectionId");
    let is_over = form.boolean("isOver");
    let has_failed = form.boolean("hasFailed");
    let ends_by = form.optional("endsBy");
    let text = form.optional_with("q", |text| not_empty(text).map(str::to_owned));
    let before = form.optional::<LeaseId>("cursor");
    let limit = form.integer("limit", 1..=HistoryQuery::LONGEST_PAGE);
    let query = form.finish(|| {
        let filter = HistoryFilter {
            state: state?,
            holder: holder?,
            dynamic_secret: dynamic_secret?,
            environment: environment?,
            connection: connection?,
            is_over: is_over?,
            has_failed: has_failed?,
            ends_by: ends_by?,
            text: text?,
        };
        Some(HistoryQuery { project: project?, filter, before: before?, limit: limit?.unwrap_or(USUAL_PAGE) })
    })?;
    Ok(query)
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
    let project = place::project(&form);
    let project = form.finish(|| project)?;
    let found = operations::get_from_history(&shared.app, &caller, &project, &id).await?;
    Ok(Json(LeaseBody { lease: lease(&found) }))
}

fn state(text: &str) -> Result<String, String> {
    if STATES.contains(&text) { Ok(text.to_owned()) } else { Err(format!("must be one of `{}`", STATES.join("`, `"))) }
}
