//! Leases: issue, see, end. Each is one token and the promise about its end.

mod clean_up;
mod conditions;
mod end_many;
mod forget;
mod history;
mod issue;
mod lanes;
mod looks;
mod lost_rights;
mod plan;
mod read;
mod reap;
mod remove_due;
mod renew;
mod revoke;
mod signature;

pub(crate) use clean_up::names;
pub use conditions::{RequestKey, forget_old_keys};
pub use end_many::{EndManyWish, EndedMany, end_many};
pub use forget::forget;
pub use history::{History, HistoryFilter, HistoryQuery, get_from_history, history};
pub(crate) use issue::longest_reservation;
pub use issue::{IssueLease, IssuedLease, issue};
pub(crate) use lanes::Lanes;
pub(crate) use looks::Looks;
pub(crate) use lost_rights::{EndsInTime, Losing, about_to_lose, end_all};
pub use lost_rights::{LeasesOfHolder, end_of_lost_rights};
pub use mayfly_cluster::Verify;
pub use mayfly_store::leases::many::LeaseFilter;
pub(crate) use plan::{PlanWish, plan};
pub use read::{LeaseView, get, list};
pub(crate) use read::{depend_on_labels, holds, manages_labelled};
pub use reap::{Reaped, reap, reap_expiring};
pub use remove_due::{GoesOn, due_lanes, forget_spent_connections, work_lane};
pub use renew::renew;
pub use revoke::{IsForced, end, end_undelivered, revoke};
