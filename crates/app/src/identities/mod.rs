//! Machine identities: make, see, search, change, remove.

mod manage;
mod read;

pub(crate) use manage::may_manage;
pub use manage::{IdentityChanges, NewIdentity, create, delete, update};
pub use read::{IdentityQuery, NameFilter, Order, OwnIdentity, get, own, search};
