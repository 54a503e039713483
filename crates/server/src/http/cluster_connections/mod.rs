//! Cluster connections, and the sweep of the clusters they lead to.

mod discover;
mod fields;
mod manage;
mod sweep;
mod test;
mod wire;
mod write;

pub(super) use discover::{
    __path_accounts, __path_namespaces, __path_preview, __path_roles, accounts, namespaces, preview, roles,
};
pub(super) use manage::{
    __path_delete, __path_get, __path_list, __path_secrets, delete, get, list, secrets, using_wire,
};
pub(super) use sweep::{__path_sweep, sweep};
pub(super) use test::{__path_test, __path_test_new, test, test_new, wire as test_wire};
pub(super) use write::{__path_create, __path_update, create, update};

use mayfly_app::AppError;
use mayfly_domain::ids::ConnectionId;

fn connection_id(text: &str) -> Result<ConnectionId, AppError> {
    text.parse().map_err(|_| AppError::NotFound { what: "cluster connection", name: text.to_owned() })
}
