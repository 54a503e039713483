//! Projects: make, see, change, remove.

mod create;
mod delete;
mod read;
mod update;

pub use create::{DefaultEnvironments, NewProject, create};
pub use delete::delete;
pub use read::{ProjectName, get, list};
pub(crate) use read::{find, find_id};
pub use update::{ProjectChanges, update};
