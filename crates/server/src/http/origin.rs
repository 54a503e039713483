//! From where a request comes: the peer's address, and what a header claims only where a trusted proxy wrote it.

use std::net::{IpAddr, SocketAddr};

use axum::extract::ConnectInfo;
use http::{Extensions, HeaderMap, header};
use mayfly_domain::caller::Origin;

use super::{Shared, proxies::TrustedProxies};

/// The origin of a request.
pub(super) fn of(proxies: &TrustedProxies, extensions: &Extensions, headers: &HeaderMap) -> Origin {
    let peer = extensions.get::<ConnectInfo<SocketAddr>>().map(|ConnectInfo(peer)| proxies.client(peer.ip(), headers));
    let agent = headers.get(header::USER_AGENT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let user_agent = agent.chars().take(Origin::LONGEST_USER_AGENT).collect();
    Origin { ip_address: peer, user_agent }
}

/// Whether the request came from this very machine, by a name of it, and not through a proxy: then nobody put TLS around
/// it, and nobody could listen. A proxy that says nothing of itself looks the same: so none is direct where the operator
/// has told us that people come by TLS or through a proxy, and only the looks of cookies hang on this, no right.
pub(super) fn is_direct(shared: &Shared, origin: &Origin, headers: &HeaderMap) -> bool {
    !is_reached_from_elsewhere(shared) && looks_direct(origin, headers)
}

/// Whether a setting says so.
fn is_reached_from_elsewhere(shared: &Shared) -> bool {
    let public: Option<http::Uri> = shared.app.settings().public_url.parse().ok();
    shared.guards.is_behind_tls_or_proxies() || public.is_some_and(|url| url.scheme_str() == Some("https"))
}

fn looks_direct(origin: &Origin, headers: &HeaderMap) -> bool {
    const OF_PROXIES: [&str; 4] = ["forwarded", "x-forwarded-for", "x-real-ip", "via"];
    let is_loopback = origin.ip_address.is_some_and(|address: IpAddr| address.is_loopback());
    is_loopback && !OF_PROXIES.iter().any(|name| headers.contains_key(*name)) && is_addressed_locally(headers)
}

/// A name that resolves to this machine may be anybody's; an address or `localhost` is not.
fn is_addressed_locally(headers: &HeaderMap) -> bool {
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
    let Ok(authority) = host.parse::<http::uri::Authority>() else { return false };
    let name = authority.host().trim_matches(['[', ']']);
    name.eq_ignore_ascii_case("localhost") || name.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}
