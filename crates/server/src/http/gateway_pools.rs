//! Pools of gateways, as existing clients know them.

use axum::{
    Json,
    extract::{RawQuery, State},
};
use mayfly_api::gateways::{
    AddToGatewayPool, CreateGatewayPool, GatewayPool as Wire, GatewayResources, UpdateGatewayPool,
};
use mayfly_app::{AppError, gateway_pools as operations, gateways};
use mayfly_domain::{caller::Caller, connection::Via, gateway::GatewayPool, ids::GatewayPoolId, slug::DisplayName};

use super::{
    Shared,
    caller::By,
    form::Form,
    gateways::{gateway_id, resources},
    json::Body,
    path::Path,
    place::query_fields,
    problem::Failure,
    time,
};

/// List the pools of gateways.
#[utoipa::path(get, path = "/api/v1/gateway-pools", operation_id = "listGatewayPools", tag = "Gateways",
    responses((status = 200, body = Vec<Wire>)))]
pub(super) async fn list(State(shared): State<Shared>, By(caller): By) -> Result<Json<Vec<Wire>>, Failure> {
    let pools = operations::list(&shared.app, &caller).await?;
    let counts = gateways::counts(&shared.app, &caller).await?;
    let wire = |pool: &GatewayPool| wire(&shared, pool, counts.get(&Via::Pool(pool.id)).copied());
    Ok(Json(pools.iter().map(wire).collect()))
}

/// Make a pool of gateways, without any.
#[utoipa::path(post, path = "/api/v1/gateway-pools", operation_id = "createGatewayPool", tag = "Gateways",
    request_body = CreateGatewayPool, responses((status = 200, body = Wire)))]
pub(super) async fn create(
    State(shared): State<Shared>,
    By(caller): By,
    Body(body): Body,
) -> Result<Json<Wire>, Failure> {
    let form = Form::body(&body);
    let name = form.required::<DisplayName>("name");
    let name = form.finish(|| name)?;
    let made = operations::create(&shared.app, &caller, name).await?;
    Ok(Json(wire(&shared, &made, None)))
}

/// See a pool of gateways.
#[utoipa::path(get, path = "/api/v1/gateway-pools/{poolId}", operation_id = "getGatewayPool", tag = "Gateways",
    params(("poolId" = String, Path)), responses((status = 200, body = Wire)))]
pub(super) async fn get(
    State(shared): State<Shared>,
    By(caller): By,
    Path(id): Path<String>,
) -> Result<Json<Wire>, Failure> {
    let pool = operations::get(&shared.app, &caller, pool_id(&id)?).await?;
    shown(&shared, &caller, &pool).await
}

/// Rename a pool of gateways.
#[utoipa::path(patch, path = "/api/v1/gateway-pools/{poolId}", operation_id = "updateGatewayPool", tag = "Gateways",
    params(("poolId" = String, Path)), request_body = UpdateGatewayPool, responses((status = 200, body = Wire)))]
pub(super) async fn update(
    State(shared): State<Shared>,
    By(caller): By,
    Path(id): Path<String>,
    Body(body): Body,
) -> Result<Json<Wire>, Failure> {
    let form = Form::body(&body);
    let name = form.optional::<DisplayName>("name");
    let name = form.finish(|| name)?;
    let pool = operations::rename(&shared.app, &caller, pool_id(&id)?, name).await?;
    shown(&shared, &caller, &pool).await
}

/// Remove a pool of gateways; the gateways stay. Refused while something leads through it.
#[utoipa::path(delete, path = "/api/v1/gateway-pools/{poolId}", operation_id = "deleteGatewayPool", tag = "Gateways",
    params(("poolId" = String, Path)), responses((status = 200, body = Wire)))]
pub(super) async fn delete(
    State(shared): State<Shared>,
    By(caller): By,
    Path(id): Path<String>,
) -> Result<Json<Wire>, Failure> {
    let gone = operations::delete(&shared.app, &caller, pool_id(&id)?).await?;
    shared.gateways.see_pools().await?;
    Ok(Json(wire(&shared, &gone, None)))
}

/// Put a gateway into a pool.
#[utoipa::path(post, path = "/api/v1/gateway-pools/{poolId}/memberships", operation_id = "addToGatewayPool",
    tag = "Gateways", params(("poolId" = String, Path)), request_body = AddToGatewayPool,
    responses((status = 200, body = Wire)))]
pub(super) async fn add(
    State(shared): State<Shared>,
    By(caller): By,
    Path(id): Path<String>,
    Body(body): Body,
) -> Result<Json<Wire>, Failure> {
    let form = Form::body(&body);
    let gateway = form.required("gatewayId");
    let gateway = form.finish(|| gateway)?;
    let pool = operations::add(&shared.app, &caller, pool_id(&id)?, gateway).await?;
    shared.gateways.see_pools().await?;
    shown(&shared, &caller, &pool).await
}

/// Take a gateway out of a pool.
#[utoipa::path(delete, path = "/api/v1/gateway-pools/{poolId}/memberships/{gatewayId}",
    operation_id = "removeFromGatewayPool", tag = "Gateways",
    params(("poolId" = String, Path), ("gatewayId" = String, Path)), responses((status = 200, body = Wire)))]
pub(super) async fn remove(
    State(shared): State<Shared>,
    By(caller): By,
    Path((id, gateway)): Path<(String, String)>,
) -> Result<Json<Wire>, Failure> {
    let pool = operations::remove(&shared.app, &caller, pool_id(&id)?, gateway_id(&gateway)?).await?;
    shared.gateways.see_pools().await?;
    shown(&shared, &caller, &pool).await
}

/// List what leads through a pool of gateways.
#[utoipa::path(get, path = "/api/v1/gateway-pools/{poolId}/resources", operation_id = "listGatewayPoolResources",
    tag = "Gateways", params(("poolId" = String, Path)), responses((status = 200, body = GatewayResources)))]
pub(super) async fn list_resources(
    State(shared): State<Shared>,
    By(caller): By,
    Path(id): Path<String>,
    RawQuery(query): RawQuery,
) -> Result<Json<GatewayResources>, Failure> {
    Form::query(&query_fields(query.as_deref())).nothing()?;
    Ok(Json(resources(operations::users(&shared.app, &caller, pool_id(&id)?).await?)))
}

fn pool_id(id: &str) -> Result<GatewayPoolId, AppError> {
    id.parse().map_err(|_| AppError::NotFound { what: "gateway pool", name: id.to_owned() })
}

async fn shown(shared: &Shared, caller: &Caller, pool: &GatewayPool) -> Result<Json<Wire>, Failure> {
    let counts = gateways::counts(&shared.app, caller).await?;
    Ok(Json(wire(shared, pool, counts.get(&Via::Pool(pool.id)).copied())))
}

fn wire(shared: &Shared, pool: &GatewayPool, users: Option<i64>) -> Wire {
    let is_healthy = |gateway: &&_| shared.gateways.ways().has_good_tunnel(**gateway);
    let count = |number: usize| i64::try_from(number).unwrap_or(i64::MAX);
    Wire {
        id: pool.id.to_string(),
        org_id: pool.organization.to_string(),
        name: pool.name.to_string(),
        member_count: count(pool.members.len()),
        healthy_member_count: count(pool.members.iter().filter(is_healthy).count()),
        member_gateway_ids: pool.members.iter().map(ToString::to_string).collect(),
        connected_resources_count: users.unwrap_or(0),
        created_at: time::text(pool.created_at),
        updated_at: time::text(pool.updated_at),
    }
}
