//! Sessions of people: what a sign-in gives, and when it ends.

use std::net::IpAddr;

use jiff::{SignedDuration, Timestamp};

use crate::ids::{SessionId, UserId};

/// How long sessions live.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SessionLimits {
    /// From sign-in, whatever is done meanwhile.
    pub absolute: SignedDuration,
    /// Without a request.
    pub idle: SignedDuration,
}

impl Default for SessionLimits {
    fn default() -> Self {
        Self { absolute: SignedDuration::from_hours(12), idle: SignedDuration::from_mins(30) }
    }
}

/// One sign-in of a person. Its secret is known to nobody but their browser or program: we keep its digest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    /// Id, which is no secret.
    pub id: SessionId,
    /// Whose.
    pub user: UserId,
    /// From where they signed in.
    pub ip_address: Option<IpAddr>,
    /// With which program.
    pub user_agent: String,
    /// When they signed in.
    pub created_at: Timestamp,
    /// When it was last used, up to [`Session::SEEN_EVERY`] late.
    pub seen_at: Timestamp,
    /// When it ends at the latest.
    pub expires_at: Timestamp,
}

impl Session {
    /// Use is written down this often, so that not every request costs a write. It ends an idle session that much
    /// early at most.
    pub const SEEN_EVERY: SignedDuration = SignedDuration::from_secs(60);

    /// When it ends, unless it is used before.
    pub fn ends_at(&self, limits: SessionLimits) -> Timestamp {
        self.seen_at.saturating_add(limits.idle).unwrap_or(Timestamp::MAX).min(self.expires_at)
    }

    /// Whether it still counts.
    pub fn is_live(&self, limits: SessionLimits, now: Timestamp) -> bool {
        now < self.ends_at(limits)
    }

    /// Whether a use now has to be written down.
    pub fn is_to_be_seen(&self, now: Timestamp) -> bool {
        now.duration_since(self.seen_at) >= Self::SEEN_EVERY
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_ends_idle_and_absolutely() {
        let at = |minutes: i64| Timestamp::from_second(minutes * 60).unwrap();
        let limits = SessionLimits::default();
        let session = |seen: i64| Session {
            id: SessionId::from_uuid(uuid::Uuid::nil()),
            user: UserId::from_uuid(uuid::Uuid::nil()),
            ip_address: None,
            user_agent: String::new(),
            created_at: at(0),
            seen_at: at(seen),
            expires_at: at(720),
        };
        assert!(session(0).is_live(limits, at(29)) && !session(0).is_live(limits, at(30)));
        assert!(session(700).is_live(limits, at(719)) && !session(700).is_live(limits, at(720)));
        assert!(!session(5).is_to_be_seen(at(5)) && session(5).is_to_be_seen(at(6)));
    }
}
