//! What there is to choose from in the cluster of a connection, and what an account or a role there may do.

use mayfly_cluster::{Deadline, Discover, Discovered, More};
use mayfly_domain::{access::operation::Operation, caller::Caller, ids::ConnectionId, kubernetes_name::Namespace};

use super::read::find_with_target;
use crate::{App, AppError, dynamic_secrets::test_failure};

/// Looks for what is wanted with the connection's own credential; nothing is changed.
pub async fn discover(
    app: &App,
    caller: &Caller,
    id: ConnectionId,
    namespace: Option<Namespace>,
    more: More,
) -> Result<Discovered, AppError> {
    let (_, target) = find_with_target(app, caller, Operation::GetClusterConnection, id).await?;
    let deadline = Deadline::after(&app.ambient, app.settings.issue_deadline);
    app.place.discover(Discover { target, namespace, more }, deadline).await.map_err(test_failure)
}
