//! Universal auth: client id and client secret against an access token, and how an identity is set up for it.

mod clear_lockouts;
mod configure;
mod login;

pub use clear_lockouts::clear_lockouts;
pub use configure::{UniversalAuthChanges, attach, get, revoke, update};
pub(crate) use configure::{authorized, stored};
pub use login::{Login, login};
