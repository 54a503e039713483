//! Requests that wait for another person's word: asking, deciding, taking back, and using what was agreed to.
//!
//! Whoever asks never decides: not themselves, not as a machine, and not through a machine whose credentials they made
//! ([`keepers`]). What is agreed to is one lease with exactly these parameters and this version of the configuration, once and
//! for a time; or one change of a policy that asks for less.

mod ask;
mod decide;
mod digest;
mod expire;
mod fetch;
mod keepers;
mod loosen;
mod notice_text;
mod notices;
mod read;
mod voters;

pub(crate) use ask::{Asking, LeaseTerms, ask, for_lease};
pub use decide::{approve, cancel, deny};
pub use expire::expire_overdue;
pub(crate) use fetch::give_back;
pub use fetch::wish_of;
pub(crate) use loosen::check_connection;
pub(crate) use notice_text::NoticeText;
pub use notices::send_notices;
pub(crate) use read::sees;
pub use read::{RequestKey, RequestPage, RequestScope, get, list};
