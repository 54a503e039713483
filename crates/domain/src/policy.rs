//! What an environment asks of every lease in it.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{ids::EnvironmentId, ttl::Ttl};

/// The policy of an environment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EnvironmentPolicy {
    /// Whose.
    pub environment: EnvironmentId,
    /// Counts up with each change; 0 where nobody ever set one.
    pub version: i64,
    /// What it asks for.
    pub rules: PolicyRules,
    /// When it was last changed; `None` where nobody ever set one.
    pub updated_at: Option<Timestamp>,
}

impl EnvironmentPolicy {
    /// The policy of an environment that has none: it asks for nothing.
    pub fn none(environment: EnvironmentId) -> Self {
        Self { environment, version: 0, rules: PolicyRules::default(), updated_at: None }
    }
}

/// What a policy asks for.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct PolicyRules {
    /// Whether each lease needs a reason.
    pub requires_reason: bool,
    /// The longest lease.
    #[serde(rename = "maxTTL")]
    pub max_ttl: Option<Ttl>,
    /// Whether only tokens that can be taken back are given out.
    pub requires_revocable: bool,
    /// Who else has to agree.
    pub approval: Option<ApprovalRule>,
}

/// That other people have to agree before a token is given out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ApprovalRule {
    /// How many of them, 1 to [`ApprovalRule::MOST`].
    pub approvals: u8,
    /// How long their word counts, at most [`ApprovalRule::LONGEST_SECONDS`].
    pub valid_for: Ttl,
}

impl ApprovalRule {
    /// More than any team has awake.
    pub const MOST: u8 = 5;
    /// A day: nobody remembers longer what they agreed to.
    pub const LONGEST_SECONDS: u64 = 86_400;

    /// Both at once: the stricter of each.
    pub fn stricter(one: Option<&Self>, two: Option<&Self>) -> Option<Self> {
        match (one, two) {
            (None, None) => None,
            (Some(rule), None) | (None, Some(rule)) => Some(rule.clone()),
            (Some(one), Some(two)) => Some(Self {
                approvals: one.approvals.max(two.approvals),
                valid_for: if one.valid_for.seconds() <= two.valid_for.seconds() {
                    one.valid_for.clone()
                } else {
                    two.valid_for.clone()
                },
            }),
        }
    }

    /// Whether `new` asks for less than `old`.
    pub fn is_loosened(old: Option<&Self>, new: Option<&Self>) -> bool {
        match (old, new) {
            (None, _) => false,
            (Some(_), None) => true,
            (Some(old), Some(new)) => {
                new.approvals < old.approvals || new.valid_for.seconds() > old.valid_for.seconds()
            }
        }
    }
}

impl PolicyRules {
    /// Whether these ask for less than `old`, in anything.
    pub fn are_looser_than(&self, old: &Self) -> bool {
        let longest = |rules: &Self| rules.max_ttl.as_ref().map_or(u64::MAX, Ttl::seconds);
        (old.requires_reason && !self.requires_reason)
            || (old.requires_revocable && !self.requires_revocable)
            || longest(self) > longest(old)
            || ApprovalRule::is_loosened(old.approval.as_ref(), self.approval.as_ref())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule(approvals: u8, valid_for: &str) -> ApprovalRule {
        ApprovalRule { approvals, valid_for: valid_for.parse().unwrap() }
    }

    #[test]
    fn the_stricter_of_each_wins() {
        assert_eq!(ApprovalRule::stricter(None, None), None);
        let both = ApprovalRule::stricter(Some(&rule(1, "1h")), Some(&rule(2, "4h")));
        assert_eq!(both, Some(rule(2, "1h")));
    }

    #[test]
    fn whatever_asks_for_less_is_looser_and_what_asks_for_more_is_not() {
        let strict = PolicyRules {
            requires_reason: true,
            max_ttl: Some("1h".parse().unwrap()),
            requires_revocable: true,
            approval: Some(rule(2, "1h")),
        };
        let looser = [
            PolicyRules { requires_reason: false, ..strict.clone() },
            PolicyRules { max_ttl: None, ..strict.clone() },
            PolicyRules { max_ttl: Some("2h".parse().unwrap()), ..strict.clone() },
            PolicyRules { requires_revocable: false, ..strict.clone() },
            PolicyRules { approval: None, ..strict.clone() },
            PolicyRules { approval: Some(rule(1, "1h")), ..strict.clone() },
            PolicyRules { approval: Some(rule(3, "2h")), ..strict.clone() },
        ];
        for rules in &looser {
            assert!(rules.are_looser_than(&strict), "{rules:?}");
            assert!(!strict.are_looser_than(rules) || rules.approval == Some(rule(3, "2h")), "{rules:?}");
        }
        assert!(!strict.are_looser_than(&strict));
        assert!(!strict.are_looser_than(&PolicyRules::default()));
    }
}
