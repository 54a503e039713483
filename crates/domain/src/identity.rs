//! Machines and people, and the credentials by which machines sign in.

use std::{fmt, net::IpAddr, str::FromStr};

use ipnet::IpNet;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{
    access::role::OrganizationRole,
    ids::{AccessTokenId, ClientSecretId, IdentityId, InvitationId, OrganizationId, UniversalAuthId, UserId},
    outside_auth::AuthMethod,
    slug::DisplayName,
};

/// A person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct User {
    /// Id.
    pub id: UserId,
    /// The organization they belong to.
    pub organization: OrganizationId,
    /// Address they sign in with, in lower case.
    pub email: String,
    /// What they are called, once they said so.
    pub name: Option<DisplayName>,
    /// What they may do in the organization.
    pub role: OrganizationRole,
    /// Whether they may not sign in.
    pub is_disabled: bool,
    /// Whether signing in takes a second factor.
    pub has_second_factor: bool,
    /// When they were added.
    pub created_at: Timestamp,
    /// When they were last changed.
    pub updated_at: Timestamp,
}

/// A person who is asked to join. The link that they get is known to nobody else: we keep the digest of its secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invitation {
    /// Id.
    pub id: InvitationId,
    /// To which organization.
    pub organization: OrganizationId,
    /// The address that they will sign in with.
    pub email: String,
    /// What they will be allowed to do in the organization.
    pub role: OrganizationRole,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it ends.
    pub expires_at: Timestamp,
}

/// A machine identity.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// Id.
    pub id: IdentityId,
    /// The organization it belongs to.
    pub organization: OrganizationId,
    /// Name for people.
    pub name: DisplayName,
    /// What it may do in the organization.
    pub role: OrganizationRole,
    /// Whether deleting is refused until this is taken off.
    pub has_delete_protection: bool,
    /// Free labels.
    pub metadata: Vec<MetadataEntry>,
    /// Whether it is shut out: it cannot sign in, and what it signed in for is refused.
    pub is_disabled: bool,
    /// How it may sign in, in the order of [`AuthMethod`].
    pub auth_methods: Vec<AuthMethod>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
}

/// One free label, as clients keep them on identities and dynamic secrets.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MetadataEntry {
    /// 1 to 255 characters.
    pub key: String,
    /// At most 1020 characters.
    pub value: String,
}

/// How an identity may sign in with a client id and a client secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UniversalAuth {
    /// Id.
    pub id: UniversalAuthId,
    /// Whose.
    pub identity: IdentityId,
    /// What the machine shows beside its secret: not a secret itself.
    pub client_id: String,
    /// Limits of the access tokens it gets.
    pub limits: AccessTokenLimits,
    /// From where client secrets are accepted.
    pub client_secret_trusted_ips: Vec<TrustedIp>,
    /// From where access tokens are accepted.
    pub access_token_trusted_ips: Vec<TrustedIp>,
    /// When wrong secrets lock it.
    pub lockout: Lockout,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
}

/// Limits of access tokens. All times in seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccessTokenLimits {
    /// Lifetime from login or last renewal; 0 means the maximum.
    pub ttl_seconds: i64,
    /// Lifetime that no renewal passes; 0 means ten years.
    pub max_ttl_seconds: i64,
    /// How often one token may be used; 0 means without limit.
    pub uses: i64,
    /// When above 0, the token may be renewed for ever, for this long each time.
    pub period_seconds: i64,
}

impl AccessTokenLimits {
    /// Ten years: the longest of each time, as existing clients know it.
    pub const LONGEST_SECONDS: i64 = 315_360_000;
    /// Thirty days: what an identity gets unless told otherwise.
    pub const DEFAULT_SECONDS: i64 = 2_592_000;

    /// How long a token made or renewed now lives, in seconds.
    pub fn lifetime_seconds(&self) -> i64 {
        if self.period_seconds > 0 {
            return self.period_seconds;
        }
        let max = self.max_lifetime_seconds();
        if self.ttl_seconds == 0 { max } else { self.ttl_seconds.min(max) }
    }

    /// How long any renewal may stretch a token, in seconds from its making.
    pub fn max_lifetime_seconds(&self) -> i64 {
        if self.period_seconds > 0 || self.max_ttl_seconds == 0 { Self::LONGEST_SECONDS } else { self.max_ttl_seconds }
    }
}

impl Default for AccessTokenLimits {
    fn default() -> Self {
        Self { ttl_seconds: Self::DEFAULT_SECONDS, max_ttl_seconds: Self::DEFAULT_SECONDS, uses: 0, period_seconds: 0 }
    }
}

/// When wrong client secrets lock a client id. All times in seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lockout {
    /// Whether locking happens at all.
    pub is_enabled: bool,
    /// Wrong secrets in a row until it locks, 1 to 30.
    pub threshold: i64,
    /// How long it stays locked, 30 to 86,400.
    pub duration_seconds: i64,
    /// How long without a wrong secret until counting starts anew, 5 to 3,600.
    pub counter_reset_seconds: i64,
}

impl Default for Lockout {
    fn default() -> Self {
        Self { is_enabled: true, threshold: 3, duration_seconds: 300, counter_reset_seconds: 30 }
    }
}

/// One client secret. The secret itself is known to nobody but the machine: we keep its hash.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClientSecret {
    /// Id.
    pub id: ClientSecretId,
    /// The configuration it belongs to.
    pub universal_auth: UniversalAuthId,
    /// For people.
    pub description: String,
    /// First characters of the secret, so that people can tell two apart.
    pub prefix: String,
    /// Logins so far.
    pub uses: i64,
    /// Most logins; 0 means without limit.
    pub uses_limit: i64,
    /// Lifetime in seconds; 0 means without end.
    pub ttl_seconds: i64,
    /// Whether it was revoked.
    pub is_revoked: bool,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
}

/// The row behind an access token: it, not the JWT, decides whether the token still counts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccessToken {
    /// Id.
    pub id: AccessTokenId,
    /// Whose.
    pub identity: IdentityId,
    /// How its holder signed in for it.
    pub auth_method: AuthMethod,
    /// The client secret it was got with, where there was one.
    pub client_secret: Option<ClientSecretId>,
    /// Whether it was revoked.
    pub is_revoked: bool,
    /// Its limits, as they were when it was made.
    pub limits: AccessTokenLimits,
    /// Requests so far; counted only where [`AccessTokenLimits::uses`] limits them.
    pub uses: i64,
    /// From where it is accepted.
    pub trusted_ips: Vec<TrustedIp>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last renewed.
    pub renewed_at: Option<Timestamp>,
    /// When it ends, unless renewed.
    pub expires_at: Timestamp,
}

/// An address range from which a credential is accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct TrustedIp(IpNet);

/// Why a text is not an address range. Reads after the field's name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidTrustedIp {
    /// Neither an address nor a range.
    #[error("must be an IP address or a range such as `10.0.0.0/8`")]
    Malformed,
    /// Bits beyond the prefix are set.
    #[error("has host bits set; did you mean `{0}`")]
    HostBits(IpNet),
}

impl TrustedIp {
    /// Every address there is, both families.
    pub fn everywhere() -> Vec<Self> {
        ["0.0.0.0/0", "::/0"].iter().filter_map(|range| range.parse().ok()).collect()
    }

    /// Whether `address` lies in this range; an IPv4 address mapped into IPv6 counts as itself.
    pub fn contains(&self, address: IpAddr) -> bool {
        self.0.contains(&address.to_canonical())
    }

    /// First address of the range.
    pub fn address(&self) -> IpAddr {
        self.0.addr()
    }

    /// Bits of the prefix.
    pub fn prefix(&self) -> u8 {
        self.0.prefix_len()
    }
}

impl FromStr for TrustedIp {
    type Err = InvalidTrustedIp;

    fn from_str(text: &str) -> Result<Self, InvalidTrustedIp> {
        let range = match text.parse::<IpNet>() {
            Ok(range) => range,
            Err(_) => IpNet::from(text.parse::<IpAddr>().map_err(|_| InvalidTrustedIp::Malformed)?),
        };
        if range.trunc() != range {
            return Err(InvalidTrustedIp::HostBits(range.trunc()));
        }
        unmapped(range).map(Self).ok_or(InvalidTrustedIp::Malformed)
    }
}

/// A range of IPv4 addresses mapped into IPv6 as the range that it means, since addresses are compared as themselves; nothing for one
/// that is wider than all of IPv4 and yet begins there.
pub fn unmapped(range: IpNet) -> Option<IpNet> {
    const MAPPED: u8 = 96;
    match range.addr().to_canonical() {
        IpAddr::V4(address) if range.addr().is_ipv6() => {
            let prefix = range.prefix_len().checked_sub(MAPPED)?;
            IpNet::new(IpAddr::V4(address), prefix).ok()
        }
        _ => Some(range),
    }
}

impl fmt::Display for TrustedIp {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_with_host_bits_suggests_the_right_one() {
        let refused = "10.0.0.1/8".parse::<TrustedIp>().unwrap_err();
        assert_eq!(refused.to_string(), "has host bits set; did you mean `10.0.0.0/8`");
        assert_eq!("10.0.0.0/33".parse::<TrustedIp>(), Err(InvalidTrustedIp::Malformed));
    }

    #[test]
    fn a_mapped_address_counts_as_itself() {
        let range: TrustedIp = "10.0.0.0/8".parse().unwrap();
        assert!(range.contains("::ffff:10.1.2.3".parse().unwrap()));
        assert!(!range.contains("::ffff:11.1.2.3".parse().unwrap()));
        let mapped: TrustedIp = "::ffff:10.0.0.0/104".parse().unwrap();
        assert_eq!(mapped, range);
        assert_eq!(
            "::ffff:0:0/90".parse::<TrustedIp>(),
            Err(InvalidTrustedIp::HostBits("::ffc0:0:0/90".parse().unwrap()))
        );
    }

    #[test]
    fn a_periodic_token_has_no_maximum() {
        let limits = AccessTokenLimits { period_seconds: 60, ..AccessTokenLimits::default() };
        assert_eq!(
            (limits.lifetime_seconds(), limits.max_lifetime_seconds()),
            (60, AccessTokenLimits::LONGEST_SECONDS)
        );
        let zero = AccessTokenLimits { ttl_seconds: 0, max_ttl_seconds: 0, uses: 0, period_seconds: 0 };
        assert_eq!(zero.lifetime_seconds(), AccessTokenLimits::LONGEST_SECONDS);
    }
}
