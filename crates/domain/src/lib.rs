//! NOUNS: what things are and may become.
//!
//! Everything here is plain data and pure functions. The crate knows nothing of HTTP, SQL, Kubernetes' wire or the
//! machine's clock; it compiles in seconds and is tested without any of them. Read [`lease`] and [`plan`] first: the
//! rest of Mayfly exists to move a lease through its life.

pub mod access;
pub mod admission;
pub mod approval;
pub mod audit;
pub mod audit_stream;
pub mod caller;
pub mod claim_pattern;
pub mod clock;
pub mod connection;
pub mod custom_role;
pub mod danger;
pub mod dynamic_secret;
pub mod email;
pub mod error;
pub mod gateway;
pub mod gateway_authority;
pub mod gateway_policy;
pub mod group;
pub mod hex;
pub mod identity;
pub mod ids;
pub mod key_rotation;
pub mod kubernetes_name;
pub mod label_selector;
pub mod lease;
pub mod membership;
pub mod name_template;
pub mod outside_auth;
pub mod passkey;
pub mod password;
pub mod plan;
pub mod policy;
pub mod project;
pub mod renewal;
pub mod rules;
pub mod seal;
pub mod sensitive;
pub mod session;
pub mod shared_connection;
pub mod slug;
pub mod source;
pub mod sso;
pub mod stop;
mod text_type;
pub mod ttl;
