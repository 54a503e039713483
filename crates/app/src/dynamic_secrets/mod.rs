//! Dynamic secrets: make, see, list, change, remove.

pub mod check;
mod create;
pub mod credential;
mod delete;
mod moved;
mod read;
mod test;
mod update;

pub use create::{ConnectionSource, NewDynamicSecret, create, test_new};
pub use delete::{DeletedSecret, LeasesThen, SecretKey, delete};
pub(crate) use delete::{leases_left, removals_below};
pub(crate) use moved::{Move, check_move};
pub use read::{SecretView, get, list};
pub(crate) use read::{find, find_folder, find_with_target};
pub use test::RevocableWish;
pub(crate) use test::{cluster_role_of, problem_with, samples, test_failure};
pub use update::{DynamicSecretChanges, InputChanges, update};

use mayfly_domain::project::FolderPath;

use crate::{environments::EnvironmentName, projects::ProjectName};

/// Where a dynamic secret is, as callers write it.
#[derive(Clone, Debug)]
pub struct SecretPlaceName {
    /// The project.
    pub project: ProjectName,
    /// The environment.
    pub environment: EnvironmentName,
    /// The folder.
    pub path: FolderPath,
}
