//! Memberships: what identities may do in a project.

use jiff::Timestamp;
use mayfly_domain::{
    access::role::ProjectRole,
    audit::AuditEvent,
    identity::Membership,
    ids::{IdentityId, MembershipId, OrganizationId, ProjectId},
};

use crate::{
    Store, StoreError, UNCHANGED, audit_events,
    row::Row,
    sql::statements,
    transaction::{Step, Transaction},
    value::{Value, values},
};

statements! {
    INSERT = "INSERT INTO memberships (id, project_id, identity_id, roles, created_at, updated_at)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6)";

    UPDATE = "UPDATE memberships SET roles = ?2, updated_at = ?3 WHERE id = ?1 AND updated_at = ?4";

    DELETE = "DELETE FROM memberships WHERE id = ?1 AND updated_at = ?2";

    GET = "SELECT * FROM memberships WHERE identity_id = ?1 AND project_id = ?2";

    GET_BY_ID = "SELECT memberships.* FROM memberships JOIN projects ON projects.id = memberships.project_id
        WHERE memberships.id = ?1 AND projects.organization_id = ?2";

    LIST = "SELECT * FROM memberships WHERE project_id = ?1 ORDER BY id LIMIT ?2 OFFSET ?3";

    COUNT = "SELECT CAST(COUNT(*) AS BIGINT) AS number FROM memberships WHERE project_id = ?1";
}

/// The step that writes a new membership.
pub(crate) fn insert(membership: &Membership) -> Step {
    Step::new(
        &INSERT,
        values![
            membership.id,
            membership.project,
            membership.identity,
            Value::json(&membership.roles),
            membership.created_at,
            membership.updated_at,
        ],
    )
}

/// The memberships of a store.
#[derive(Clone, Copy)]
pub struct Memberships<'store>(&'store Store);

impl Store {
    /// Memberships.
    pub fn memberships(&self) -> Memberships<'_> {
        Memberships(self)
    }
}

impl Memberships<'_> {
    /// Adds one; an identity has one at most in a project (`memberships_identity`).
    pub async fn create(&self, membership: &Membership, event: &AuditEvent) -> Result<(), StoreError> {
        let transaction = Transaction::new().with(insert(membership)).with(audit_events::insert(event));
        self.0.database().write(transaction).await.map(|_| ())
    }

    /// Changes the roles of one that was last changed at `since`.
    pub async fn update(
        &self,
        membership: &Membership,
        since: Timestamp,
        event: &AuditEvent,
    ) -> Result<(), StoreError> {
        let values = values![membership.id, Value::json(&membership.roles), membership.updated_at, since];
        let transaction =
            Transaction::new().step(&UPDATE, values).expecting_one(UNCHANGED).with(audit_events::insert(event));
        self.0.database().write(transaction).await.map(|_| ())
    }

    /// Removes one, as it was read.
    pub async fn delete(&self, membership: &Membership, event: &AuditEvent) -> Result<(), StoreError> {
        let transaction = Transaction::new()
            .step(&DELETE, values![membership.id, membership.updated_at])
            .expecting_one(UNCHANGED)
            .with(audit_events::insert(event));
        self.0.database().write(transaction).await.map(|_| ())
    }

    /// An identity's membership in a project.
    pub async fn get(&self, project: ProjectId, identity: IdentityId) -> Result<Option<Membership>, StoreError> {
        self.0.database().read_one(&GET, values![identity, project]).await?.as_ref().map(membership).transpose()
    }

    /// A membership in one of the organization's projects.
    pub async fn get_by_id(
        &self,
        organization: OrganizationId,
        id: MembershipId,
    ) -> Result<Option<Membership>, StoreError> {
        let row = self.0.database().read_one(&GET_BY_ID, values![id, organization]).await?;
        row.as_ref().map(membership).transpose()
    }

    /// A page of a project's memberships, oldest first.
    pub async fn list(&self, project: ProjectId, limit: i64, offset: i64) -> Result<Vec<Membership>, StoreError> {
        self.0.database().read(&LIST, values![project, limit, offset]).await?.iter().map(membership).collect()
    }

    /// How many there are in a project.
    pub async fn count(&self, project: ProjectId) -> Result<i64, StoreError> {
        let row = self.0.database().read_one(&COUNT, values![project]).await?;
        row.map_or(Ok(0), |row| row.integer("number"))
    }
}

fn membership(row: &Row) -> Result<Membership, StoreError> {
    Ok(Membership {
        id: row.parsed("id")?,
        identity: row.parsed("identity_id")?,
        project: row.parsed("project_id")?,
        roles: row.json::<Vec<ProjectRole>>("roles")?,
        created_at: row.timestamp("created_at")?,
        updated_at: row.timestamp("updated_at")?,
    })
}
