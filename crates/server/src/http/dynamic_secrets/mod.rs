//! Dynamic secrets: the configuration from which leases are issued.

mod create;
mod inputs;
mod manage;
mod update;
mod wire;

pub(super) use create::{__path_create, create};
pub(super) use inputs::sample;
pub(super) use manage::{__path_delete, __path_get, __path_list, delete, get, list};
pub(super) use update::{__path_update, update};
pub(super) use wire::without_inputs;

use mayfly_app::AppError;
use mayfly_domain::slug::DynamicSecretName;

/// The name in a path; existing clients write it in any case.
pub(super) fn secret_name(text: &str) -> Result<DynamicSecretName, AppError> {
    let absent = || AppError::NotFound { what: "dynamic secret", name: text.to_owned() };
    text.to_lowercase().parse().map_err(|_| absent())
}
