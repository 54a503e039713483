//! Leases: issue, see, end. Each is one token and the promise about its end.

mod history;
mod issue;
mod read;
mod reap;
mod renew;
mod revoke;

pub use history::{HistoryQuery, get_from_history, history};
pub use issue::{IssueLease, IssuedLease, issue};
pub use mayfly_cluster::Verify;
pub use read::{LeaseView, get, list};
pub use reap::{Reaped, reap};
pub use renew::renew;
pub use revoke::{IsForced, revoke};
