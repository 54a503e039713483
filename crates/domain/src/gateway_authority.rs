//! Authorities for gateways, one or two while they change: which of them signs, and from when the older one may go.
//!
//! Nothing but when each was made decides, so that every server comes to the same answer without being told.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use crate::ids::GatewayAuthorityId;

/// How long a certificate of a gateway lasts. It is renewed at half of that.
pub const CERTIFICATE_LIFE: Duration = Duration::from_hours(24);

/// How long a newer authority is only believed before it signs. Whoever holds a certificate by then got it, or its renewal, when
/// the newer one was there, and was given both. The hour is for servers that hear of it late and for clocks that differ.
pub const KNOWN_BEFORE_SIGNING: SignedDuration = SignedDuration::from_hours(25);

/// As many are kept.
pub const MOST: usize = 2;

/// An authority, without its key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GatewayAuthority {
    /// Id.
    pub id: GatewayAuthorityId,
    /// SHA-256 of its certificate, by which enrolments pin it: `sha256:` and hexadecimal digits.
    pub digest: String,
    /// When it was made.
    pub created_at: Timestamp,
}

/// What an authority is for, at a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Duty {
    /// Believed and handed out; it signs later.
    Next {
        /// From when.
        signs_from: Timestamp,
    },
    /// It signs and is shown.
    Signing {
        /// Until when, where there is a newer one.
        until: Option<Timestamp>,
    },
    /// Still believed, because what it signed may count.
    Former {
        /// Until when.
        counts_until: Timestamp,
    },
}

impl Duty {
    /// Its word on the wire.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Next { .. } => "next",
            Self::Signing { .. } => "signing",
            Self::Former { .. } => "former",
        }
    }
}

/// Which of authorities signs that were `made` then, newest first: the newest that everybody knows, or else the oldest.
pub fn signing(made: &[Timestamp], now: Timestamp) -> usize {
    let is_known = |made: &Timestamp| signs_from(*made) <= now;
    made.iter().position(is_known).unwrap_or(made.len().saturating_sub(1))
}

/// What each of authorities is for that were `made` then, newest first.
pub fn duties(made: &[Timestamp], now: Timestamp) -> Vec<Duty> {
    let signing = signing(made, now);
    let newer = std::iter::once(None).chain(made.iter().copied().map(Some));
    let duty = |(at, (made, newer)): (usize, (&Timestamp, Option<Timestamp>))| match newer {
        Some(newer) if at > signing => Duty::Former { counts_until: counts_until(newer) },
        _ if at < signing => Duty::Next { signs_from: signs_from(*made) },
        newer => Duty::Signing { until: newer.map(signs_from) },
    };
    made.iter().zip(newer).enumerate().map(duty).collect()
}

/// Until when certificates of the one before count, where an authority was `made` then.
pub fn counts_until(made: Timestamp) -> Timestamp {
    signs_from(made).saturating_add(CERTIFICATE_LIFE).unwrap_or(Timestamp::MAX)
}

fn signs_from(made: Timestamp) -> Timestamp {
    made.saturating_add(KNOWN_BEFORE_SIGNING).unwrap_or(Timestamp::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(hours: i64) -> Timestamp {
        Timestamp::UNIX_EPOCH + SignedDuration::from_hours(hours)
    }

    #[test]
    fn the_only_one_signs_at_once() {
        assert_eq!(duties(&[at(0)], at(0)), [Duty::Signing { until: None }]);
        assert_eq!(duties(&[], at(0)), []);
    }

    #[test]
    fn a_newer_one_signs_once_everybody_was_given_it_and_the_older_one_counts_for_a_day_more() {
        let made = [at(100), at(0)];
        let before = [Duty::Next { signs_from: at(125) }, Duty::Signing { until: Some(at(125)) }];
        assert_eq!(duties(&made, at(100)), before);
        assert_eq!(duties(&made, at(125) - SignedDuration::from_millis(1)), before);
        let after = [Duty::Signing { until: None }, Duty::Former { counts_until: at(149) }];
        assert_eq!(duties(&made, at(125)), after);
        assert_eq!(duties(&made, at(999)), after);
    }

    #[test]
    fn whichever_is_left_signs() {
        // The older one was removed before the newer one signed: there is nobody else.
        assert_eq!(signing(&[at(100)], at(101)), 0);
        // Made in one go: the oldest, until the next one's time has come.
        assert_eq!(signing(&[at(1), at(0)], at(2)), 1);
        assert_eq!(signing(&[at(1), at(0)], at(26)), 0);
    }
}
