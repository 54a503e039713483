//! Authorising a caller: fetch what they hold, let the one pure function decide, record a refusal.

mod authorize;
mod explain;
mod memory;

pub(crate) use authorize::{InProject, at, place_of};
pub use explain::{AskedPlace, Because, Explanation, explain, rights, who_can};
pub(crate) use memory::Memory;
