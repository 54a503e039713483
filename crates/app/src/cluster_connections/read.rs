//! Seeing cluster connections. A stored credential never comes back.

use mayfly_domain::{
    access::operation::Operation,
    caller::Caller,
    connection::Target,
    dynamic_secret::Connection,
    ids::{ConnectionId, DynamicSecretId},
};
use mayfly_store::connections::UsingSecret;

use crate::{
    App, AppError,
    page::{and_one_more, cut},
};

/// Which part of the list to read.
#[derive(Clone, Copy, Debug)]
pub struct ConnectionPage {
    /// Only those after this one: the last of the page before.
    pub after: Option<ConnectionId>,
    /// At most this many, at most [`ConnectionPage::LONGEST`].
    pub limit: i64,
}

impl ConnectionPage {
    /// Enough for a screen and a script; more is on the next page.
    pub const LONGEST: i64 = 100;
}

/// A page of the organization's connections, and the cursor of the next one.
pub async fn list(
    app: &App,
    caller: &Caller,
    page: ConnectionPage,
) -> Result<(Vec<Connection>, Option<ConnectionId>), AppError> {
    app.authorize(caller, Operation::ListClusterConnections).await?;
    let organization = App::organization(caller)?;
    let found = app.store.connections().page(organization, page.after, and_one_more(page.limit)).await?;
    Ok(cut(found, page.limit, |connection| connection.id))
}

/// One connection.
pub async fn get(app: &App, caller: &Caller, id: ConnectionId) -> Result<Connection, AppError> {
    find(app, caller, Operation::GetClusterConnection, id).await
}

/// A page of the dynamic secrets that are pointed at a connection, of every project, and the cursor of the next one.
pub async fn secrets(
    app: &App,
    caller: &Caller,
    id: ConnectionId,
    (after, limit): (Option<DynamicSecretId>, i64),
) -> Result<(Vec<UsingSecret>, Option<DynamicSecretId>), AppError> {
    find(app, caller, Operation::GetClusterConnection, id).await?;
    let found = app.store.connections().secrets(id, after, and_one_more(limit)).await?;
    Ok(cut(found, limit, |secret| secret.id))
}

/// A connection on which the caller may do `operation`.
pub(crate) async fn find(
    app: &App,
    caller: &Caller,
    operation: Operation,
    id: ConnectionId,
) -> Result<Connection, AppError> {
    app.authorize(caller, operation).await?;
    let found = app.store.connections().get(App::organization(caller)?, id).await?;
    found.ok_or_else(|| AppError::not_found("cluster connection", &id))
}

/// The same with its opened credential: for those who are about to speak to the cluster, and for nobody else.
pub(super) async fn find_with_target(
    app: &App,
    caller: &Caller,
    operation: Operation,
    id: ConnectionId,
) -> Result<(Connection, Target), AppError> {
    app.authorize(caller, operation).await?;
    let found = app.store.connections().get_with_target(App::organization(caller)?, id).await?;
    found.ok_or_else(|| AppError::not_found("cluster connection", &id))
}
