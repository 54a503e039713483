//! Cluster connections: the organization's own, and those that came with a dynamic secret.

mod attach;
mod create;
mod delete;
mod discover;
mod limits;
mod read;
mod renew;
mod test;
mod update;

pub use mayfly_cluster::{
    CheckedRight, FailedTrial, Listing, More, Need, PowerSource, Powers, PowersOf, ProbeTimes, Unseen, WayTimes,
};
use mayfly_domain::{caller::Caller, dynamic_secret::Connection, error::chain, ids::ConnectionId};
use mayfly_store::StoreError;
pub use mayfly_store::connections::{ConnectionUsers, UsedConnection, UsingSecret};

pub(crate) use attach::attachable;
pub use create::{GivenCredential, NewConnection, create};
pub use delete::delete;
pub use discover::discover;
pub(crate) use limits::{check_lease, check_lifetime, faults, openings_of};
pub(crate) use read::find;
pub use read::{ConnectionPage, get, list, secrets};
pub use renew::renew_due;
pub use test::{ConnectionTest, test, test_new};
pub(crate) use test::{found, probe, probe_for};
pub use update::{ConnectionChanges, update};

use crate::{App, AppError, error::field};

/// Every connection that can be read. One that cannot is told, and hides no other.
pub(crate) async fn readable(app: &App) -> Result<Vec<UsedConnection>, AppError> {
    Ok(app.store.connections().list().await?.into_iter().filter_map(or_told).collect())
}

/// One connection of the caller's organization, if there is one that can be read.
pub(crate) async fn readable_one(app: &App, caller: &Caller, id: ConnectionId) -> Result<UsedConnection, AppError> {
    let found = app.store.connections().get_used(App::organization(caller)?, id).await?;
    found.and_then(or_told).ok_or_else(|| AppError::not_found("cluster connection", &id))
}

fn or_told(used: Result<UsedConnection, StoreError>) -> Option<UsedConnection> {
    used.inspect_err(|error| tracing::error!(error = %chain(error), "a connection cannot be read")).ok()
}

/// Refuses what is asked of a connection that came with a dynamic secret, and can only be asked of one that did not.
fn check_not_private(connection: &Connection) -> Result<(), AppError> {
    match connection.owner {
        None => Ok(()),
        Some(secret) => Err(AppError::PrivateConnection { secret }),
    }
}

/// Whether the server lets a connection go without verification.
fn check_verification(app: &App, connection: &Connection) -> Result<(), AppError> {
    let fault = crate::dynamic_secrets::check::verification(connection.address.verification(), &app.settings);
    match fault {
        None => Ok(()),
        Some(fault) => Err(AppError::Fields(vec![field(&["verification"], &fault.code, fault.message)])),
    }
}
