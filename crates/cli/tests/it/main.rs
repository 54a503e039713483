//! The program as it is typed, against a double of the server: what it sends, prints and returns.
//!
//! That the true server understands what it sends is proved by the end-to-end tests and by `cargo xtask demo`.

// Said once more, so that the lints see that helpers are test code too.
#[cfg(test)]
mod access;
#[cfg(test)]
#[cfg(feature = "server")]
mod admission_policies;
#[cfg(test)]
mod answers;
#[cfg(test)]
mod approvals;
#[cfg(test)]
mod audit;
#[cfg(test)]
mod bad_day;
#[cfg(test)]
mod connections;
#[cfg(test)]
mod credentials;
#[cfg(test)]
mod double;
#[cfg(test)]
mod exec;
#[cfg(test)]
mod exit_codes;
#[cfg(test)]
mod gateways;
#[cfg(test)]
mod groups;
#[cfg(test)]
mod help;
#[cfg(test)]
mod identities;
#[cfg(test)]
mod key_rotations;
#[cfg(test)]
mod leases;
#[cfg(test)]
mod machines;
#[cfg(test)]
mod mayfly;
#[cfg(test)]
mod members;
#[cfg(test)]
mod people;
#[cfg(test)]
mod places;
#[cfg(test)]
mod policies;
#[cfg(test)]
mod roles;
#[cfg(test)]
mod secrets;
#[cfg(test)]
mod sessions;
#[cfg(test)]
mod sso;
#[cfg(test)]
#[cfg(unix)]
mod terminal;
#[cfg(test)]
mod tokens;
#[cfg(test)]
mod trust;
