//! Making an access token.

use jiff::{SignedDuration, Timestamp};
use mayfly_domain::{
    clock::Ambient,
    identity::{AccessToken, AccessTokenLimits, TrustedIp},
    ids::{AccessTokenId, ClientSecretId, IdentityId},
    outside_auth::AuthMethod,
    sensitive::Sensitive,
};

use crate::{App, AppError};

/// A token as its holder gets it, once.
#[derive(Debug)]
pub struct GrantedToken {
    /// The JWT.
    pub jwt: Sensitive<String>,
    /// Seconds until it ends, unless renewed.
    pub expires_in: i64,
    /// Seconds from its making that no renewal passes.
    pub max_ttl_seconds: i64,
}

impl GrantedToken {
    pub(crate) fn of(app: &App, token: &AccessToken, now: Timestamp) -> Result<Self, AppError> {
        Ok(Self {
            jwt: app.signing.sign(token, now)?,
            expires_in: token.expires_at.duration_since(now).as_secs(),
            max_ttl_seconds: token.limits.max_lifetime_seconds(),
        })
    }
}

/// For whom, and with what limits.
pub(crate) struct NewToken {
    pub(crate) identity: IdentityId,
    pub(crate) auth_method: AuthMethod,
    pub(crate) client_secret: Option<ClientSecretId>,
    pub(crate) limits: AccessTokenLimits,
    pub(crate) trusted_ips: Vec<TrustedIp>,
}

/// A token that lives from `now`.
pub(crate) fn new_token(new: NewToken, ambient: &Ambient, now: Timestamp) -> AccessToken {
    AccessToken {
        id: AccessTokenId::generate(ambient),
        identity: new.identity,
        auth_method: new.auth_method,
        client_secret: new.client_secret,
        is_revoked: false,
        uses: 0,
        trusted_ips: new.trusted_ips,
        created_at: now,
        renewed_at: None,
        expires_at: later(now, new.limits.lifetime_seconds()),
        limits: new.limits,
    }
}

/// `seconds` after `time`.
pub(crate) fn later(time: Timestamp, seconds: i64) -> Timestamp {
    time.saturating_add(SignedDuration::from_secs(seconds)).unwrap_or(Timestamp::MAX)
}
