//! Universal auth: client id and client secret against an access token, and how an identity is set up for it.

mod clear_lockouts;
mod configure;
mod login;

pub use clear_lockouts::clear_lockouts;
pub(crate) use configure::stored;
pub use configure::{UniversalAuthChanges, attach, get, revoke, update};
pub use login::{Login, login};
