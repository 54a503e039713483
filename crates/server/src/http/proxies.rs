//! From which address a request really comes, where proxies stand before the server.
//!
//! Nobody is believed by default. Where the operator names proxies and the one header they write, the address is the
//! rightmost one in that header which is no such proxy: what stands left of it anybody may have written.

use std::net::{IpAddr, SocketAddr};

use http::{HeaderMap, HeaderName};
use ipnet::IpNet;

/// The proxies that are believed, and the header in which they say who asked them.
#[derive(Clone, Debug)]
pub struct TrustedProxies {
    ranges: Vec<IpNet>,
    header: HeaderName,
}

/// A range is so wide that strangers are in it. Reads after the setting's name.
#[derive(Debug, thiserror::Error)]
#[error("has `{0}`, which is too wide to be proxies: name at most a /8 (IPv4) or a /32 (IPv6)")]
pub struct TooWide(IpNet);

/// Wider ones hold more addresses than any organization has.
const WIDEST_V4: u8 = 8;
const WIDEST_V6: u8 = 32;
/// Entries that are looked at; a chain of honest proxies is shorter.
const MOST_HOPS: usize = 32;

impl Default for TrustedProxies {
    fn default() -> Self {
        Self { ranges: Vec::new(), header: HeaderName::from_static("x-forwarded-for") }
    }
}

impl TrustedProxies {
    /// These ranges, which write `header`.
    pub fn new(ranges: Vec<IpNet>, header: HeaderName) -> Result<Self, TooWide> {
        let is_too_wide = |range: &&IpNet| match range {
            IpNet::V4(range) => range.prefix_len() < WIDEST_V4,
            IpNet::V6(range) => range.prefix_len() < WIDEST_V6,
        };
        match ranges.iter().find(is_too_wide) {
            Some(range) => Err(TooWide(*range)),
            None => Ok(Self { ranges, header }),
        }
    }

    /// Whether there are none.
    pub(crate) fn are_none(&self) -> bool {
        self.ranges.is_empty()
    }

    /// Whether `address` is one of them.
    pub(crate) fn are_at(&self, address: IpAddr) -> bool {
        self.ranges.iter().any(|range| range.contains(&address))
    }

    /// Who made a request that came from `peer`. A header that cannot be read is not guessed at: then it is the last
    /// address that is known for certain.
    pub fn client(&self, peer: IpAddr, headers: &HeaderMap) -> IpAddr {
        let mut known = peer.to_canonical();
        if !self.are_at(known) {
            return known;
        }
        // Several headers of one name are one list, in their order (RFC 9110 section 5.3).
        let lines: Vec<&str> = headers.get_all(&self.header).iter().map(|line| line.to_str().unwrap_or("?")).collect();
        for entry in lines.iter().rev().flat_map(|line| line.rsplit(',')).take(MOST_HOPS) {
            match address(entry.trim()) {
                Some(address) => known = address,
                None => return known,
            }
            if !self.are_at(known) {
                return known;
            }
        }
        known
    }
}

/// The address in an entry, with or without a port, a zone or brackets; mapped IPv4 is IPv4.
fn address(entry: &str) -> Option<IpAddr> {
    let bare = entry.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).unwrap_or(entry);
    let parsed = bare.parse::<IpAddr>().ok().or_else(|| bare.parse::<SocketAddr>().ok().map(|address| address.ip()));
    let parsed = parsed.or_else(|| without_brackets(bare));
    parsed.map(|address| address.to_canonical())
}

/// `[::1]`, `[fe80::1%eth0]:443` and `fe80::1%eth0`: a zone means something on the proxy only.
fn without_brackets(text: &str) -> Option<IpAddr> {
    let inner = match text.strip_prefix('[') {
        Some(rest) => {
            let (inner, port) = rest.split_once(']')?;
            if !port.is_empty() && port.strip_prefix(':')?.parse::<u16>().is_err() {
                return None;
            }
            inner
        }
        None => text,
    };
    let (address, zone) = inner.split_once('%').map_or((inner, None), |(address, zone)| (address, Some(zone)));
    let is_zone = zone.is_none_or(|zone| !zone.is_empty() && zone.chars().all(|c| c.is_ascii_alphanumeric()));
    address.parse::<std::net::Ipv6Addr>().ok().filter(|_| is_zone).map(IpAddr::V6)
}

#[cfg(test)]
mod tests;
