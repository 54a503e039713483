//! Groups of people and machines.

use jiff::Timestamp;

use crate::{
    ids::{GroupId, OrganizationId},
    slug::{DisplayName, GroupSlug},
};

/// A group: its members hold in a project what the group was given there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    /// Id.
    pub id: GroupId,
    /// The organization it belongs to.
    pub organization: OrganizationId,
    /// Short name, unique in the organization.
    pub slug: GroupSlug,
    /// Name for people.
    pub name: DisplayName,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
}
