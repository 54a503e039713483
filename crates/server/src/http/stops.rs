//! Stopping to issue, and going on.

use axum::{
    Json,
    extract::{RawQuery, State},
};
use mayfly_api::stops::{Stop as Wire, StopBody, StopList, StopRequest};
use mayfly_app::{
    AppError,
    stops::{self as operations, StopPage},
};
use mayfly_domain::{
    ids::StopId,
    stop::{InvalidStopScope, Stop, StopScope},
};

use super::{
    Shared,
    caller::By,
    form::{Field, Form},
    json::Body,
    leases::reason,
    page::page,
    path::Path,
    problem::Failure,
    time,
};

/// Stop issuing: everywhere, in an environment, by a cluster connection or by a dynamic secret.
#[utoipa::path(post, path = "/api/v1/stops", operation_id = "stopIssuing", tag = "Stops",
    request_body = StopRequest, responses((status = 200, body = StopBody)))]
pub(super) async fn create(
    State(shared): State<Shared>,
    By(caller): By,
    Body(body): Body,
) -> Result<Json<StopBody>, Failure> {
    let form = Form::body(&body);
    form.only(&["scope", "targetId", "reason"]);
    let scope = scope(&form);
    let reason = reason(&form);
    let (scope, reason) = form.finish(|| Some((scope?, reason?)))?;
    let stop = operations::create(&shared.app, &caller, scope, reason).await?;
    Ok(Json(StopBody { stop: wire(&stop) }))
}

/// `scope` and `targetId`.
fn scope(form: &Form<'_>) -> Field<StopScope> {
    const LONGEST: usize = 64;
    let (word, target) = (form.required::<String>("scope"), form.text("targetId", LONGEST));
    match StopScope::read(&word?, &target?.unwrap_or_default()) {
        Ok(scope) => Some(scope),
        Err(invalid) => {
            let field = if invalid == InvalidStopScope::Word { "scope" } else { "targetId" };
            form.fault(field, "invalid_value", invalid.to_string())
        }
    }
}

/// List where issuing is stopped, oldest first.
#[utoipa::path(get, path = "/api/v1/stops", operation_id = "listStops", tag = "Stops",
    params(("cursor" = Option<String>, Query), ("limit" = Option<i64>, Query)),
    responses((status = 200, body = StopList)))]
pub(super) async fn list(
    State(shared): State<Shared>,
    By(caller): By,
    RawQuery(query): RawQuery,
) -> Result<Json<StopList>, Failure> {
    let (after, limit) = page(query.as_deref(), StopPage::LONGEST)?;
    let (stops, next) = operations::list(&shared.app, &caller, StopPage { after, limit }).await?;
    Ok(Json(StopList { stops: stops.iter().map(wire).collect(), next_cursor: next.map(|id| id.to_string()) }))
}

/// Let issuing go on.
#[utoipa::path(delete, path = "/api/v1/stops/{stopId}", operation_id = "liftStop", tag = "Stops",
    params(("stopId" = String, Path)), responses((status = 200, body = StopBody)))]
pub(super) async fn lift(
    State(shared): State<Shared>,
    By(caller): By,
    Path(id): Path<String>,
    Body(body): Body,
) -> Result<Json<StopBody>, Failure> {
    Form::body(&body).nothing()?;
    let id: StopId = id.parse().map_err(|_| AppError::NotFound { what: "stop", name: id.clone() })?;
    let stop = operations::lift(&shared.app, &caller, id).await?;
    Ok(Json(StopBody { stop: wire(&stop) }))
}

fn wire(stop: &Stop) -> Wire {
    let target = stop.scope.target();
    Wire {
        id: stop.id.to_string(),
        scope: stop.scope.name().to_owned(),
        target_id: Some(target).filter(|target| !target.is_empty()),
        reason: stop.reason.clone(),
        created_at: time::text(stop.created_at),
    }
}
