//! Authorising a caller: fetch what they hold, let the one pure function decide, record a refusal.

mod authorize;
mod memory;

pub(crate) use authorize::InProject;
pub(crate) use memory::Memory;
