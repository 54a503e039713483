//! Pools of gateways: whichever of a pool is there and has the least to do is asked.
//!
//! All gateways of a pool have to lead to the same network, or be in the same cluster where they do the work themselves. That is
//! for whoever puts them together to know; a lease that meets another cluster than its own is told so.

mod change;
mod read;

use mayfly_domain::{access::operation::Operation, caller::Caller, gateway::GatewayPool, ids::GatewayPoolId};

use crate::{App, AppError};

pub use change::{add, create, delete, remove, rename};
pub use read::{MOST_LISTED, all, get, list, users};

/// The pool, if the caller may do `operation` with it.
pub(crate) async fn find(
    app: &App,
    caller: &Caller,
    operation: Operation,
    id: GatewayPoolId,
) -> Result<GatewayPool, AppError> {
    app.authorize(caller, operation).await?;
    let found = app.store.gateway_pools().get(App::organization(caller)?, id).await?;
    found.ok_or_else(|| AppError::not_found("gateway pool", &id))
}
