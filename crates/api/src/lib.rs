//! WORDS ON THE WIRE: requests, responses and the error envelope, one file per noun.
//!
//! The server describes its API with these types and answers with them; the command line sends and reads them. They are
//! shapes only: what a field may hold is checked at the server's door, what it means is known in `domain`. The shapes
//! are those of an existing public API, so that the clients people already have work unchanged; what we added stands
//! beside it.

#![expect(missing_docs, reason = "the fields are the words of the wire; those that need one have a description")]

pub mod access;
pub mod access_tokens;
pub mod adopt;
pub mod approvals;
pub mod audit_events;
pub mod audit_logs;
pub mod audit_streams;
pub mod bootstrap;
pub mod changes;
pub mod cluster_connections;
pub mod cluster_requests;
pub mod dynamic_secrets;
pub mod environments;
pub mod folders;
pub mod gateway_authorities;
pub mod gateways;
pub mod groups;
pub mod identities;
pub mod key_rotations;
pub mod leases;
pub mod memberships;
pub mod outside_auth;
pub mod passkeys;
pub mod policies;
pub mod problem;
pub mod projects;
pub mod roles;
pub mod sign_in;
pub mod sso;
pub mod status;
pub mod stops;
pub mod universal_auth;
pub mod users;
