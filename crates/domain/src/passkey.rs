//! Passkeys (W3C Web Authentication, Level 3): keys that a person's device or security key holds, and that sign for one
//! server only.

use std::{fmt, str::FromStr};

use jiff::Timestamp;
use url::{Host, Url};

use crate::{
    ids::{PasskeyId, UserId},
    slug::DisplayName,
};

/// How a passkey signs, by its number in COSE's registry (RFC 9053).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PasskeyAlgorithm {
    /// Ed25519, as COSE's `EdDSA`.
    EdDsa,
    /// ECDSA on P-256 with SHA-256.
    Es256,
    /// RSA PKCS #1 v1.5 with SHA-256.
    Rs256,
}

impl PasskeyAlgorithm {
    /// All of them, the one we like best first.
    pub const ALL: [Self; 3] = [Self::EdDsa, Self::Es256, Self::Rs256];

    /// Its number in COSE's registry.
    pub const fn number(self) -> i64 {
        match self {
            Self::EdDsa => -8,
            Self::Es256 => -7,
            Self::Rs256 => -257,
        }
    }

    /// The algorithm of that number.
    pub fn numbered(number: i64) -> Option<Self> {
        Self::ALL.into_iter().find(|algorithm| algorithm.number() == number)
    }

    /// Its name in COSE's registry.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::EdDsa => "EdDSA",
            Self::Es256 => "ES256",
            Self::Rs256 => "RS256",
        }
    }
}

impl fmt::Display for PasskeyAlgorithm {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

impl FromStr for PasskeyAlgorithm {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL.into_iter().find(|algorithm| algorithm.as_str() == text).ok_or("is no algorithm of passkeys")
    }
}

/// A passkey of a person. Nothing in it is secret: the private key never leaves what holds it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Passkey {
    /// Id.
    pub id: PasskeyId,
    /// Whose.
    pub user: UserId,
    /// By which the authenticator knows it, 1 to 1,023 bytes.
    pub credential_id: Vec<u8>,
    /// The public key, as COSE writes it.
    pub public_key: Vec<u8>,
    /// How it signs.
    pub algorithm: PasskeyAlgorithm,
    /// The newest count of signatures that was shown; 0 for those that do not count.
    pub sign_count: u32,
    /// Whether it may be copied to other devices of its person. It never changes.
    pub is_backup_eligible: bool,
    /// Whether it was copied, when it was last used.
    pub is_backed_up: bool,
    /// How a browser may reach what holds it, such as `internal`, `usb` or `hybrid`.
    pub transports: Vec<String>,
    /// Which model of authenticator made it, as 16 bytes; all zero where none is told.
    pub aaguid: [u8; 16],
    /// What its person calls it.
    pub name: DisplayName,
    /// When it was registered.
    pub created_at: Timestamp,
    /// When somebody last signed in with it.
    pub last_used_at: Option<Timestamp>,
    /// When its count went back, which a copy of its key explains. From then on it lets nobody in.
    pub suspected_at: Option<Timestamp>,
}

impl Passkey {
    /// Passkeys of one person at most: enough for each device, few enough for a browser to look through.
    pub const MOST: i64 = 20;
    /// Bytes of a credential id at most (Web Authentication section 7.1 step 25).
    pub const LONGEST_CREDENTIAL_ID: usize = 1_023;

    /// Which model of authenticator made it, as lists of them write it.
    pub fn aaguid_text(&self) -> String {
        uuid::Uuid::from_bytes(self.aaguid).hyphenated().to_string()
    }
}

/// The server, as passkeys know it: they sign for one name and one origin only.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RelyingParty {
    /// The name of the host, which passkeys are made for.
    pub id: String,
    /// Scheme, host and port, as browsers write them.
    pub origin: String,
}

impl RelyingParty {
    /// That of a server whose people reach it at `public_url`; none where a browser would refuse to have passkeys: at an
    /// address that is no name, and without TLS but on their own machine.
    pub fn at(public_url: &str) -> Option<Self> {
        let url = Url::parse(public_url).ok()?;
        let Host::Domain(name) = url.host()? else { return None };
        let is_local = name == "localhost" || name.ends_with(".localhost");
        let is_secure = url.scheme() == "https" || (url.scheme() == "http" && is_local);
        is_secure.then(|| Self { id: name.to_owned(), origin: url.origin().ascii_serialization() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passkeys_need_a_name_and_tls_but_on_ones_own_machine() {
        let cases = [
            ("https://mayfly.example.com", Some(("mayfly.example.com", "https://mayfly.example.com"))),
            ("https://Mayfly.example.com:443/app", Some(("mayfly.example.com", "https://mayfly.example.com"))),
            ("https://mayfly.example.com:8443", Some(("mayfly.example.com", "https://mayfly.example.com:8443"))),
            ("https://bücher.example", Some(("xn--bcher-kva.example", "https://xn--bcher-kva.example"))),
            ("http://localhost:8420", Some(("localhost", "http://localhost:8420"))),
            ("http://mayfly.example.com", None),
            ("http://127.0.0.1:8420", None),
            ("https://192.0.2.1", None),
            ("https://[::1]:8420", None),
            ("nonsense", None),
        ];
        for (url, wanted) in cases {
            let found = RelyingParty::at(url);
            let found = found.as_ref().map(|found| (found.id.as_str(), found.origin.as_str()));
            assert_eq!(found, wanted, "{url}");
        }
    }

    #[test]
    fn an_algorithm_has_one_number_and_one_name() {
        for algorithm in PasskeyAlgorithm::ALL {
            assert_eq!(PasskeyAlgorithm::numbered(algorithm.number()), Some(algorithm));
            assert_eq!(algorithm.as_str().parse(), Ok(algorithm));
        }
        assert_eq!(PasskeyAlgorithm::numbered(-37), None);
    }
}
