//! Rotations of keys: what is exchanged, and how far that is.

use std::{fmt, str::FromStr};

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::{
    caller::Actor,
    ids::{KeyRotationId, OrganizationId},
};

/// Which keys a rotation exchanges.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RotationKind {
    /// The keys that seal values at rest, one of each project and one of the organization.
    Data,
    /// The master key, which wraps those.
    Master,
    /// The keys that sign access tokens, and those that seal objects in clusters.
    Signing,
}

/// The kind is none that there is. Reads after the field's name.
#[derive(Debug, thiserror::Error)]
#[error("must be one of `data`, `master`, `signing`")]
pub struct UnknownRotation;

impl RotationKind {
    /// Every kind.
    pub const ALL: [Self; 3] = [Self::Data, Self::Master, Self::Signing];

    /// Its word on the wire and in the table.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Data => "data",
            Self::Master => "master",
            Self::Signing => "signing",
        }
    }
}

impl fmt::Display for RotationKind {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

impl FromStr for RotationKind {
    type Err = UnknownRotation;

    fn from_str(text: &str) -> Result<Self, UnknownRotation> {
        Self::ALL.into_iter().find(|kind| kind.name() == text).ok_or(UnknownRotation)
    }
}

/// One rotation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyRotation {
    /// Id.
    pub id: KeyRotationId,
    /// Whose administrator began it.
    pub organization: OrganizationId,
    /// Which keys.
    pub kind: RotationKind,
    /// How many values were to be sealed anew, or keys to be wrapped anew, when it began.
    pub total: u64,
    /// Who began it.
    pub started_by: Actor,
    /// When.
    pub started_at: Timestamp,
    /// When the old keys were gone; nothing while it runs.
    pub finished_at: Option<Timestamp>,
    /// What keeps it from finishing; holds no secret.
    pub problem: Option<String>,
}

/// How far a rotation is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RotationProgress {
    /// What is done, in whole per cent, 0 to 100; 100 only once it is finished.
    pub percent: u8,
    /// How many values are left.
    pub left: u64,
    /// How long it takes from now on, if it goes on as it went; nothing where that cannot be told.
    pub remaining: Option<SignedDuration>,
}

impl KeyRotation {
    /// How far it is at `now` with `left` values left.
    pub fn progress(&self, left: u64, now: Timestamp) -> RotationProgress {
        if self.finished_at.is_some() {
            return RotationProgress { percent: 100, left: 0, remaining: None };
        }
        // Values that were sealed with the old key while it began come on top.
        let total = self.total.max(left).max(1);
        let done = total - left;
        let percent = u8::try_from((done * 100 / total).min(99)).unwrap_or(99);
        let seconds = u64::try_from(now.duration_since(self.started_at).as_secs()).unwrap_or(0);
        let remaining = (done > 0)
            .then(|| seconds.saturating_mul(left).div_ceil(done))
            .and_then(|seconds| i64::try_from(seconds).ok())
            .map(SignedDuration::from_secs);
        RotationProgress { percent, left, remaining }
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    #[test]
    fn progress_is_told_in_per_cent_values_and_time() {
        let started_at = Timestamp::from_second(1_000).unwrap();
        let mut rotation = KeyRotation {
            id: KeyRotationId::from_uuid(Uuid::nil()),
            organization: OrganizationId::from_uuid(Uuid::nil()),
            kind: RotationKind::Data,
            total: 200,
            started_by: Actor::Platform,
            started_at,
            finished_at: None,
            problem: None,
        };
        let now = Timestamp::from_second(1_030).unwrap();
        let progress = rotation.progress(50, now);
        assert_eq!((progress.percent, progress.left), (75, 50));
        assert_eq!(progress.remaining, Some(SignedDuration::from_secs(10)));
        assert_eq!(rotation.progress(200, now).remaining, None, "nothing tells how long it takes");
        assert_eq!(rotation.progress(0, now).percent, 99, "it is not finished yet");
        assert_eq!(rotation.progress(300, now).percent, 0, "more came on top");
        rotation.finished_at = Some(now);
        assert_eq!(rotation.progress(0, now).percent, 100);
    }

    #[test]
    fn a_kind_reads_back_from_its_word() {
        for kind in RotationKind::ALL {
            assert_eq!(kind.to_string().parse::<RotationKind>().unwrap(), kind);
        }
        assert!("Data".parse::<RotationKind>().is_err());
    }
}
