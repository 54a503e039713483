//! Seeing gateways.

use std::collections::HashMap;

use mayfly_domain::{
    access::operation::Operation,
    caller::Caller,
    connection::Via,
    gateway::{Gateway, GatewayInstance, GatewayToken},
    ids::GatewayId,
};
use mayfly_store::gateway_users::GatewayUsers;

use super::find;
use crate::{
    App, AppError,
    page::{and_one_more, cut},
};

/// A page of the organization's gateways, and the cursor of the next one.
pub async fn list(
    app: &App,
    caller: &Caller,
    after: Option<GatewayId>,
    limit: i64,
) -> Result<(Vec<Gateway>, Option<GatewayId>), AppError> {
    app.authorize(caller, Operation::ListGateways).await?;
    let found = app.store.gateways().page(App::organization(caller)?, after, and_one_more(limit)).await?;
    Ok(cut(found, limit, |gateway| gateway.id))
}

/// A gateway with what is known of its processes.
#[derive(Clone, Debug)]
pub struct GatewayDetails {
    /// The gateway.
    pub gateway: Gateway,
    /// Its processes that were proven.
    pub instances: Vec<GatewayInstance>,
    /// Its tokens that can still be used.
    pub tokens: Vec<GatewayToken>,
}

/// One of them.
pub async fn get(app: &App, caller: &Caller, id: GatewayId) -> Result<GatewayDetails, AppError> {
    let gateway = find(app, caller, Operation::GetGateway, id).await?;
    let enrolments = app.store.gateway_enrolments();
    let instances = enrolments.instances(id).await?;
    let tokens = enrolments.tokens(id, app.ambient.now()).await?;
    Ok(GatewayDetails { gateway, instances, tokens })
}

/// How many connections lead through each of the gateways and pools that the caller was shown; one that none leads through is not there.
pub async fn counts(app: &App, caller: &Caller) -> Result<HashMap<Via, i64>, AppError> {
    Ok(app.store.gateway_use().counts(App::organization(caller)?).await?)
}

/// What leads through a gateway: at most [`MOST_USERS`] of each kind.
pub async fn users(app: &App, caller: &Caller, id: GatewayId) -> Result<GatewayUsers, AppError> {
    let gateway = find(app, caller, Operation::GetGateway, id).await?;
    Ok(app.store.gateway_use().users(Via::Gateway(gateway.id), MOST_USERS).await?)
}

/// Users of each kind that are listed at most.
pub const MOST_USERS: i64 = 1_000;
