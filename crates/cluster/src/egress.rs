//! Where the server never connects to, whatever address a user gives.
//!
//! Pure: one address and port in, a verdict out. The connector in [`connect`](crate::connect) asks about every answer of
//! every look-up and connects only to an address that passed, so that a name cannot change its mind in between.

use std::{
    fmt,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
};

use ipnet::IpNet;
use serde::{Deserialize, Serialize};

mod embedded;

use embedded::embedded_v4;

/// What an installation allows and forbids, on top of what is always refused.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EgressPolicy {
    /// Opens loopback addresses in these ranges. It opens nothing that is always refused, and nothing in `deny`.
    pub allow: Vec<IpNet>,
    /// Closes these ranges, such as private networks that hold no cluster.
    pub deny: Vec<IpNet>,
    /// The server's own listeners and its database. An unspecified address stands for all addresses of this machine.
    pub own: Vec<SocketAddr>,
}

/// Which rule refuses an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BlockReason {
    /// `169.254.0.0/16`, `fe80::/10` and the old `fec0::/10`: metadata services live there.
    LinkLocal,
    /// A metadata service outside the link-local ranges.
    Metadata,
    /// `0.0.0.0/8` and `::`: "this machine", on many systems.
    Unspecified,
    /// `224.0.0.0/4` and `ff00::/8`.
    Multicast,
    /// `240.0.0.0/4` with the broadcast address in it.
    Reserved,
    /// `127.0.0.0/8` and `::1`, unless allowed.
    Loopback,
    /// A listener or the database of this server.
    Own,
    /// In a range of the setting `egress.deny`.
    Denied,
}

impl fmt::Display for BlockReason {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::LinkLocal => "link-local addresses are never connected to",
            Self::Metadata => "metadata services are never connected to",
            Self::Unspecified => "unspecified addresses are never connected to",
            Self::Multicast => "multicast addresses are never connected to",
            Self::Reserved => "reserved and broadcast addresses are never connected to",
            Self::Loopback => "loopback addresses need the setting `egress.allow`",
            Self::Own => "it belongs to this server or its database",
            Self::Denied => "it is in a range of the setting `egress.deny`",
        })
    }
}

/// Metadata services of IPv4 outside `169.254.0.0/16`: Alibaba Cloud, Azure, Oracle Cloud Classic.
const METADATA_V4: [Ipv4Addr; 3] =
    [Ipv4Addr::new(100, 100, 100, 200), Ipv4Addr::new(168, 63, 129, 16), Ipv4Addr::new(192, 0, 0, 192)];

/// Metadata services of IPv6 outside `fe80::/10`: Amazon, Google.
const METADATA_V6: [Ipv6Addr; 2] =
    [Ipv6Addr::new(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x254), Ipv6Addr::new(0xfd20, 0xce, 0, 0, 0, 0, 0, 0x254)];

impl EgressPolicy {
    /// Whether a connection to `address` may be made.
    ///
    /// An IPv6 address that carries an IPv4 address (mapped, NAT64, 6to4 and others) must pass both as it stands and as
    /// each address it may lead to.
    pub fn check(&self, address: SocketAddr) -> Result<(), BlockReason> {
        let ip = address.ip().to_canonical();
        let carried = match ip {
            IpAddr::V4(_) => Vec::new(),
            IpAddr::V6(v6) => embedded_v4(v6),
        };
        std::iter::once(ip)
            .chain(carried.into_iter().map(IpAddr::V4))
            .try_for_each(|ip| self.check_one(ip, address.port()))
    }

    fn check_one(&self, ip: IpAddr, port: u16) -> Result<(), BlockReason> {
        if let Some(reason) = always_refused(ip) {
            return Err(reason);
        }
        if self.is_own(ip, port) {
            return Err(BlockReason::Own);
        }
        if self.deny.iter().any(|range| range.contains(&ip)) {
            return Err(BlockReason::Denied);
        }
        if ip.is_loopback() && !self.allow.iter().any(|range| range.contains(&ip)) {
            return Err(BlockReason::Loopback);
        }
        Ok(())
    }

    /// A listener on all addresses has at least the loopback ones; the connector finds the others by asking the system.
    fn is_own(&self, ip: IpAddr, port: u16) -> bool {
        self.own.iter().any(|own| {
            let own_ip = own.ip().to_canonical();
            own.port() == port && (own_ip == ip || (own_ip.is_unspecified() && ip.is_loopback()))
        })
    }

    /// Whether one of our own listens on `port` at every address of this machine.
    pub(crate) fn listens_everywhere_on(&self, port: u16) -> bool {
        self.own.iter().any(|own| own.port() == port && own.ip().is_unspecified())
    }
}

fn always_refused(ip: IpAddr) -> Option<BlockReason> {
    match ip {
        IpAddr::V4(v4) => always_refused_v4(v4),
        IpAddr::V6(v6) => always_refused_v6(v6),
    }
}

fn always_refused_v4(ip: Ipv4Addr) -> Option<BlockReason> {
    let [first, ..] = ip.octets();
    match first {
        _ if METADATA_V4.contains(&ip) => Some(BlockReason::Metadata),
        _ if ip.is_link_local() => Some(BlockReason::LinkLocal),
        0 => Some(BlockReason::Unspecified),
        224..=239 => Some(BlockReason::Multicast),
        240..=255 => Some(BlockReason::Reserved),
        _ => None,
    }
}

fn always_refused_v6(ip: Ipv6Addr) -> Option<BlockReason> {
    const SITE_LOCAL: u16 = 0xfec0;
    const TEN_BITS: u16 = 0xffc0;
    let [first, ..] = ip.segments();
    if METADATA_V6.contains(&ip) {
        Some(BlockReason::Metadata)
    } else if ip.is_unicast_link_local() || first & TEN_BITS == SITE_LOCAL {
        Some(BlockReason::LinkLocal)
    } else if ip.is_unspecified() {
        Some(BlockReason::Unspecified)
    } else if ip.is_multicast() {
        Some(BlockReason::Multicast)
    } else {
        None
    }
}

#[cfg(test)]
mod tests;
