//! Authorising a caller: fetch what they hold, let the one pure function decide, record a refusal.

mod authorize;
mod explain;
mod memory;

pub(crate) use authorize::{InProject, at, place_of};
pub use explain::{Because, Explanation, Question, explain, who_can};
pub(crate) use memory::Memory;
