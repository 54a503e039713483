//! Removing a gateway, once nothing uses it.

use mayfly_domain::{
    access::operation::Operation, audit::GatewayEvent, caller::Caller, gateway::Gateway, ids::GatewayId,
};
use mayfly_store::StoreError;

use super::find;
use crate::{App, AppError};

/// Removes one with its processes and tokens. Its tunnels are cut by whoever holds them.
pub async fn delete(app: &App, caller: &Caller, id: GatewayId) -> Result<Gateway, AppError> {
    let gateway = find(app, caller, Operation::DeleteGateway, id).await?;
    let told = GatewayEvent::DeleteGateway { gateway_id: id, name: gateway.name.to_string() };
    let event = app.event(caller, None, told);
    match app.store.gateways().delete(gateway.organization, id, &event).await {
        Err(StoreError::GuardFailed { .. }) => Err(AppError::not_found("gateway", &id)),
        other => Ok(other.map(|()| gateway)?),
    }
}
