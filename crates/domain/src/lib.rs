//! NOUNS: what things are and may become.
//!
//! Everything here is plain data and pure functions. The crate knows nothing of HTTP, SQL, Kubernetes' wire or the
//! machine's clock; it compiles in seconds and is tested without any of them. Read [`lease`] and [`plan`] first: the
//! rest of Mayfly exists to move a lease through its life.

pub mod access;
pub mod admission;
pub mod audit;
pub mod audit_stream;
pub mod caller;
pub mod clock;
pub mod connection;
pub mod danger;
pub mod dynamic_secret;
pub mod error;
pub mod hex;
pub mod identity;
pub mod ids;
pub mod kubernetes_name;
pub mod label_selector;
pub mod lease;
pub mod name_template;
pub mod plan;
pub mod project;
pub mod renewal;
pub mod rules;
pub mod seal;
pub mod sensitive;
pub mod shared_connection;
pub mod slug;
pub mod stop;
mod text_type;
pub mod ttl;
