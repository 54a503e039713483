//! Every public method of every noun, on both databases: what it does, what it refuses, and that a refusal leaves nothing.

mod lease_ends;
mod lease_lists;
mod leases;
