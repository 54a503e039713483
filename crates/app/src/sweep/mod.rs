//! The sweep: objects of ours in clusters that no lease explains, found and removed.
//!
//! What the rows know is ended by [`leases`](crate::leases); the sweep is for what they do not know: a backup was
//! restored, or somebody gave up on a lease. It lists the cluster first and reads the rows after, so that whatever is made
//! meanwhile is either not in the list or in a row. Labels find, seals decide: an object with our label and no valid seal
//! is reported and never touched. What is young is left, since its row may be on its way. More than a few objects are
//! removed only when a named person has approved of exactly these.

mod brake;
mod remove;
mod run;
mod sort;
mod told;

pub use brake::{Digest, InvalidDigest};
pub use run::{SweepReport, SweepWish, sweep, sweep_all};
pub use sort::Orphan;
pub(crate) use told::Told;
