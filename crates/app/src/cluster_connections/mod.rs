//! Cluster connections: the organization's own, and those that came with a dynamic secret.

mod attach;
mod create;
mod delete;
mod discover;
mod limits;
mod read;
mod test;
mod update;

pub use mayfly_cluster::{CheckedRight, FailedTrial, Listing, More, Need, PowerSource, Powers, PowersOf, Unseen};
use mayfly_domain::{dynamic_secret::Connection, error::chain};
use mayfly_store::StoreError;
pub use mayfly_store::connections::{ConnectionUsers, UsedConnection, UsingSecret};

pub(crate) use attach::attachable;
pub use create::{NewConnection, create};
pub use delete::delete;
pub use discover::discover;
pub(crate) use limits::{check_lease, check_lifetime, faults, openings_of};
pub use read::{ConnectionPage, get, list};
pub use test::{ConnectionTest, test};
pub use update::{ConnectionChanges, update};

use crate::{App, AppError, error::field};

/// Every connection that can be read. One that cannot is told, and hides no other.
pub(crate) async fn readable(app: &App) -> Result<Vec<UsedConnection>, AppError> {
    let told = |error: &StoreError| tracing::error!(error = %chain(error), "a connection cannot be read");
    let all = app.store.connections().list().await?;
    Ok(all.into_iter().filter_map(|used| used.inspect_err(told).ok()).collect())
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
