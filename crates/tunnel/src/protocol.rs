//! The names and limits of the wire, as `docs/reference/gateway-wire.md` writes them down.
//!
//! The major version is in the sub-protocol and in the ALPN name: two ends that share none never speak. Within one, what an
//! end can do is told by name in the first records (`record.rs`).

/// WebSocket sub-protocol of a tunnel (RFC 6455 section 1.9).
pub const TUNNEL_SUBPROTOCOL: &str = "tunnel.v1.mayfly.dev";

/// WebSocket sub-protocol of an enrolment.
pub const ENROLMENT_SUBPROTOCOL: &str = "enrolment.v1.mayfly.dev";

/// Where a server is asked for a tunnel.
pub const TUNNEL_PATH: &str = "/api/v1/gateway-tunnels";

/// Where a server is asked for an enrolment.
pub const ENROLMENT_PATH: &str = "/api/v1/gateway-enrolments";

/// ALPN name inside a tunnel (RFC 7301).
pub const TUNNEL_ALPN: &[u8] = b"mayfly-tunnel/1";

/// ALPN name inside an enrolment.
pub const ENROLMENT_ALPN: &[u8] = b"mayfly-enrolment/1";

/// ALPN name between two servers.
pub(crate) const PEER_ALPN: &[u8] = b"mayfly-peer/1";

/// Below this name each tunnel has one, by its id, by which one server asks another for it.
pub(crate) const PEER_ZONE: &str = "peers.mayfly.internal";

/// The name that every server proves to its gateways: they are reached by many addresses, and only the authority counts.
pub const SERVER_NAME: &str = "server.gateways.mayfly.internal";

/// The stream that is open as long as the tunnel is.
pub(crate) const CONTROL_PATH: &str = "/v1/control";

/// Operations are `POST`ed to this and their name.
pub(crate) const OPERATIONS_PATH: &str = "/v1/operations/";

/// The operation's id: the same at each try of the same act.
pub(crate) const OPERATION_HEADER: &str = "mayfly-operation";

/// Milliseconds that are left of the caller's deadline.
pub(crate) const DEADLINE_HEADER: &str = "mayfly-deadline-ms";

/// Which try it is, from 1.
pub(crate) const ATTEMPT_HEADER: &str = "mayfly-attempt";

/// The lease that it is for.
pub(crate) const LEASE_HEADER: &str = "mayfly-lease";

/// For whom it is, as the server says.
pub(crate) const ACTOR_HEADER: &str = "mayfly-actor";

/// Bytes of a WebSocket message at most. A TLS record has 16 KiB and a little.
pub(crate) const LARGEST_MESSAGE: usize = 64 * 1024;

/// Bytes of a control record at most.
pub(crate) const LARGEST_RECORD: usize = 64 * 1024;

/// Bytes of an operation at most.
pub(crate) const LARGEST_REQUEST: usize = 256 * 1024;

/// Bytes of an answer at most.
pub(crate) const LARGEST_ANSWER: usize = 1024 * 1024;

/// Streams that are open at once at most.
pub(crate) const MOST_STREAMS: u32 = 256;

/// Byte streams to clusters that are open at once at most.
pub const MOST_FORWARDS: usize = 64;

/// Bytes that one stream may have under way.
pub(crate) const STREAM_WINDOW: u32 = 256 * 1024;

/// Bytes that all streams together may have under way. More than all forwards together, so that none of them, stalled, keeps
/// an operation from its answer.
pub(crate) const CONNECTION_WINDOW: u32 = 32 * 1024 * 1024;

/// Bytes of headers at most.
pub(crate) const LARGEST_HEADERS: u32 = 16 * 1024;

const _: () = assert!(CONNECTION_WINDOW as usize > MOST_FORWARDS * STREAM_WINDOW as usize);
