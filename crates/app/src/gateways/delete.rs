//! Removing a gateway, once nothing uses it.

use mayfly_domain::{
    access::operation::Operation, audit::GatewayEvent, caller::Caller, connection::Via, gateway::Gateway,
    ids::GatewayId,
};
use mayfly_store::StoreError;

use super::find;
use crate::{App, AppError};

/// Most users of each kind that a refusal names.
const MOST_NAMED: i64 = 50;

/// Removes one with its processes and tokens. Its tunnels are cut by whoever holds them. Refused while
/// connections lead through it, a pool has it, or leases need it to end.
pub async fn delete(app: &App, caller: &Caller, id: GatewayId) -> Result<Gateway, AppError> {
    let gateway = find(app, caller, Operation::DeleteGateway, id).await?;
    let told = GatewayEvent::DeleteGateway { gateway_id: id, name: gateway.name.to_string() };
    let event = app.event(caller, None, told);
    check_unused(app, Via::Gateway(id)).await?;
    match app.store.gateways().delete(gateway.organization, id, &event).await {
        // Somebody was faster: with the removal, or with something that leads through it.
        Err(StoreError::ForeignKey { .. } | StoreError::GuardFailed { .. }) => {
            check_unused(app, Via::Gateway(id)).await?;
            Err(AppError::not_found("gateway", &id))
        }
        other => Ok(other.map(|()| gateway)?),
    }
}

/// Refuses where something leads through a gateway or a pool.
pub(crate) async fn check_unused(app: &App, via: Via) -> Result<(), AppError> {
    let users = app.store.gateway_use().users(via, MOST_NAMED).await?;
    if users.is_empty() { Ok(()) } else { Err(AppError::GatewayInUse(Box::new(users))) }
}
