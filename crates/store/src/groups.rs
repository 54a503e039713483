//! Groups, and who is in them.

use std::collections::BTreeSet;

use jiff::Timestamp;
use mayfly_domain::{
    audit::AuditEvent,
    group::Group,
    ids::{GroupId, OrganizationId, SsoProviderId, UserId},
    membership::Principal,
};

use crate::{
    Store, StoreError, UNCHANGED, audit_events, memberships,
    row::Row,
    sql::statements,
    transaction::{Step, Transaction},
    value::values,
};

statements! {
    INSERT = "INSERT INTO member_groups (id, organization_id, slug, name, created_at, updated_at)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6)";

    UPDATE = "UPDATE member_groups SET slug = ?2, name = ?3, updated_at = ?4 WHERE id = ?1 AND updated_at = ?5";

    DELETE_MEMBERS = "DELETE FROM group_members WHERE group_id = ?1";

    DELETE = "DELETE FROM member_groups WHERE id = ?1 AND updated_at = ?2";

    GET = "SELECT * FROM member_groups WHERE id = ?1 AND organization_id = ?2";

    PAGE = "SELECT * FROM member_groups WHERE organization_id = ?1 AND id > ?2 ORDER BY id LIMIT ?3";

    ADD = "INSERT INTO group_members (group_id, principal_kind, principal_id, created_at) VALUES (?1, ?2, ?3, ?4)";

    IN_IT = "SELECT DISTINCT group_id FROM group_members WHERE group_id = ?1 AND principal_id = ?2";

    REMOVE = "DELETE FROM group_members WHERE group_id = ?1 AND principal_id = ?2";

    // Of several ways into a group, each stands for itself: one gives somebody by hand, others are their providers'.
    JOIN_THROUGH = "INSERT INTO group_members (group_id, principal_kind, principal_id, created_at, provider_id)
        VALUES (?1, 'user', ?2, ?3, ?4) ON CONFLICT DO NOTHING";

    LEAVE_THROUGH = "DELETE FROM group_members WHERE group_id = ?1 AND principal_id = ?2 AND provider_id = ?3";

    pub(crate) REMOVE_THROUGH = "DELETE FROM group_members WHERE provider_id = ?1";

    REMOVE_THROUGH_FROM = "DELETE FROM group_members WHERE provider_id = ?1 AND group_id = ?2";

    THROUGH = "SELECT group_id FROM group_members WHERE provider_id = ?1 AND principal_id = ?2 ORDER BY group_id";

    MEMBERS_THROUGH = "SELECT group_id, principal_id FROM group_members
        WHERE provider_id = ?1 AND (CAST(?2 AS TEXT) IS NULL OR group_id = ?2) ORDER BY group_id, principal_id";

    pub(crate) REMOVE_EVERYWHERE = "DELETE FROM group_members WHERE principal_id = ?1";

    MEMBERS = "SELECT principal_kind, principal_id, MIN(created_at) AS created_at, MIN(provider_id) AS provider_id
        FROM group_members WHERE group_id = ?1 AND principal_id > ?2
        GROUP BY principal_kind, principal_id ORDER BY principal_id LIMIT ?3";

    OF_PRINCIPAL = "SELECT * FROM member_groups
        WHERE id IN (SELECT group_id FROM group_members WHERE principal_id = ?1) ORDER BY id";

    PROJECTS = "SELECT project_id FROM project_members WHERE principal_id = ?1 ORDER BY project_id";
}

/// The index that a second group of the same slug hits.
pub const SLUG_INDEX: &str = "member_groups_slug";
/// The index that a second entry of the same member hits.
pub const MEMBER_INDEX: &str = "group_members_principal";
/// The guard's text when somebody is not in the group.
const IS_IN_IT: &str = "they are in the group";
/// The guard's text when the group is gone.
pub const GROUP_IS_THERE: &str = "the group is there";

/// Somebody in a group.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GroupMember {
    /// Who: a person or a machine.
    pub principal: Principal,
    /// Since when.
    pub since: Timestamp,
    /// The identity provider that alone they are in it by; nothing where somebody put them there by hand.
    pub through: Option<SsoProviderId>,
}

/// The step by which a provider takes a person into a group.
pub(crate) fn join_through(group: GroupId, user: UserId, provider: SsoProviderId, since: Timestamp) -> Step {
    Step::new(&JOIN_THROUGH, values![group, user, since, provider])
}

/// The step by which it takes them out, as far as they are in it by that provider.
pub(crate) fn leave_through(group: GroupId, user: UserId, provider: SsoProviderId) -> Step {
    Step::new(&LEAVE_THROUGH, values![group, user.to_string(), provider])
}

/// The step by which a group is no longer a provider's to give.
pub(crate) fn remove_through_from(provider: SsoProviderId, group: GroupId) -> Step {
    Step::new(&REMOVE_THROUGH_FROM, values![provider, group])
}

/// The groups of a store.
#[derive(Clone, Copy)]
pub struct Groups<'store>(&'store Store);

impl Store {
    /// Groups.
    pub fn groups(&self) -> Groups<'_> {
        Groups(self)
    }
}

impl Groups<'_> {
    /// Adds one; its slug is unique ([`SLUG_INDEX`]).
    pub async fn create(&self, group: &Group, event: &AuditEvent) -> Result<(), StoreError> {
        let values = values![
            group.id,
            group.organization,
            group.slug.as_str(),
            group.name.as_str(),
            group.created_at,
            group.updated_at,
        ];
        let transaction = Transaction::new().step(&INSERT, values).with(audit_events::insert(event));
        self.0.database().write(transaction).await.map(drop)
    }

    /// Changes one that was last changed at `since`.
    pub async fn update(&self, group: &Group, since: Timestamp, event: &AuditEvent) -> Result<(), StoreError> {
        let values = values![group.id, group.slug.as_str(), group.name.as_str(), group.updated_at, since];
        let transaction =
            Transaction::new().step(&UPDATE, values).expecting_one(UNCHANGED).with(audit_events::insert(event));
        self.0.database().write(transaction).await.map(drop)
    }

    /// Removes one as it was read, with what it gave and who was in it.
    pub async fn delete(&self, group: &Group, event: &AuditEvent) -> Result<(), StoreError> {
        let transaction = Transaction::new()
            .step(&memberships::DELETE_OF_PRINCIPAL, values![group.id.to_string()])
            .step(&DELETE_MEMBERS, values![group.id])
            .step(&DELETE, values![group.id, group.updated_at])
            .expecting_one(UNCHANGED)
            .with(audit_events::insert(event))
            .serial();
        self.0.database().write(transaction).await.map(drop)
    }

    /// One of the organization's.
    pub async fn get(&self, organization: OrganizationId, id: GroupId) -> Result<Option<Group>, StoreError> {
        self.0.database().read_one(&GET, values![id, organization]).await?.as_ref().map(group).transpose()
    }

    /// At most `limit` of the organization's, oldest first, after the one with id `after`.
    pub async fn page(
        &self,
        organization: OrganizationId,
        after: Option<GroupId>,
        limit: i64,
    ) -> Result<Vec<Group>, StoreError> {
        let after = after.map(|id| id.to_string()).unwrap_or_default();
        self.0.database().read(&PAGE, values![organization, after, limit]).await?.iter().map(group).collect()
    }

    /// Takes a person or machine in ([`MEMBER_INDEX`]).
    pub async fn add(&self, group: GroupId, member: &GroupMember, event: &AuditEvent) -> Result<(), StoreError> {
        let principal = &member.principal;
        let values = values![group, principal.kind(), principal.to_string(), member.since];
        let transaction = Transaction::new()
            .with(memberships::expect_principal(principal))
            .step(&ADD, values)
            .with(audit_events::insert(event))
            .serial();
        self.0.database().write(transaction).await.map(drop)
    }

    /// Takes a person or machine out.
    pub async fn remove(&self, group: GroupId, principal: &Principal, event: &AuditEvent) -> Result<(), StoreError> {
        let transaction = Transaction::new()
            .step(&IN_IT, values![group, principal.to_string()])
            .expecting_one(IS_IN_IT)
            .step(&REMOVE, values![group, principal.to_string()])
            .with(audit_events::insert(event))
            .serial();
        self.0.database().write(transaction).await.map(drop)
    }

    /// At most `limit` of those in a group, by id, after `after`.
    pub async fn members(
        &self,
        group: GroupId,
        after: Option<&Principal>,
        limit: i64,
    ) -> Result<Vec<GroupMember>, StoreError> {
        let after = after.map(ToString::to_string).unwrap_or_default();
        self.0.database().read(&MEMBERS, values![group, after, limit]).await?.iter().map(group_member).collect()
    }

    /// The groups that somebody is in, oldest first.
    pub async fn of_principal(&self, principal: &Principal) -> Result<Vec<Group>, StoreError> {
        self.0.database().read(&OF_PRINCIPAL, values![principal.to_string()]).await?.iter().map(group).collect()
    }

    /// The groups that a person is in by a provider.
    pub async fn through(&self, provider: SsoProviderId, user: UserId) -> Result<BTreeSet<GroupId>, StoreError> {
        let rows = self.0.database().read(&THROUGH, values![provider, user.to_string()]).await?;
        rows.iter().map(|row| row.parsed("group_id")).collect()
    }

    /// Everybody who is in a group by a provider, be it this group or any.
    pub async fn members_through(
        &self,
        provider: SsoProviderId,
        group: Option<GroupId>,
    ) -> Result<Vec<(GroupId, UserId)>, StoreError> {
        let rows = self.0.database().read(&MEMBERS_THROUGH, values![provider, group]).await?;
        rows.iter().map(|row| Ok((row.parsed("group_id")?, row.parsed("principal_id")?))).collect()
    }

    /// The projects in which a group gives something.
    pub async fn projects(&self, group: GroupId) -> Result<Vec<mayfly_domain::ids::ProjectId>, StoreError> {
        let rows = self.0.database().read(&PROJECTS, values![group.to_string()]).await?;
        rows.iter().map(|row| row.parsed("project_id")).collect()
    }
}

fn group(row: &Row) -> Result<Group, StoreError> {
    Ok(Group {
        id: row.parsed("id")?,
        organization: row.parsed("organization_id")?,
        slug: row.parsed("slug")?,
        name: row.parsed("name")?,
        created_at: row.timestamp("created_at")?,
        updated_at: row.timestamp("updated_at")?,
    })
}

fn group_member(row: &Row) -> Result<GroupMember, StoreError> {
    let principal = Principal::named(row.text("principal_kind")?, row.text("principal_id")?);
    Ok(GroupMember {
        principal: principal.ok_or_else(|| row.corrupt("principal_kind", "names nobody"))?,
        since: row.timestamp("created_at")?,
        through: if row.text("provider_id")?.is_empty() { None } else { Some(row.parsed("provider_id")?) },
    })
}
