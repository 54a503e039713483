//! CORRIDOR: the gateway protocol, both ends.
//!
//! A gateway opens a WebSocket to the server ([`carrier`]); inside it both prove themselves by the installation's own authority
//! ([`tls`], [`authority`]); inside that is HTTP/2 with reversed roles: the gateway, which dialled, answers.
//!
//! The crate carries operations and bytes, and knows neither Kubernetes nor what an operation means; it never holds a
//! credential of a cluster. The wire is written down in `docs/reference/gateway-wire.md`.

pub mod answering;
pub mod asking;
pub mod authority;
mod body;
mod byte_stream;
pub mod carrier;
mod converse;
pub mod enrolment;
pub mod failure;
pub mod liveness;
pub mod peer;
pub mod protocol;
pub mod record;
pub mod registry;
pub mod tls;
pub mod trust;

pub use byte_stream::ByteStream;
