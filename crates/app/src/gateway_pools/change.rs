//! Making, renaming, filling and removing pools of gateways.

use mayfly_domain::{
    access::operation::Operation,
    audit::GatewayEvent,
    caller::Caller,
    connection::Via,
    gateway::GatewayPool,
    ids::{GatewayId, GatewayPoolId},
    slug::DisplayName,
};
use mayfly_store::{
    StoreError,
    gateway_pools::{MEMBERSHIP_CHANGES, POOL_IS_THERE},
};

use super::find;
use crate::{App, AppError, error::OrWhen as _, gateways};

/// The index that names of pools are unique by.
const NAME_INDEX: &str = "gateway_pools_name";

/// Makes one, without gateways.
pub async fn create(app: &App, caller: &Caller, name: DisplayName) -> Result<GatewayPool, AppError> {
    app.authorize(caller, Operation::CreateGatewayPool).await?;
    let id = GatewayPoolId::generate(&app.ambient);
    let event = app.event(caller, None, GatewayEvent::CreateGatewayPool { pool_id: id, name: name.to_string() });
    let now = event.created_at;
    let organization = App::organization(caller)?;
    let pool = GatewayPool { id, organization, name, members: Vec::new(), created_at: now, updated_at: now };
    let stored = app.store.gateway_pools().create(&pool, &event).await;
    stored.or_when_taken(NAME_INDEX, || AppError::taken("gateway pool", &pool.name, "name"))?;
    Ok(pool)
}

/// Gives one another name.
pub async fn rename(
    app: &App,
    caller: &Caller,
    id: GatewayPoolId,
    name: Option<DisplayName>,
) -> Result<GatewayPool, AppError> {
    let was = find(app, caller, Operation::UpdateGatewayPool, id).await?;
    let Some(name) = name.filter(|name| *name != was.name) else { return Ok(was) };
    let (new, old_name) = (name.to_string(), was.name.to_string());
    let event = app.event(caller, None, GatewayEvent::RenameGatewayPool { pool_id: id, name: new, old_name });
    let pool = GatewayPool { name, updated_at: event.created_at, ..was };
    let stored = app.store.gateway_pools().rename(&pool, &event).await;
    let stored = stored.or_when_taken(NAME_INDEX, || AppError::taken("gateway pool", &pool.name, "name"));
    or_gone(id, stored)?;
    Ok(pool)
}

/// Removes one; its gateways stay. Refused while connections lead through it, or leases need it to end.
pub async fn delete(app: &App, caller: &Caller, id: GatewayPoolId) -> Result<GatewayPool, AppError> {
    let pool = find(app, caller, Operation::DeleteGatewayPool, id).await?;
    gateways::check_unused(app, Via::Pool(id)).await?;
    let event = app.event(caller, None, GatewayEvent::DeleteGatewayPool { pool_id: id, name: pool.name.to_string() });
    match app.store.gateway_pools().delete(id, &event).await {
        // Somebody was faster: with the removal, or with something that leads through it.
        Err(StoreError::ForeignKey { .. } | StoreError::GuardFailed { .. }) => {
            gateways::check_unused(app, Via::Pool(id)).await?;
            Err(AppError::not_found("gateway pool", &id))
        }
        other => Ok(other.map(|()| pool)?),
    }
}

/// Puts a gateway into a pool, where the caller may point things at it: what leads through the pool leads through it then.
pub async fn add(app: &App, caller: &Caller, id: GatewayPoolId, gateway: GatewayId) -> Result<GatewayPool, AppError> {
    let pool = find(app, caller, Operation::AddToGatewayPool, id).await?;
    gateways::attachable(app, caller, gateway).await?;
    let name = pool.name.to_string();
    let event = app.event(caller, None, GatewayEvent::AddToGatewayPool { pool_id: id, name, gateway_id: gateway });
    changed(app, pool, gateway, app.store.gateway_pools().add(id, gateway, &event).await).await
}

/// Takes a gateway out of a pool.
pub async fn remove(
    app: &App,
    caller: &Caller,
    id: GatewayPoolId,
    gateway: GatewayId,
) -> Result<GatewayPool, AppError> {
    let pool = find(app, caller, Operation::RemoveFromGatewayPool, id).await?;
    if !pool.members.contains(&gateway) {
        return Err(AppError::not_found("gateway of this pool", &gateway));
    }
    let name = pool.name.to_string();
    let event = app.event(caller, None, GatewayEvent::RemoveFromGatewayPool { pool_id: id, name, gateway_id: gateway });
    changed(app, pool, gateway, app.store.gateway_pools().remove(id, gateway, &event).await).await
}

/// The pool as it is now. Whoever is in it, or out of it, already is as was wished.
async fn changed(
    app: &App,
    pool: GatewayPool,
    gateway: GatewayId,
    stored: Result<(), StoreError>,
) -> Result<GatewayPool, AppError> {
    match stored {
        Ok(()) | Err(StoreError::GuardFailed { guard: MEMBERSHIP_CHANGES }) => {}
        Err(StoreError::ForeignKey { .. }) => return Err(AppError::not_found("gateway", &gateway)),
        Err(error) => or_gone(pool.id, Err(error.into()))?,
    }
    let found = app.store.gateway_pools().get(pool.organization, pool.id).await?;
    found.ok_or_else(|| AppError::not_found("gateway pool", &pool.id))
}

fn or_gone(id: GatewayPoolId, stored: Result<(), AppError>) -> Result<(), AppError> {
    match stored {
        Err(AppError::Store(StoreError::GuardFailed { guard: POOL_IS_THERE })) => {
            Err(AppError::not_found("gateway pool", &id))
        }
        other => other,
    }
}
