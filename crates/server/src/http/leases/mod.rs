//! Leases: each is one token that was issued, and its end.

mod end;
mod end_many;
mod forget;
mod history;
mod issue;
mod read;
mod reason;
mod wire;

pub(super) use end::{__path_end, __path_renew, __path_revoke, end, renew, revoke};
pub(super) use end_many::{__path_end_many, end_many};
pub(super) use forget::{__path_forget, forget};
pub(super) use history::{__path_get_from_history, __path_history, get_from_history, history};
pub(super) use issue::{__path_issue, handed_out, issue};
pub(super) use read::{__path_get, __path_list, get, list};
pub(super) use reason::{optional_reason, reason};
pub(super) use wire::lease_list;
