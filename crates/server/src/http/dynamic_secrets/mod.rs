//! Dynamic secrets: the configuration from which leases are issued.

mod create;
mod inputs;
mod manage;
mod update;
mod wire;

pub(super) use create::{__path_create, __path_test, create, test};
pub(super) use inputs::sample;
pub(super) use manage::{__path_delete, __path_get, __path_list, delete, get, list};
pub(super) use update::{__path_update, update};
pub(super) use wire::without_inputs;

use mayfly_app::{AppError, dynamic_secrets::LeasesThen};
use mayfly_domain::slug::DynamicSecretName;

/// The name in a path; existing clients write it in any case.
pub(super) fn secret_name(text: &str) -> Result<DynamicSecretName, AppError> {
    let absent = || AppError::NotFound { what: "dynamic secret", name: text.to_owned() };
    text.to_lowercase().parse().map_err(|_| absent())
}

fn leases_then(text: &str) -> Result<LeasesThen, String> {
    let known = [LeasesThen::End, LeasesThen::RunOut, LeasesThen::Refuse].into_iter().find(|then| then.word() == text);
    known.ok_or_else(|| "must be `end`, `run-out` or `refuse`".to_owned())
}
