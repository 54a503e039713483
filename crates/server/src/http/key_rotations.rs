//! Rotating keys.

use axum::{
    Json,
    extract::{RawQuery, State},
};
use mayfly_api::key_rotations::{KeyRotation as Wire, KeyRotationBody, KeyRotationList, KeyRotationRequest};
use mayfly_app::key_rotations::{self as operations, RotationAndProgress};
use mayfly_domain::key_rotation::RotationKind;

use super::{Shared, caller::By, form::Form, json::Body, place::query_fields, problem::Failure, time};

/// Exchange keys: newer ones are used at once, and the old ones go when nothing needs them any more.
#[utoipa::path(post, path = "/api/v1/admin/key-rotations", operation_id = "rotateKeys", tag = "Keys",
    request_body = KeyRotationRequest, responses((status = 200, body = KeyRotationBody)))]
pub(super) async fn begin(
    State(shared): State<Shared>,
    By(caller): By,
    Body(body): Body,
) -> Result<Json<KeyRotationBody>, Failure> {
    let form = Form::body(&body);
    form.only(&["kind"]);
    let kind = form.required::<RotationKind>("kind");
    let kind = form.finish(|| kind)?;
    let rotation = operations::begin(&shared.app, &caller, kind).await?;
    let progress = rotation.progress(rotation.total, shared.app.ambient().now());
    Ok(Json(KeyRotationBody { rotation: wire(&RotationAndProgress { rotation, progress }) }))
}

/// How far rotations of keys are: the newest of each kind.
#[utoipa::path(get, path = "/api/v1/admin/key-rotations", operation_id = "listKeyRotations", tag = "Keys",
    responses((status = 200, body = KeyRotationList)))]
pub(super) async fn list(
    State(shared): State<Shared>,
    By(caller): By,
    RawQuery(query): RawQuery,
) -> Result<Json<KeyRotationList>, Failure> {
    Form::query(&query_fields(query.as_deref())).nothing()?;
    let listed = operations::list(&shared.app, &caller).await?;
    Ok(Json(KeyRotationList { rotations: listed.iter().map(wire).collect() }))
}

fn wire(listed: &RotationAndProgress) -> Wire {
    let RotationAndProgress { rotation, progress } = listed;
    let is_finished = rotation.finished_at.is_some();
    Wire {
        id: rotation.id.to_string(),
        kind: rotation.kind.to_string(),
        state: if is_finished { "finished" } else { "running" }.to_owned(),
        percent: progress.percent,
        total: rotation.total.max(progress.left),
        left: progress.left,
        remaining_seconds: progress.remaining.and_then(|left| u64::try_from(left.as_secs()).ok()),
        problem: rotation.problem.clone(),
        started_at: time::text(rotation.started_at),
        finished_at: rotation.finished_at.map(time::text),
    }
}
