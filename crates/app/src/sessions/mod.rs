//! Sessions of people: begun by a sign-in, shown with each request, listed and ended.
//!
//! A session's secret is 256 random bits with a word before it, by which it is told from an access token. It is never
//! taken from a caller: each sign-in, and each change of what one signs in with, makes a new one.

mod authenticate;
mod begin;
mod end;

use mayfly_domain::{identity::User, sensitive::Sensitive, session::Session};

pub use authenticate::{authenticate, is_session_token, still_counts};
pub(crate) use begin::Begun;
pub(crate) use end::began_at;
pub use end::{delete_ended, end, end_of_user, end_others, list, logout};

/// What each session token begins with: scanners of leaked secrets know it by this, and so do we.
const PREFIX: &str = "mfs_";

/// A session as its person gets it, once.
#[derive(Debug)]
pub struct GrantedSession {
    /// Who signed in.
    pub user: User,
    /// The session.
    pub session: Session,
    /// Its secret.
    pub token: Sensitive<String>,
}
