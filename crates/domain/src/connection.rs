//! Cluster connections: where an API server is, whom to trust there and with what to speak to it.

mod route;

use std::{fmt, net::Ipv6Addr, str::FromStr};

use serde::{Deserialize, Serialize};

use crate::{ids::ConnectionId, sensitive::Sensitive, slug::TokenFileName};

pub use route::{AuthMethod, NoGateway, Route, RouteChange, UnknownAuthMethod, Via};

/// The address of a Kubernetes API server: `https`, a host, perhaps a port, perhaps a path prefix (API servers behind
/// a proxy have one; it is kept). Nothing else.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ClusterUrl {
    /// As given, so that clients read back what they wrote.
    text: String,
    host: String,
    port: u16,
    path_prefix: String,
}

/// Why a text is not a cluster address. Reads after the field's name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidClusterUrl {
    /// Nothing was given.
    #[error("must not be empty: the Kubernetes API server's address, such as `https://kubernetes.example.com:6443`")]
    Empty,
    /// Longer than [`ClusterUrl::LONGEST`].
    #[error("must be at most 2048 characters long")]
    TooLong,
    /// No `https://` in front, or something else.
    #[error("must start with `https://`, the only scheme accepted")]
    Scheme,
    /// `user:password@` in front of the host. The text is not repeated: it may hold a password.
    #[error("must not contain credentials before the host; put the token into `clusterToken`")]
    Credentials,
    /// A `?query` or `#fragment`.
    #[error("must not contain a query or a fragment")]
    Extra,
    /// An IPv4 address in a form that programs read differently (hexadecimal, octal, short).
    #[error("must write an IPv4 address as four decimal numbers")]
    AmbiguousAddress,
    /// A path with dot or empty segments, or with encoded characters.
    #[error("must have a plain path: no empty, `.` or `..` segment and no `%`")]
    Path,
    /// Whatever else makes it unreadable.
    #[error("must be an address such as `https://kubernetes.example.com:6443`")]
    Malformed,
}

impl ClusterUrl {
    /// Longest accepted text, in characters. Real addresses are far shorter; the limit bounds what we store.
    pub const LONGEST: usize = 2048;

    /// The text as it was given.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Host name or address, an IPv6 address without brackets.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// The port, 443 unless given.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Path in front of every API path, without a slash at its end: `""` or `/k8s/clusters/c-1`.
    pub fn path_prefix(&self) -> &str {
        &self.path_prefix
    }

    /// `https://host:port`, without the path prefix.
    pub fn origin(&self) -> String {
        if self.host.parse::<Ipv6Addr>().is_ok() {
            format!("https://[{}]:{}", self.host, self.port)
        } else {
            format!("https://{}:{}", self.host, self.port)
        }
    }
}

impl FromStr for ClusterUrl {
    type Err = InvalidClusterUrl;

    fn from_str(text: &str) -> Result<Self, InvalidClusterUrl> {
        const DEFAULT_PORT: u16 = 443;
        check_text(text)?;
        let parsed = url::Url::parse(text).map_err(|_| InvalidClusterUrl::Malformed)?;
        if !parsed.username().is_empty() || parsed.password().is_some() || text.contains('@') {
            return Err(InvalidClusterUrl::Credentials);
        }
        if parsed.query().is_some() || parsed.fragment().is_some() {
            return Err(InvalidClusterUrl::Extra);
        }
        let host = parsed.host_str().ok_or(InvalidClusterUrl::Malformed)?.trim_matches(['[', ']']).to_owned();
        check_host(text, &parsed)?;
        Ok(Self {
            text: text.to_owned(),
            host,
            port: parsed.port().unwrap_or(DEFAULT_PORT),
            path_prefix: path_prefix(text, &parsed)?,
        })
    }
}

impl TryFrom<String> for ClusterUrl {
    type Error = InvalidClusterUrl;

    fn try_from(text: String) -> Result<Self, InvalidClusterUrl> {
        text.parse()
    }
}

impl From<ClusterUrl> for String {
    fn from(url: ClusterUrl) -> Self {
        url.text
    }
}

impl fmt::Display for ClusterUrl {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.text)
    }
}

fn check_text(text: &str) -> Result<(), InvalidClusterUrl> {
    if text.is_empty() {
        return Err(InvalidClusterUrl::Empty);
    }
    if text.len() > ClusterUrl::LONGEST {
        return Err(InvalidClusterUrl::TooLong);
    }
    if !text.get(..8).is_some_and(|scheme| scheme.eq_ignore_ascii_case("https://")) {
        return Err(InvalidClusterUrl::Scheme);
    }
    if text.contains(|c: char| c.is_whitespace() || c.is_control() || c == '\\') {
        return Err(InvalidClusterUrl::Malformed);
    }
    Ok(())
}

/// The parser reads `0x7f000001` and `127.1` as IPv4; other programs read them as names. Only one spelling passes.
fn check_host(text: &str, parsed: &url::Url) -> Result<(), InvalidClusterUrl> {
    match parsed.host() {
        Some(url::Host::Ipv4(address)) if authority(text).split(':').next() != Some(&address.to_string()) => {
            Err(InvalidClusterUrl::AmbiguousAddress)
        }
        // The standard for browsers lets a host have quotes, braces and more, which no request can be made to.
        Some(url::Host::Domain(name)) if !name.bytes().all(is_of_host) => Err(InvalidClusterUrl::Malformed),
        _ => Ok(()),
    }
}

fn is_of_host(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-._".contains(&byte)
}

fn authority(text: &str) -> &str {
    let after_scheme = text.split_once("://").map_or("", |(_, rest)| rest);
    after_scheme.split('/').next().unwrap_or("")
}

fn path_prefix(text: &str, parsed: &url::Url) -> Result<String, InvalidClusterUrl> {
    let after_scheme = text.split_once("://").map_or("", |(_, rest)| rest);
    let given = after_scheme.split_once('/').map_or("", |(_, path)| path).trim_end_matches('/');
    let is_plain = |segment: &str| !segment.is_empty() && segment != "." && segment != ".." && !segment.contains('%');
    if !given.is_empty() && !given.split('/').all(is_plain) {
        return Err(InvalidClusterUrl::Path);
    }
    Ok(parsed.path().trim_end_matches('/').to_owned())
}

/// Whether the certificate of the API server is checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verification {
    /// Against the given CA, which is then the only root, or the system's roots.
    Full,
    /// Not at all: whoever answers gets the credential. Needs a server setting that allows it.
    Off,
}

/// Everything needed to speak to one API server.
///
/// [`Target::bind_text`] is what a stored credential is bound to: a sealed credential opens only beside the very same
/// address and trust.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Target {
    /// The connection this came from; connections are never shared between two of them.
    pub connection: ConnectionId,
    /// Counts up with each change of the connection.
    pub version: i64,
    /// Where.
    pub url: ClusterUrl,
    /// PEM certificates that are then the only roots; `None` means the system's.
    pub ca: Option<String>,
    /// Whether the server's certificate is checked.
    pub verification: Verification,
    /// Bearer token that Mayfly itself uses there.
    #[serde(serialize_with = "crate::sensitive::expose_to_serializer")]
    pub credential: Sensitive<String>,
    /// The file, known to the place where the operation runs, that holds the token instead.
    pub token_file: Option<TokenFileName>,
    /// The way there.
    #[serde(default, skip_serializing_if = "Route::is_direct")]
    pub route: Route,
}

impl Target {
    /// Where a credential may go, as one line: part of the authenticated data of the sealed credential.
    pub fn bind_text(url: &ClusterUrl, ca: Option<&str>, verification: Verification) -> String {
        format!("{verification:?}\n{url}\n{}", ca.unwrap_or(""))
    }
}

/// Which cluster a lease belongs to, whatever its address becomes later.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClusterIdentity {
    /// UID of the namespace `kube-system`, which lives as long as the cluster.
    KubeSystem(String),
    /// Where that namespace may not be read: the issuer in the tokens, and the CA (SHA-256 in hex) they were got under.
    Issuer {
        /// `iss` of the tokens.
        issuer: String,
        /// SHA-256 of the CA bundle, in hex; empty for the system's roots.
        ca_sha256: String,
    },
}

impl ClusterIdentity {
    /// What is known of a cluster that was just seen as this, and of which `known` was known before: the UID of `kube-system`
    /// says more than the issuer, and does not change because it may not be read at this moment.
    #[must_use]
    pub fn unless_known_better(self, known: Option<&Self>) -> Self {
        match (known, &self) {
            (Some(known @ Self::KubeSystem(_)), Self::Issuer { .. }) => known.clone(),
            (Some(_) | None, _) => self,
        }
    }
}

impl fmt::Display for ClusterIdentity {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::KubeSystem(uid) => formatter.write_str(uid),
            Self::Issuer { issuer, ca_sha256 } => write!(formatter, "{issuer} ({ca_sha256})"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(text: &str) -> InvalidClusterUrl {
        text.parse::<ClusterUrl>().expect_err(text)
    }

    #[test]
    fn an_address_keeps_its_path_prefix() {
        let url: ClusterUrl = "https://rancher.example/k8s/clusters/c-1/".parse().unwrap();
        assert_eq!((url.host(), url.port(), url.path_prefix()), ("rancher.example", 443, "/k8s/clusters/c-1"));
        assert_eq!(url.as_str(), "https://rancher.example/k8s/clusters/c-1/");
    }

    #[test]
    fn an_ipv6_address_loses_its_brackets_only_inside() {
        let url: ClusterUrl = "https://[2001:db8::1]:6443".parse().unwrap();
        assert_eq!((url.host(), url.port()), ("2001:db8::1", 6443));
        assert_eq!(url.origin(), "https://[2001:db8::1]:6443");
    }

    #[test]
    fn each_bad_address_has_its_own_reason() {
        assert_eq!(refused(""), InvalidClusterUrl::Empty);
        assert_eq!(refused("example.com:6443"), InvalidClusterUrl::Scheme);
        assert_eq!(refused("http://k8s.example"), InvalidClusterUrl::Scheme);
        assert_eq!(refused("https://u:p@h"), InvalidClusterUrl::Credentials);
        assert_eq!(refused("https://@h"), InvalidClusterUrl::Credentials);
        assert_eq!(refused("https://h/?a=1"), InvalidClusterUrl::Extra);
        assert_eq!(refused("https://h/#b"), InvalidClusterUrl::Extra);
        for spelling in ["0x7f000001", "127.1", "0177.0.0.1", "2130706433", "127.0.0.1."] {
            assert_eq!(refused(&format!("https://{spelling}:6443")), InvalidClusterUrl::AmbiguousAddress);
        }
        for path in ["a/../b", "a//b", "./a", "a/%2e%2e/b"] {
            assert_eq!(refused(&format!("https://h/{path}")), InvalidClusterUrl::Path, "{path}");
        }
        assert_eq!(refused("https://h:70000"), InvalidClusterUrl::Malformed);
        assert_eq!(refused("https://"), InvalidClusterUrl::Malformed);
        assert_eq!(refused("https://h\\@evil"), InvalidClusterUrl::Malformed);
        for host in ["h`x", "h\u{fc}`x", "h{x}", "h'x", "h\"x", "h~x", "h;x", "h&x"] {
            assert_eq!(refused(&format!("https://{host}")), InvalidClusterUrl::Malformed, "{host}");
        }
    }
}
