//! The whole server in one process: true HTTP over loopback, a true database, a fake cluster, a clock moved by hand.
//!
//! Start with [`support::TestServer`]; each other module is one promise of the product.

#[cfg(test)]
mod access_coverage;
#[cfg(test)]
mod approvals;
#[cfg(test)]
mod attached_connections;
#[cfg(test)]
mod audit;
#[cfg(test)]
mod audit_log;
#[cfg(test)]
mod audit_secrets;
#[cfg(test)]
mod audit_streams;
#[cfg(test)]
mod bad_day;
#[cfg(test)]
mod bad_input;
#[cfg(test)]
mod belongings;
#[cfg(test)]
mod bootstrap;
#[cfg(test)]
mod bootstrap_from_elsewhere;
#[cfg(test)]
mod changes;
#[cfg(test)]
mod closed_roles;
#[cfg(test)]
mod cluster_errors;
#[cfg(test)]
mod connection_binding;
#[cfg(test)]
mod connection_tests;
#[cfg(test)]
mod contract;
#[cfg(test)]
mod custom_roles;
#[cfg(test)]
mod full_disk;
#[cfg(test)]
mod gateway_authorities;
#[cfg(test)]
mod gateway_enrolments;
#[cfg(test)]
mod gateway_keys;
#[cfg(test)]
mod gateway_pools;
#[cfg(test)]
mod growth;
#[cfg(test)]
mod hardening;
#[cfg(test)]
mod held;
#[cfg(test)]
mod idle_connections;
#[cfg(test)]
mod inventory;
#[cfg(test)]
mod key_rotations;
#[cfg(test)]
mod kubernetes_auth;
#[cfg(test)]
mod lanes;
#[cfg(test)]
mod lease_by_id;
#[cfg(test)]
mod lease_ends;
#[cfg(test)]
mod lease_history;
#[cfg(test)]
mod lease_life;
#[cfg(test)]
mod listener;
#[cfg(test)]
mod lists;
#[cfg(test)]
mod lockouts;
#[cfg(test)]
mod lost_rights;
#[cfg(test)]
mod moved_meanwhile;
#[cfg(test)]
mod odd_credentials;
#[cfg(test)]
mod oidc_auth;
#[cfg(test)]
mod old_clusters;
#[cfg(test)]
mod one_hangs;
#[cfg(test)]
mod openapi;
#[cfg(test)]
mod people;
#[cfg(test)]
mod renewed_tokens;
#[cfg(test)]
mod secrets_stay_secret;
#[cfg(test)]
mod shared_connections;
#[cfg(test)]
mod slow_bodies;
#[cfg(test)]
mod sso;
#[cfg(test)]
mod support;
#[cfg(test)]
mod sweep;
#[cfg(test)]
mod tls;
#[cfg(test)]
mod universal_auth;
#[cfg(test)]
mod unknown_fields;
#[cfg(test)]
mod week_away;
