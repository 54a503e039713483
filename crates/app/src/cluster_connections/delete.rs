//! Removing a cluster connection, once nothing uses it.

use mayfly_domain::{
    access::operation::Operation, audit::ClusterEvent, caller::Caller, dynamic_secret::Connection, ids::ConnectionId,
};
use mayfly_store::StoreError;

use super::{check_not_private, create::name_of, read::find};
use crate::{App, AppError};

/// Most users of each kind that a refusal names.
const MOST_USERS: i64 = 50;

/// Removes a connection of the organization. Refused while dynamic secrets are pointed at it, or leases need it to end.
pub async fn delete(app: &App, caller: &Caller, id: ConnectionId) -> Result<Connection, AppError> {
    let connection = find(app, caller, Operation::DeleteClusterConnection, id).await?;
    check_not_private(&connection)?;
    check_unused(app, id).await?;
    let removed = ClusterEvent::DeleteClusterConnection { connection_id: id, name: name_of(&connection) };
    match app.store.connections().delete(id, &app.event(caller, None, removed)).await {
        // Somebody was faster: with the removal, or with something that uses it.
        Err(StoreError::ForeignKey { .. } | StoreError::GuardFailed { .. }) => {
            check_unused(app, id).await?;
            Err(AppError::not_found("cluster connection", &id))
        }
        Err(other) => Err(other.into()),
        Ok(()) => Ok(connection),
    }
}

async fn check_unused(app: &App, id: ConnectionId) -> Result<(), AppError> {
    let users = app.store.connections().users(id, MOST_USERS).await?;
    if users.is_empty() { Ok(()) } else { Err(AppError::ConnectionInUse(Box::new(users))) }
}
