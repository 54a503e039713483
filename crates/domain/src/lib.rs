//! NOUNS: what things are and may become.
//!
//! Everything here is plain data and pure functions. The crate knows nothing of HTTP, SQL, Kubernetes' wire or the
//! machine's clock; it compiles in seconds and is tested without any of them. Read [`lease`] and [`plan`] first: the
//! rest of Mayfly exists to move a lease through its life.

pub mod clock;
pub mod connection;
pub mod error;
pub mod ids;
pub mod kubernetes_name;
pub mod plan;
pub mod sensitive;
