//! What may be set of the access tokens that a way to sign in gives.

use mayfly_domain::identity::{AccessTokenLimits, TrustedIp};

use crate::{AppError, error::field};

/// What to set. What is `None` keeps its value, or its default where nothing was set yet.
#[derive(Clone, Debug, Default)]
pub struct AccessTokenChanges {
    /// `accessTokenTTL`, in seconds.
    pub ttl_seconds: Option<i64>,
    /// `accessTokenMaxTTL`, in seconds.
    pub max_ttl_seconds: Option<i64>,
    /// `accessTokenNumUsesLimit`.
    pub uses: Option<i64>,
    /// `accessTokenPeriod`, in seconds.
    pub period_seconds: Option<i64>,
    /// `accessTokenTrustedIps`.
    pub trusted_ips: Option<Vec<TrustedIp>>,
}

impl AccessTokenChanges {
    /// The limits that come of `old`.
    pub(crate) fn limits(&self, old: AccessTokenLimits) -> Result<AccessTokenLimits, AppError> {
        let limits = AccessTokenLimits {
            ttl_seconds: self.ttl_seconds.unwrap_or(old.ttl_seconds),
            max_ttl_seconds: self.max_ttl_seconds.unwrap_or(old.max_ttl_seconds),
            uses: self.uses.unwrap_or(old.uses),
            period_seconds: self.period_seconds.unwrap_or(old.period_seconds),
        };
        if limits.max_ttl_seconds > 0 && limits.ttl_seconds > limits.max_ttl_seconds {
            let message = format!(
                "must not be above `accessTokenMaxTTL`: got {} s and {} s",
                limits.ttl_seconds, limits.max_ttl_seconds
            );
            return Err(AppError::Fields(vec![field(&["accessTokenTTL"], "ttl_above_max", message)]));
        }
        Ok(limits)
    }

    /// The fields that were sent.
    pub(crate) fn named(&self) -> [(&'static str, bool); 5] {
        [
            ("accessTokenTTL", self.ttl_seconds.is_some()),
            ("accessTokenMaxTTL", self.max_ttl_seconds.is_some()),
            ("accessTokenNumUsesLimit", self.uses.is_some()),
            ("accessTokenPeriod", self.period_seconds.is_some()),
            ("accessTokenTrustedIps", self.trusted_ips.is_some()),
        ]
    }
}

/// The names of those fields that were sent.
pub(crate) fn names_of(named: &[(&'static str, bool)]) -> Vec<String> {
    named.iter().filter(|(_, is_sent)| *is_sent).map(|(name, _)| (*name).to_owned()).collect()
}
