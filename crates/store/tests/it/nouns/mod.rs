//! Every public method of every noun, on both databases: what it does, what it refuses, and that a refusal leaves nothing.

mod access_tokens;
mod audit_events;
mod client_secrets;
mod connections;
mod dynamic_secrets;
mod environments;
mod folders;
mod identities;
mod lease_claims;
mod lease_endings;
mod lease_ends;
mod lease_lanes;
mod lease_lists;
mod leases;
mod login_failures;
mod lost_rights;
mod memberships;
mod organizations;
mod outside_auths;
mod projects;
mod seal_keys;
mod sealed;
mod shared_connections;
mod signing_keys;
mod universal_auths;
