//! Header sets of attackers and of honest proxies, and who each of them is taken for.

use http::HeaderValue;

use super::*;

const PEER: &str = "203.0.113.9";
const PROXY: &str = "10.0.0.1";
const CLIENT: &str = "198.51.100.7";

fn proxies() -> TrustedProxies {
    let ranges = ["10.0.0.0/8", "192.168.7.7/32", "fd00::/64"].map(|range| range.parse().unwrap());
    TrustedProxies::new(ranges.to_vec(), HeaderName::from_static("x-forwarded-for")).unwrap()
}

fn client_of(peer: &str, headers: &[(&str, &str)]) -> String {
    let mut map = HeaderMap::new();
    for (name, value) in headers {
        map.append(name.parse::<HeaderName>().unwrap(), HeaderValue::from_bytes(value.as_bytes()).unwrap());
    }
    proxies().client(peer.parse().unwrap(), &map).to_string()
}

/// What a trusted proxy passes on, and who that is from.
const FROM_A_PROXY: [(&[&str], &str); 44] = [
    (&[], PROXY),
    (&["198.51.100.7"], CLIENT),
    (&[" 198.51.100.7 "], CLIENT),
    (&["\t198.51.100.7"], CLIENT),
    (&["198.51.100.7:443"], CLIENT),
    (&["198.51.100.7:1"], CLIENT),
    (&["\"198.51.100.7\""], CLIENT),
    (&["::ffff:198.51.100.7"], CLIENT),
    (&["[::ffff:198.51.100.7]"], CLIENT),
    (&["[::ffff:198.51.100.7]:443"], CLIENT),
    (&["::ffff:c633:6407"], CLIENT),
    (&["2001:db8::1"], "2001:db8::1"),
    (&["[2001:db8::1]"], "2001:db8::1"),
    (&["[2001:db8::1]:8443"], "2001:db8::1"),
    (&["\"[2001:db8::1]:8443\""], "2001:db8::1"),
    (&["2001:DB8::1"], "2001:db8::1"),
    (&["2001:db8:0:0:0:0:0:1"], "2001:db8::1"),
    (&["fe80::1%eth0"], "fe80::1"),
    (&["[fe80::1%eth0]"], "fe80::1"),
    (&["[fe80::1%eth0]:443"], "fe80::1"),
    // What stands left of the first stranger is that stranger's own claim.
    (&["127.0.0.1, 198.51.100.7"], CLIENT),
    (&["10.0.0.5, 198.51.100.7"], CLIENT),
    (&["1.1.1.1, 2.2.2.2, 198.51.100.7"], CLIENT),
    (&["unknown, 198.51.100.7"], CLIENT),
    (&["<script>, 198.51.100.7"], CLIENT),
    (&["::1, 198.51.100.7:80"], CLIENT),
    (&["127.0.0.1", "198.51.100.7"], CLIENT),
    (&["198.51.100.7", "10.2.2.2"], CLIENT),
    (&["1.1.1.1", "198.51.100.7", "10.2.2.2, 10.3.3.3"], CLIENT),
    // Further proxies are passed over.
    (&["198.51.100.7, 10.2.2.2"], CLIENT),
    (&["198.51.100.7,10.2.2.2,10.3.3.3"], CLIENT),
    (&["198.51.100.7, 192.168.7.7, fd00::9"], CLIENT),
    (&["198.51.100.7, ::ffff:10.9.9.9"], CLIENT),
    (&["198.51.100.7, [fd00::9]:443, 10.9.9.9:80"], CLIENT),
    (&["10.7.7.7"], "10.7.7.7"),
    (&["10.7.7.7, 10.8.8.8"], "10.7.7.7"),
    // What cannot be read ends the walk where the address was last certain.
    (&[""], PROXY),
    (&[","], PROXY),
    (&["198.51.100.7,"], PROXY),
    (&["198.51.100.7, unknown"], PROXY),
    (&["198.51.100.7, _hidden, 10.2.2.2"], "10.2.2.2"),
    (&["198.51.100.7 10.2.2.2"], PROXY),
    (&["198.51.100.7;10.2.2.2"], PROXY),
    (&["198.51.100.7, 10.2.2.2:99999"], PROXY),
];

/// What is no address.
const UNREADABLE: [&str; 20] = [
    "198.51.100",
    "198.51.100.7.1",
    "198.51.100.256",
    "0198.51.100.7",
    "0x7f000001",
    "2130706433",
    "127.1",
    "198.51.100.7/32",
    "198.51.100.7%eth0",
    "[198.51.100.7]",
    "[2001:db8::1",
    "2001:db8::1]",
    "[2001:db8::1]x",
    "[2001:db8::1]:",
    "[2001:db8::1]:port",
    "fe80::1%",
    "fe80::1%eth0\u{e9}",
    "localhost",
    "for=198.51.100.7",
    "198.51.100.7\u{a0}",
];

/// Headers that look like the chosen one, or that other products believe.
const LOOK_ALIKES: [&str; 16] = [
    "x_forwarded_for",
    "x-forwarded_for",
    "x-forwarded-for-original",
    "x-original-forwarded-for",
    "x-forwarded",
    "forwarded",
    "forwarded-for",
    "x-real-ip",
    "x_real_ip",
    "x-client-ip",
    "x-cluster-client-ip",
    "true-client-ip",
    "cf-connecting-ip",
    "fastly-client-ip",
    "x-remote-addr",
    "remote-addr",
];

#[test]
fn eighty_header_sets_and_more_give_the_address_that_is_certain() {
    let mut sets = 0;
    for (lines, expected) in FROM_A_PROXY {
        let headers: Vec<(&str, &str)> = lines.iter().map(|line| ("x-forwarded-for", *line)).collect();
        assert_eq!(client_of(PROXY, &headers), expected, "{lines:?}");
        assert_eq!(client_of(&format!("::ffff:{PROXY}"), &headers), expected, "{lines:?} from a mapped address");
        assert_eq!(client_of(PEER, &headers), PEER, "{lines:?} from a stranger");
        sets += 1;
    }
    for text in UNREADABLE {
        assert_eq!(client_of(PROXY, &[("x-forwarded-for", text)]), PROXY, "{text}");
        assert_eq!(client_of(PROXY, &[("x-forwarded-for", &format!("127.0.0.1, {text}"))]), PROXY, "{text}");
        sets += 1;
    }
    for name in LOOK_ALIKES {
        assert_eq!(client_of(PROXY, &[(name, "127.0.0.1")]), PROXY, "{name}");
        let both = [(name, "127.0.0.1"), ("X-Forwarded-For", CLIENT), ("connection", "x-forwarded-for")];
        assert_eq!(client_of(PROXY, &both), CLIENT, "{name}");
        sets += 1;
    }
    assert!(sets >= 80, "{sets}");
}

#[test]
fn nobody_is_believed_unless_named_and_nobody_names_everybody() {
    let headers: HeaderMap =
        [(HeaderName::from_static("x-forwarded-for"), HeaderValue::from_static(CLIENT))].into_iter().collect();
    assert_eq!(TrustedProxies::default().client(PROXY.parse().unwrap(), &headers).to_string(), PROXY);
    for wide in ["0.0.0.0/0", "::/0", "0.0.0.0/1", "128.0.0.0/7", "2000::/3", "2001::/16"] {
        let proxies = TrustedProxies::new(vec![wide.parse().unwrap()], HeaderName::from_static("x-real-ip"));
        assert!(proxies.unwrap_err().to_string().contains(wide), "{wide}");
    }
}

#[test]
fn a_chain_without_an_end_is_not_walked_to_it() {
    let long = vec!["10.1.1.1"; 10_000].join(",");
    assert_eq!(client_of(PROXY, &[("x-forwarded-for", &format!("{CLIENT},{long}"))]), "10.1.1.1");
}
