//! Machine identities: make, see, search, change, remove.

mod manage;
mod read;

pub use manage::{IdentityChanges, NewIdentity, create, delete, update};
pub(crate) use manage::{may_manage, may_still_manage};
pub use read::{IdentityQuery, NameFilter, Order, OwnIdentity, get, own, search};
