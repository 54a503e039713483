//! Roles that projects make for themselves.

use jiff::Timestamp;
use mayfly_domain::{
    audit::AuditEvent,
    custom_role::CustomRole,
    ids::{CustomRoleId, ProjectId},
    membership::Membership,
};

use crate::{
    Store, StoreError, UNCHANGED, audit_events,
    row::Row,
    sql::statements,
    transaction::{Step, Transaction},
    value::{Value, values},
};

statements! {
    INSERT = "INSERT INTO custom_roles (id, project_id, slug, name, description, rules, created_at, updated_at)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)";

    UPDATE = "UPDATE custom_roles SET slug = ?3, name = ?4, description = ?5, rules = ?6, updated_at = ?7
        WHERE id = ?1 AND project_id = ?2 AND updated_at = ?8";

    DELETE = "DELETE FROM custom_roles WHERE id = ?1 AND project_id = ?2 AND updated_at = ?3";

    pub(crate) DELETE_OF_PROJECT = "DELETE FROM custom_roles WHERE project_id = ?1";

    HOLDERS = "SELECT id FROM project_members WHERE project_id = ?1 AND roles LIKE ?2 ESCAPE '\\'";

    GET = "SELECT * FROM custom_roles WHERE id = ?1 AND project_id = ?2";

    LIST = "SELECT * FROM custom_roles WHERE project_id = ?1 ORDER BY slug";
}

/// The index that a second role of the same slug in a project hits.
pub const SLUG_INDEX: &str = "custom_roles_slug";
/// The guard's text when somebody holds the role.
pub const NOBODY_HOLDS_IT: &str = "nobody holds the role";
/// The guard's text when a role is gone.
pub const ROLE_IS_THERE: &str = "the role is there";

/// The steps that find every custom role of a membership in its project, or undo the whole transaction.
pub(crate) fn expect_all(membership: &Membership) -> impl Iterator<Item = Step> + '_ {
    let project = membership.project;
    membership.custom_roles().map(move |id| Step::new(&GET, values![id, project]).expecting_one(ROLE_IS_THERE))
}

/// The custom roles of a store.
#[derive(Clone, Copy)]
pub struct CustomRoles<'store>(&'store Store);

impl Store {
    /// Roles that projects made.
    pub fn custom_roles(&self) -> CustomRoles<'_> {
        CustomRoles(self)
    }
}

impl CustomRoles<'_> {
    /// Adds one; its slug is unique in its project ([`SLUG_INDEX`]).
    pub async fn create(&self, role: &CustomRole, event: &AuditEvent) -> Result<(), StoreError> {
        let values = values![
            role.id,
            role.project,
            role.slug.as_str(),
            role.name.as_str(),
            role.description.as_deref(),
            Value::json(&role.rules),
            role.created_at,
            role.updated_at,
        ];
        let transaction = Transaction::new().step(&INSERT, values).with(audit_events::insert(event));
        self.0.database().write(transaction).await.map(drop)
    }

    /// Changes one that was last changed at `since`.
    pub async fn update(&self, role: &CustomRole, since: Timestamp, event: &AuditEvent) -> Result<(), StoreError> {
        let values = values![
            role.id,
            role.project,
            role.slug.as_str(),
            role.name.as_str(),
            role.description.as_deref(),
            Value::json(&role.rules),
            role.updated_at,
            since,
        ];
        let transaction =
            Transaction::new().step(&UPDATE, values).expecting_one(UNCHANGED).with(audit_events::insert(event));
        self.0.database().write(transaction).await.map(drop)
    }

    /// Removes one that nobody holds, as it was read.
    pub async fn delete(&self, role: &CustomRole, event: &AuditEvent) -> Result<(), StoreError> {
        let transaction = Transaction::new()
            .step(&HOLDERS, values![role.project, held_as(role.id)])
            .expecting(0, NOBODY_HOLDS_IT)
            .step(&DELETE, values![role.id, role.project, role.updated_at])
            .expecting_one(UNCHANGED)
            .with(audit_events::insert(event))
            .serial();
        self.0.database().write(transaction).await.map(drop)
    }

    /// One of a project's.
    pub async fn get(&self, project: ProjectId, id: CustomRoleId) -> Result<Option<CustomRole>, StoreError> {
        self.0.database().read_one(&GET, values![id, project]).await?.as_ref().map(custom_role).transpose()
    }

    /// All of a project's, by slug; a project has few.
    pub async fn list(&self, project: ProjectId) -> Result<Vec<CustomRole>, StoreError> {
        self.0.database().read(&LIST, values![project]).await?.iter().map(custom_role).collect()
    }

    /// How many memberships of its project name a role.
    pub async fn count_holders(&self, project: ProjectId, id: CustomRoleId) -> Result<usize, StoreError> {
        Ok(self.0.database().read(&HOLDERS, values![project, held_as(id)]).await?.len())
    }
}

/// How the roles of a membership name `id`; an id holds no character that `LIKE` gives a meaning.
fn held_as(id: CustomRoleId) -> String {
    format!("%\"{id}\"%")
}

fn custom_role(row: &Row) -> Result<CustomRole, StoreError> {
    Ok(CustomRole {
        id: row.parsed("id")?,
        project: row.parsed("project_id")?,
        slug: row.parsed("slug")?,
        name: row.parsed("name")?,
        description: row.optional_text("description")?.map(str::to_owned),
        rules: row.json("rules")?,
        created_at: row.timestamp("created_at")?,
        updated_at: row.timestamp("updated_at")?,
    })
}
