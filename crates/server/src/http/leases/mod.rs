//! Leases: each is one token that was issued, and its end.

mod bad_day;
mod end;
mod history;
mod issue;
mod read;
mod wire;

pub(super) use bad_day::{__path_end_many, __path_forget, end_many, forget, reason};
pub(super) use end::{__path_renew, __path_revoke, renew, revoke};
pub(super) use history::{__path_get_from_history, __path_history, get_from_history, history};
pub(super) use issue::{__path_issue, issue};
pub(super) use read::{__path_get, __path_list, get, list};
pub(super) use wire::lease;
