//! The certificates a server may show.

use crate::certificates::{ServerCertificate, TestAuthority};

/// Which certificate a server shows, by what is wrong with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ShownCertificate {
    /// Nothing: `127.0.0.1` and `localhost`, signed by the server's own authority.
    Good,
    /// Signed by an authority of the same name with another key.
    OtherAuthority,
    /// Ended in the year 2000.
    Expired,
    /// For another host.
    WrongName,
}

/// What a good certificate is for. Tests that play with names resolve them to 127.0.0.1 themselves.
const NAMES: [&str; 3] = ["127.0.0.1", "localhost", "cluster.test"];

impl ShownCertificate {
    pub(super) fn made_by(self, authority: &TestAuthority) -> ServerCertificate {
        match self {
            Self::Good => authority.sign_for(&NAMES),
            Self::OtherAuthority => TestAuthority::new("another").sign_for(&NAMES),
            Self::Expired => authority.sign_expired_for(&NAMES),
            Self::WrongName => authority.sign_for(&["elsewhere.test"]),
        }
    }
}
