//! Seeing pools of gateways.

use std::collections::HashMap;

use mayfly_domain::{
    access::operation::Operation,
    caller::Caller,
    connection::Via,
    gateway::GatewayPool,
    ids::{GatewayId, GatewayPoolId},
};
use mayfly_store::gateway_users::GatewayUsers;

use super::find;
use crate::{App, AppError, gateways::MOST_USERS};

/// Pools that are listed at most; existing clients know no pages of them.
pub const MOST_LISTED: i64 = 1_000;

/// The organization's pools, oldest first: at most [`MOST_LISTED`].
pub async fn list(app: &App, caller: &Caller) -> Result<Vec<GatewayPool>, AppError> {
    app.authorize(caller, Operation::ListGatewayPools).await?;
    Ok(app.store.gateway_pools().list(App::organization(caller)?, MOST_LISTED).await?)
}

/// One of them.
pub async fn get(app: &App, caller: &Caller, id: GatewayPoolId) -> Result<GatewayPool, AppError> {
    find(app, caller, Operation::GetGatewayPool, id).await
}

/// What leads through a pool: at most [`MOST_USERS`] of each kind.
pub async fn users(app: &App, caller: &Caller, id: GatewayPoolId) -> Result<GatewayUsers, AppError> {
    let pool = find(app, caller, Operation::GetGatewayPool, id).await?;
    Ok(app.store.gateway_use().users(Via::Pool(pool.id), MOST_USERS).await?)
}

/// The gateways of each pool, for those who look for a way; nobody is asked whether they may.
pub async fn all(app: &App) -> Result<HashMap<GatewayPoolId, Vec<GatewayId>>, AppError> {
    Ok(app.store.gateway_pools().all().await?)
}
