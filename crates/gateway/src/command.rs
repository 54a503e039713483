//! What the agent can be started to do.

pub(crate) mod audit;
pub(crate) mod doctor;
pub(crate) mod enrol;
pub(crate) mod manifest;
pub(crate) mod run;
