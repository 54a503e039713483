//! Authorising a caller: fetch what they hold, let the one pure function decide, record a refusal.

mod authorize;
mod explain;
mod memory;

pub(crate) use authorize::{InProject, at, held_in, may_above, may_now, place_of, rights_of, role_now};
pub(crate) use explain::everybody;
pub use explain::{AskedPlace, Because, Explanation, explain, rights, who_can};
pub(crate) use memory::Memory;
