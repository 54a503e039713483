//! A token that is kept, and whether it may be handed out.

use std::{fmt, str::FromStr};

use jiff::{SignedDuration, Timestamp};
use mayfly_api::leases::LeaseCluster;
use serde::{Deserialize, Serialize};

use super::{Asker, Wish};
use crate::{error::CliError, secret::Secret, server_url::ServerUrl};

/// How many askers are remembered. More than run at once on one machine; the oldest go.
const MOST_ASKERS: usize = 64;

/// How long a token is handed out before the server is asked whether its lease is still live.
const UNASKED: SignedDuration = SignedDuration::from_mins(1);

/// A lease with its token, as the cache's files have it.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Kept {
    pub(super) version: u32,
    pub(crate) server: ServerUrl,
    /// Who it was issued to, as a digest that tells callers apart and nothing else.
    pub(crate) account: String,
    pub(crate) project: String,
    pub(crate) environment: String,
    pub(crate) path: String,
    pub(crate) dynamic_secret: String,
    pub(crate) namespace: String,
    /// Its lease's id.
    pub(crate) lease: String,
    pub(crate) token: Secret,
    pub(crate) cluster: Option<LeaseCluster>,
    pub(crate) issued_at: Timestamp,
    /// When its lease ends; never later than the token.
    pub(crate) ends_at: Timestamp,
    /// When the server last said that it is live, or was asked in vain.
    pub(super) asked_at: Timestamp,
    /// Those who have it.
    pub(super) handed_to: Vec<Asker>,
    /// Those who had one of those before and came again, for which the next was issued: they get no further one.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) again_for: Vec<Asker>,
}

/// What to do with a kept token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// It is good.
    HandOut,
    /// It is, unless its lease was ended meanwhile: ask the server.
    AskFirst,
    /// Whoever asks has it already: client-go comes again when the cluster refused a token, and says nothing else.
    IssueAnew,
    /// Its time is up, or nearly.
    Over,
}

impl Kept {
    /// The version of the file. One of another is as good as none.
    pub(super) const VERSION: u32 = 1;

    /// What to do with it at `now`.
    pub(super) fn verdict(&self, wish: &Wish, now: Timestamp) -> Verdict {
        if self.left(now) < wish.least_left.of(self.ends_at.duration_since(self.issued_at)) {
            return Verdict::Over;
        }
        let comes_again = |asker| self.handed_to.contains(&asker) && !self.again_for.contains(&asker);
        if wish.asker.is_some_and(comes_again) {
            return Verdict::IssueAnew;
        }
        // A clock that was set back asks too.
        let unasked = now.duration_since(self.asked_at);
        if (SignedDuration::ZERO..UNASKED).contains(&unasked) { Verdict::HandOut } else { Verdict::AskFirst }
    }

    /// Where its cluster is.
    pub(crate) fn cluster(&self) -> Result<LeaseCluster, CliError> {
        self.cluster.clone().ok_or_else(|| CliError::Absurd {
            server: self.server.to_string(),
            what: "a lease that does not say where its cluster is".to_owned(),
        })
    }

    /// How long its lease has left at `now`; less than nothing when it is over.
    pub(crate) fn left(&self, now: Timestamp) -> SignedDuration {
        self.ends_at.duration_since(now)
    }

    /// Remembers who has it.
    pub(super) fn note(&mut self, asker: Option<Asker>) {
        remember(&mut self.handed_to, asker);
    }

    /// For whom the next one is issued, when `asker` came again with this one.
    pub(super) fn again_with(mut self, asker: Option<Asker>) -> Vec<Asker> {
        remember(&mut self.again_for, asker);
        self.again_for
    }
}

fn remember(askers: &mut Vec<Asker>, asker: Option<Asker>) {
    let Some(asker) = asker.filter(|asker| !askers.contains(asker)) else { return };
    if askers.len() >= MOST_ASKERS {
        askers.remove(0);
    }
    askers.push(asker);
}

/// How much of its life a token must have left to be handed out; half of it at most, or none would be of any use.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum LeastLeft {
    /// A fifth of its life, and two minutes at least.
    #[default]
    AFifth,
    /// So long.
    Time(SignedDuration),
}

impl LeastLeft {
    /// That of a token that lives for `life` in all.
    fn of(self, life: SignedDuration) -> SignedDuration {
        let wanted = match self {
            Self::AFifth => (life / 5).max(SignedDuration::from_mins(2)),
            Self::Time(time) => time,
        };
        wanted.min(life / 2)
    }
}

impl FromStr for LeastLeft {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let wanted = "want a time from 0s to 24h, such as 90s or 5m";
        let time: SignedDuration = text.parse().map_err(|_| wanted)?;
        let is_sensible = (SignedDuration::ZERO..=SignedDuration::from_hours(24)).contains(&time);
        if is_sensible { Ok(Self::Time(time)) } else { Err(wanted) }
    }
}

impl fmt::Display for LeastLeft {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AFifth => formatter.write_str("a fifth of its life"),
            Self::Time(time) => write!(formatter, "{time:#}"),
        }
    }
}

#[cfg(test)]
mod tests;
