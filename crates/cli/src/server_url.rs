//! Where the server is, and whether a secret may travel there.

use std::{fmt, net::IpAddr, str::FromStr};

use serde::{Deserialize, Serialize};
use url::{Host, Url};

/// The address of a Mayfly server: https, or http on this very machine. It may have a path, for servers behind a proxy.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub(crate) struct ServerUrl(Url);

/// Whether the server is on this machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reach {
    /// On loopback: no proxy, and plain http is as good as https.
    ThisMachine,
    /// Anywhere else.
    Network,
}

/// Why an address was refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum BadServerUrl {
    #[error("this is not an address such as `https://mayfly.example.com`")]
    NotAnAddress,
    #[error("the address must begin with `https://`, or `http://` for a server on this machine")]
    OtherScheme,
    #[error("plain http would show access tokens to everybody on the way to `{0}`: use https")]
    PlainHttp(String),
    #[error("the address must not have a user name, password, query or fragment")]
    TooMuch,
}

impl ServerUrl {
    /// Where `mayfly server` listens unless told otherwise.
    pub(crate) const DEFAULT: &str = "http://127.0.0.1:8420";

    /// The address of one resource below it. Each segment is encoded, so that no name can leave its place.
    pub(crate) fn join<'a>(&self, segments: impl IntoIterator<Item = &'a str>) -> Url {
        let mut url = self.0.clone();
        // Only addresses without a host have no path, and those were refused.
        if let Ok(mut path) = url.path_segments_mut() {
            path.pop_if_empty().extend(segments);
        }
        url
    }

    /// Whether the server is on this machine.
    pub(crate) fn reach(&self) -> Reach {
        reach(&self.0)
    }
}

fn reach(url: &Url) -> Reach {
    let is_here = match url.host() {
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => IpAddr::V6(address).to_canonical().is_loopback(),
        Some(Host::Domain(name)) => name == "localhost",
        None => false,
    };
    if is_here { Reach::ThisMachine } else { Reach::Network }
}

impl FromStr for ServerUrl {
    type Err = BadServerUrl;

    fn from_str(text: &str) -> Result<Self, BadServerUrl> {
        let url: Url = text.parse().map_err(|_| BadServerUrl::NotAnAddress)?;
        match url.scheme() {
            "https" => {}
            "http" if reach(&url) == Reach::ThisMachine => {}
            "http" => return Err(BadServerUrl::PlainHttp(url.host_str().unwrap_or_default().to_owned())),
            _ => return Err(BadServerUrl::OtherScheme),
        }
        let is_bare = url.username().is_empty() && url.password().is_none();
        if !is_bare || url.query().is_some() || url.fragment().is_some() {
            return Err(BadServerUrl::TooMuch);
        }
        Ok(Self(url))
    }
}

impl TryFrom<String> for ServerUrl {
    type Error = BadServerUrl;

    fn try_from(text: String) -> Result<Self, BadServerUrl> {
        text.parse()
    }
}

impl From<ServerUrl> for String {
    fn from(url: ServerUrl) -> Self {
        url.to_string()
    }
}

impl fmt::Display for ServerUrl {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.0.as_str().trim_end_matches('/'))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(text: &str) -> BadServerUrl {
        text.parse::<ServerUrl>().expect_err(text)
    }

    #[test]
    fn plain_http_stays_on_this_machine() {
        for good in [
            "http://127.0.0.1:8420",
            "http://127.9.9.9",
            "http://[::1]:1",
            "http://[::ffff:127.0.0.1]:1",
            "http://LOCALHOST:8420/x",
        ] {
            assert_eq!(good.parse::<ServerUrl>().unwrap().reach(), Reach::ThisMachine, "{good}");
        }
        for bad in ["http://10.0.0.1", "http://mayfly.example.com", "http://localhost.example.com", "http://[::2]"] {
            assert!(matches!(refused(bad), BadServerUrl::PlainHttp(_)), "{bad}");
        }
        assert_eq!("https://mayfly.example.com".parse::<ServerUrl>().unwrap().reach(), Reach::Network);
    }

    #[test]
    fn what_is_no_address_is_refused() {
        for bad in ["", "mayfly.example.com", "/x", "https://"] {
            assert_eq!(refused(bad), BadServerUrl::NotAnAddress, "{bad}");
        }
        assert_eq!(refused("ftp://x"), BadServerUrl::OtherScheme);
        assert_eq!(refused("localhost:8420"), BadServerUrl::OtherScheme);
        for bad in ["https://ana@x", "https://a:b@x", "https://x?a=b", "https://x#y"] {
            assert_eq!(refused(bad), BadServerUrl::TooMuch, "{bad}");
        }
    }

    #[test]
    fn segments_stay_below_the_address() {
        let url: ServerUrl = "https://x/mayfly/".parse().unwrap();
        assert_eq!(url.join(["api", "a/../b", "?c"]).as_str(), "https://x/mayfly/api/a%2F..%2Fb/%3Fc");
        assert_eq!(url.to_string(), "https://x/mayfly");
        assert_eq!("https://x".parse::<ServerUrl>().unwrap().join(["api"]).as_str(), "https://x/api");
    }
}
