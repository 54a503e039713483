//! Every public method of every noun, on both databases: what it does, what it refuses, and that a refusal leaves nothing.

mod access_tokens;
mod client_secrets;
mod identities;
mod lease_ends;
mod lease_lists;
mod leases;
mod memberships;
mod organizations;
mod universal_auths;
