//! Pointing a dynamic secret at a gateway.

use mayfly_domain::{access::operation::Operation, caller::Caller, gateway::Gateway, ids::GatewayId};

use super::find;
use crate::{App, AppError};

/// The gateway, if the caller may point a dynamic secret at it, and it may come at all.
pub(crate) async fn attachable(app: &App, caller: &Caller, id: GatewayId) -> Result<Gateway, AppError> {
    let gateway = find(app, caller, Operation::AttachGateway, id).await?;
    if gateway.standing.is_open() {
        Ok(gateway)
    } else {
        Err(AppError::NoGatewayEnrolment("the gateway is locked or revoked"))
    }
}
