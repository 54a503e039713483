//! What other products of this kind test, as far as it applies and no test of ours had it, before a real API server.
//! `docs/reference/peer-scenarios.md` lists all of it.

mod kubernetes;
mod objects;
mod refusals;
mod tokens;
