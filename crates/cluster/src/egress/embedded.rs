//! The IPv4 addresses that an IPv6 address may lead to.

use std::net::{Ipv4Addr, Ipv6Addr};

/// Every IPv4 address that some translation or tunnel would read out of `ip`.
///
/// A mapped address (`::ffff:0:0/96`) is IPv4 by another name; callers turn it into that first.
pub(super) fn embedded_v4(ip: Ipv6Addr) -> Vec<Ipv4Addr> {
    let [s0, s1, s2, s3, s4, s5, s6, s7] = ip.segments();
    let ends_in_v4 = match [s0, s1, s2, s3, s4, s5] {
        // `::` and `::1` are addresses of their own; the rest of ::/96 is the old IPv4-compatible form (RFC 4291 2.5.5.1).
        [0, 0, 0, 0, 0, 0] => s6 != 0 || s7 > 1,
        // IPv4-translated (RFC 2765), NAT64 with the well-known prefix (RFC 6052), ISATAP behind any prefix (RFC 5214).
        [0, 0, 0, 0, 0xffff, 0] | [0x64, 0xff9b, 0, 0, 0, 0] | [_, _, _, _, 0 | 0x200, 0x5efe] => true,
        _ => false,
    };
    let mut found = match [s0, s1, s2] {
        // NAT64 with the local-use prefix (RFC 8215).
        [0x64, 0xff9b, 1] => local_nat64(ip),
        // 6to4 (RFC 3056).
        [0x2002, _, _] => vec![pair(s1, s2)],
        // Teredo (RFC 4380): the server plain, the client with all bits turned.
        [0x2001, 0, _] => vec![pair(s2, s3), pair(!s6, !s7)],
        _ => Vec::new(),
    };
    if ends_in_v4 {
        found.push(pair(s6, s7));
    }
    found
}

fn pair(high: u16, low: u16) -> Ipv4Addr {
    Ipv4Addr::from((u32::from(high) << 16) | u32::from(low))
}

/// The operator of a local NAT64 chooses a prefix of 48, 56, 64 or 96 bits, and with it where the IPv4 address is;
/// octet 8 is always left out (RFC 6052 2.2). All readings count, except those that read the padding of another one.
fn local_nat64(ip: Ipv6Addr) -> Vec<Ipv4Addr> {
    let [_, _, _, _, _, _, o6, o7, _, o9, o10, o11, o12, o13, o14, o15] = ip.octets();
    let readings = [[o6, o7, o9, o10], [o7, o9, o10, o11], [o9, o10, o11, o12], [o12, o13, o14, o15]];
    let plausible: Vec<_> = readings.into_iter().filter(|[first, ..]| *first != 0).map(Ipv4Addr::from).collect();
    if plausible.is_empty() { vec![Ipv4Addr::UNSPECIFIED] } else { plausible }
}
