//! Gateways as existing clients know them.

use axum::{
    Json,
    extract::{RawQuery, State},
};
use mayfly_api::gateways::{GatewayResources, ListedGateway};
use mayfly_app::gateways as operations;

use super::{
    super::{Shared, caller::By, form::Form, path::Path, place::query_fields, problem::Failure},
    gateway_id,
    wire::{listed, resources},
};

/// Gateways that existing clients are told of: they know no pages.
const MOST_LISTED: i64 = 1_000;

/// List the gateways, as existing clients do.
#[utoipa::path(get, path = "/api/v2/gateways", operation_id = "listGateways", tag = "Gateways",
    responses((status = 200, body = Vec<ListedGateway>)))]
pub(in super::super) async fn list_all(
    State(shared): State<Shared>,
    By(caller): By,
) -> Result<Json<Vec<ListedGateway>>, Failure> {
    let (found, _) = operations::list(&shared.app, &caller, None, MOST_LISTED).await?;
    let counts = operations::counts(&shared.app, &caller).await?;
    Ok(Json(found.iter().map(|gateway| listed(gateway, &shared.gateways.here(gateway), &counts)).collect()))
}

/// List what leads through a gateway.
#[utoipa::path(get, path = "/api/v2/gateways/{gatewayId}/resources", operation_id = "listGatewayResources",
    tag = "Gateways", params(("gatewayId" = String, Path)), responses((status = 200, body = GatewayResources)))]
pub(in super::super) async fn list_resources(
    State(shared): State<Shared>,
    By(caller): By,
    Path(id): Path<String>,
    RawQuery(query): RawQuery,
) -> Result<Json<GatewayResources>, Failure> {
    Form::query(&query_fields(query.as_deref())).nothing()?;
    Ok(Json(resources(operations::users(&shared.app, &caller, gateway_id(&id)?).await?)))
}

/// Remove a gateway, as existing clients do. Refused while something leads through it.
#[utoipa::path(delete, path = "/api/v2/gateways/{gatewayId}", operation_id = "removeGateway", tag = "Gateways",
    params(("gatewayId" = String, Path)), responses((status = 200, body = ListedGateway)))]
pub(in super::super) async fn remove(
    State(shared): State<Shared>,
    By(caller): By,
    Path(id): Path<String>,
) -> Result<Json<ListedGateway>, Failure> {
    let gone = operations::delete(&shared.app, &caller, gateway_id(&id)?).await?;
    shared.gateways.cut(gone.id);
    Ok(Json(listed(&gone, &shared.gateways.here(&gone), &super::wire::Counts::new())))
}
