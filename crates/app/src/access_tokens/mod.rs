//! Access tokens of machines: signed, checked, renewed, revoked.

mod authenticate;
mod changes;
mod delete_expired;
mod grant;
mod not_let_in;
mod renew;
mod revoke;
mod signing;

pub use authenticate::{authenticate, still_counts};
pub use changes::AccessTokenChanges;
pub(crate) use changes::names_of;
pub use delete_expired::delete_expired;
pub use grant::GrantedToken;
pub(crate) use grant::{NewToken, later, new_token};
pub use not_let_in::NotLetIn;
pub use renew::renew;
pub use revoke::revoke;
pub use signing::Signing;
