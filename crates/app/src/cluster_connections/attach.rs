//! Pointing a dynamic secret at a connection of the organization.

use mayfly_domain::{
    access::operation::Operation,
    caller::Caller,
    connection::Target,
    dynamic_secret::{Connection, SecretPlace},
    ids::ConnectionId,
};

use crate::{App, AppError};

/// The connection `id`, if it is shared with the project of `place` and the caller may attach there. One that is not shared
/// is as absent as one that does not exist.
pub(crate) async fn attachable(
    app: &App,
    caller: &Caller,
    place: &SecretPlace,
    id: ConnectionId,
) -> Result<(Connection, Target), AppError> {
    let absent = || AppError::not_found("project", &place.project);
    app.authorize_in(caller, Operation::AttachClusterConnection, place.project, absent).await?;
    let found = app.store.connections().get_with_target(place.organization, id).await?;
    let is_shared = |sharing: &mayfly_domain::shared_connection::Sharing| sharing.projects.includes(place.project);
    found
        .filter(|(connection, _)| connection.sharing.as_ref().is_some_and(is_shared))
        .ok_or_else(|| AppError::not_found("cluster connection", &id))
}
