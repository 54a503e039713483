use super::*;

fn policy() -> EgressPolicy {
    EgressPolicy {
        allow: vec!["127.0.0.0/9".parse().unwrap()],
        deny: vec!["10.9.0.0/16".parse().unwrap(), "fd99::/16".parse().unwrap()],
        own: vec![
            "10.1.2.3:8420".parse().unwrap(),
            "0.0.0.0:5432".parse().unwrap(),
            "[2001:db8::7]:8420".parse().unwrap(),
        ],
    }
}

fn verdict(policy: &EgressPolicy, text: &str) -> Result<(), BlockReason> {
    let address = text.parse::<SocketAddr>().unwrap_or_else(|_| SocketAddr::new(text.parse().expect(text), 6443));
    policy.check(address)
}

/// Addresses that pass under the policy above.
const OPEN: [&str; 26] = [
    "1.1.1.1",
    "8.8.8.8",
    "10.0.0.1",
    "10.1.2.3:6443",
    "10.8.255.255",
    "10.10.0.0",
    "172.16.0.1",
    "172.31.255.254",
    "192.168.1.1",
    "192.0.0.191",
    "100.64.0.1",
    "100.100.100.199",
    "168.63.129.15",
    "169.253.255.255",
    "169.255.0.1",
    "223.255.255.255",
    "127.0.0.1",
    "127.127.255.255",
    "2001:db8::1",
    "[2001:db8::7]:6443",
    "2606:4700::1111",
    "fd00::1",
    "fd00:ec2::253",
    "::ffff:10.0.0.1",
    "64:ff9b::8.8.8.8",
    "64:ff9b:1::10.0.0.1",
];

/// Addresses that do not, each with its reason.
const CLOSED: [(&str, BlockReason); 58] = [
    ("169.254.169.254", BlockReason::LinkLocal),
    ("169.254.0.0", BlockReason::LinkLocal),
    ("169.254.255.255", BlockReason::LinkLocal),
    ("169.254.170.2", BlockReason::LinkLocal),
    ("fe80::1", BlockReason::LinkLocal),
    ("febf:ffff::1", BlockReason::LinkLocal),
    ("fe80::a9fe:a9fe", BlockReason::LinkLocal),
    ("fec0::1", BlockReason::LinkLocal),
    ("feff::1", BlockReason::LinkLocal),
    ("100.100.100.200", BlockReason::Metadata),
    ("168.63.129.16", BlockReason::Metadata),
    ("192.0.0.192", BlockReason::Metadata),
    ("fd00:ec2::254", BlockReason::Metadata),
    ("fd20:ce::254", BlockReason::Metadata),
    ("0.0.0.0", BlockReason::Unspecified),
    ("0.0.0.1", BlockReason::Unspecified),
    ("0.255.255.255", BlockReason::Unspecified),
    ("::", BlockReason::Unspecified),
    ("224.0.0.1", BlockReason::Multicast),
    ("239.255.255.255", BlockReason::Multicast),
    ("ff02::1", BlockReason::Multicast),
    ("ff05::2", BlockReason::Multicast),
    ("240.0.0.1", BlockReason::Reserved),
    ("255.255.255.255", BlockReason::Reserved),
    ("127.128.0.1", BlockReason::Loopback),
    ("127.255.255.255", BlockReason::Loopback),
    ("::1", BlockReason::Loopback),
    ("10.1.2.3:8420", BlockReason::Own),
    ("[::ffff:10.1.2.3]:8420", BlockReason::Own),
    ("[2001:db8::7]:8420", BlockReason::Own),
    ("127.0.0.1:5432", BlockReason::Own),
    ("[::1]:5432", BlockReason::Own),
    ("[64:ff9b::10.1.2.3]:8420", BlockReason::Own),
    ("10.9.0.0", BlockReason::Denied),
    ("10.9.255.255", BlockReason::Denied),
    ("::ffff:10.9.1.1", BlockReason::Denied),
    ("64:ff9b::10.9.1.1", BlockReason::Denied),
    ("fd99::1", BlockReason::Denied),
    // IPv4-mapped.
    ("::ffff:169.254.169.254", BlockReason::LinkLocal),
    ("::ffff:a9fe:a9fe", BlockReason::LinkLocal),
    ("::ffff:0.0.0.0", BlockReason::Unspecified),
    ("::ffff:127.200.0.1", BlockReason::Loopback),
    ("::ffff:100.100.100.200", BlockReason::Metadata),
    // IPv4-compatible and IPv4-translated.
    ("::169.254.169.254", BlockReason::LinkLocal),
    ("::127.200.0.1", BlockReason::Loopback),
    ("::ffff:0:169.254.169.254", BlockReason::LinkLocal),
    // NAT64, well-known and local, at each place the address may have.
    ("64:ff9b::169.254.169.254", BlockReason::LinkLocal),
    ("64:ff9b::7fc8:1", BlockReason::Loopback),
    ("64:ff9b:1::169.254.169.254", BlockReason::LinkLocal),
    ("64:ff9b:1:a9fe:a9:fe00::", BlockReason::LinkLocal),
    ("64:ff9b:1:a9:fe:a9fe::", BlockReason::LinkLocal),
    ("64:ff9b:1:0:a9:fea9:fe00:0", BlockReason::LinkLocal),
    ("64:ff9b:1::", BlockReason::Unspecified),
    // 6to4, Teredo (server, then client), ISATAP.
    ("2002:a9fe:a9fe::1", BlockReason::LinkLocal),
    ("2002:7fc8:1::", BlockReason::Loopback),
    ("2001:0:a9fe:a9fe::", BlockReason::LinkLocal),
    ("2001:0:808:808:0:0:5601:5601", BlockReason::LinkLocal),
    ("2001:db8::5efe:169.254.169.254", BlockReason::LinkLocal),
];

#[test]
fn open_addresses_pass() {
    for address in OPEN {
        assert_eq!(verdict(&policy(), address), Ok(()), "{address}");
    }
}

#[test]
fn closed_addresses_are_refused_for_their_own_reason() {
    for (address, reason) in CLOSED {
        assert_eq!(verdict(&policy(), address), Err(reason), "{address}");
    }
}

#[test]
fn loopback_is_closed_unless_allowed() {
    let closed = EgressPolicy::default();
    for address in ["127.0.0.1", "127.1.2.3", "::1", "::ffff:127.0.0.1", "64:ff9b::127.0.0.1"] {
        assert_eq!(verdict(&closed, address), Err(BlockReason::Loopback), "{address}");
    }
    let open = EgressPolicy { allow: vec!["::1/128".parse().unwrap()], ..EgressPolicy::default() };
    assert_eq!(verdict(&open, "::1"), Ok(()));
    assert_eq!(verdict(&open, "127.0.0.1"), Err(BlockReason::Loopback));
}

#[test]
fn allowing_everything_opens_loopback_and_nothing_else() {
    let everything = vec!["0.0.0.0/0".parse().unwrap(), "::/0".parse().unwrap()];
    let wide = EgressPolicy { allow: everything, ..policy() };
    for (address, reason) in CLOSED {
        let expected = if reason == BlockReason::Loopback { Ok(()) } else { Err(reason) };
        assert_eq!(verdict(&wide, address), expected, "{address}");
    }
}
