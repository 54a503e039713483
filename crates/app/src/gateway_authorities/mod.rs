//! Authorities for gateways: what signs both ends of every tunnel. One, or two while they change.
//!
//! A person makes the next one; when it signs, and when the one before may go, follows from when it was made
//! (`mayfly_domain::gateway_authority`). How an authority is made and signs is known to `tunnel`.

mod delete;
mod list;
mod load;
mod rotate;

use aws_lc_rs::digest::{SHA256, digest};
use jiff::Timestamp;
use mayfly_domain::{gateway_authority::GatewayAuthority, hex::hex, sensitive::Sensitive};
use mayfly_store::gateway_authorities::KnownAuthority;

pub use delete::{WhileNeeded, delete};
pub use list::{AuthorityAndDuty, known, list};
pub use load::{LoadedAuthority, load};
pub use rotate::rotate;

/// A new authority, as `tunnel` makes it.
#[derive(Debug)]
pub struct NewAuthority {
    /// Its certificate: X.509, DER.
    pub certificate: Vec<u8>,
    /// Its key: PKCS #8, DER.
    pub key: Sensitive<Vec<u8>>,
}

/// Why an authority is not made or removed now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AuthorityStands {
    /// There are two.
    #[error(
        "the authority for gateways is being changed already: remove the one before first, which nobody needs from {until} on"
    )]
    Changes {
        /// From when it can be removed.
        until: Timestamp,
    },
    /// Gateways are believed by it.
    #[error(
        "gateways are believed by this authority{}; removed by force (`isForced` and a `reason`), whatever came by it enrols anew",
        until.map(|until| format!(" until {until}")).unwrap_or_default()
    )]
    Counts {
        /// Until when, once it signs no more.
        until: Option<Timestamp>,
    },
    /// There is no other.
    #[error("this is the only authority for gateways: make the next one first")]
    Only,
}

fn told(known: KnownAuthority) -> GatewayAuthority {
    let KnownAuthority { id, certificate, created_at } = known;
    GatewayAuthority { id, digest: digest_of(&certificate), created_at }
}

/// As enrolments pin it.
fn digest_of(certificate: &[u8]) -> String {
    format!("sha256:{}", hex(digest(&SHA256, certificate).as_ref()))
}
