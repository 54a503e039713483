//! Gateways.

use axum::{Json, extract::State};
use mayfly_api::gateways::Gateway;
use mayfly_app::gateways as operations;

use super::{Shared, caller::By, problem::Failure};

/// List the gateways. There are none yet.
#[utoipa::path(get, path = "/api/v2/gateways", operation_id = "listGateways", tag = "Gateways",
    responses((status = 200, body = Vec<Gateway>)))]
pub(super) async fn list(State(shared): State<Shared>, By(caller): By) -> Result<Json<Vec<Gateway>>, Failure> {
    let gateways = operations::list(&shared.app, &caller).await?;
    Ok(Json(gateways.into_iter().map(|never| match never {}).collect()))
}
