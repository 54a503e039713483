//! Roles that a project makes for itself.

use jiff::Timestamp;

use crate::{
    access::permission::Rule,
    ids::{CustomRoleId, ProjectId},
    slug::{DisplayName, RoleSlug},
};

/// A role of a project's own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CustomRole {
    /// Id.
    pub id: CustomRoleId,
    /// Whose.
    pub project: ProjectId,
    /// What it is called where roles are given; none of the built-in ones' names.
    pub slug: RoleSlug,
    /// Name for people.
    pub name: DisplayName,
    /// For people; at most 1024 characters.
    pub description: Option<String>,
    /// What it says, in order; at most [`CustomRole::MOST_RULES`].
    pub rules: Vec<Rule>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
}

impl CustomRole {
    /// More than any role that people still understand.
    pub const MOST_RULES: usize = 100;
}
