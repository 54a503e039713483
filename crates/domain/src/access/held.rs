//! Roles as somebody holds them: which, through what, and for how long.

use std::sync::Arc;

use jiff::Timestamp;

use super::{permission::Rule, role::ProjectRole};
use crate::ids::{CustomRoleId, GroupId};

/// Which role.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RoleName {
    /// A built-in one.
    BuiltIn(ProjectRole),
    /// One that the project made.
    Custom(CustomRoleId),
}

/// When a role that was given for a time counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// From then on.
    pub from: Timestamp,
    /// And no more then.
    pub until: Timestamp,
}

impl Span {
    /// Whether `now` lies in it.
    pub fn contains(&self, now: Timestamp) -> bool {
        self.from <= now && now < self.until
    }
}

/// A role that somebody holds in a project.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeldRole {
    /// Which.
    pub name: RoleName,
    /// Its slug, for people.
    pub slug: String,
    /// What it says.
    pub rules: Arc<[Rule]>,
    /// The group it came through; `None` where it was given to themselves.
    pub through: Option<GroupId>,
    /// When it counts; `None` for always.
    pub span: Option<Span>,
}

impl HeldRole {
    /// A built-in role that somebody was given for ever.
    pub fn built_in(role: ProjectRole) -> Self {
        Self {
            name: RoleName::BuiltIn(role),
            slug: role.slug().to_owned(),
            rules: role.rules().into(),
            through: None,
            span: None,
        }
    }

    /// Rules for a test, in a role that nobody made.
    #[cfg(test)]
    pub(super) fn of_rules(rules: Vec<Rule>) -> Self {
        Self { rules: rules.into(), ..Self::built_in(ProjectRole::NoAccess) }
    }

    /// Whether it counts at `now`.
    pub fn counts_at(&self, now: Timestamp) -> bool {
        self.span.is_none_or(|span| span.contains(now))
    }
}
