//! Going on with a database that was held.

use axum::{Json, extract::State};
use mayfly_api::adopt::Adopted;
use mayfly_app::adopt::adopt as operation;

use super::{Shared, caller::By, form::Form, json::Body, problem::Failure};

/// Go on with a database that is a copy or was restored: until then it issues and ends nothing.
#[utoipa::path(post, path = "/api/v1/admin/adopt", operation_id = "adoptDatabase", tag = "Status",
    responses((status = 200, body = Adopted)))]
pub(super) async fn adopt(
    State(shared): State<Shared>,
    By(caller): By,
    Body(body): Body,
) -> Result<Json<Adopted>, Failure> {
    Form::body(&body).nothing()?;
    let adopted = operation(&shared.app, &caller).await?;
    Ok(Json(Adopted { was_held: adopted.was_held }))
}
