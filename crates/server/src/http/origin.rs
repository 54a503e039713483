//! From where a request comes: the peer's address, and nothing that a header claims.

use std::net::{IpAddr, SocketAddr};

use axum::extract::ConnectInfo;
use http::{Extensions, HeaderMap, header};
use mayfly_domain::caller::Origin;

/// The origin of a request.
pub(super) fn of(extensions: &Extensions, headers: &HeaderMap) -> Origin {
    let peer = extensions.get::<ConnectInfo<SocketAddr>>().map(|ConnectInfo(peer)| peer.ip().to_canonical());
    let agent = headers.get(header::USER_AGENT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let user_agent = agent.chars().take(Origin::LONGEST_USER_AGENT).collect();
    Origin { ip_address: peer, user_agent }
}

/// Whether the request was made on this very machine. One that a proxy passed on was not, whatever its address.
pub(super) fn is_local(origin: &Origin, headers: &HeaderMap) -> bool {
    let passed_on = ["forwarded", "x-forwarded-for", "x-real-ip", "via"].iter().any(|name| headers.contains_key(*name));
    origin.ip_address.is_some_and(|address: IpAddr| address.is_loopback()) && !passed_on
}
