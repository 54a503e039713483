//! Memberships: what people, machines and groups may do in a project.

use jiff::Timestamp;
use mayfly_domain::{
    access::held::{HeldRole, RoleName},
    audit::AuditEvent,
    ids::{MembershipId, OrganizationId, ProjectId},
    membership::{AssignedRole, Membership, Principal},
};

use crate::{
    Store, StoreError, UNCHANGED, audit_events, custom_roles,
    row::Row,
    sql::statements,
    transaction::{Step, Transaction},
    value::{Value, values},
};

statements! {
    INSERT = "INSERT INTO project_members (id, project_id, principal_kind, principal_id, roles, created_at, updated_at)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";

    UPDATE = "UPDATE project_members SET roles = ?2, updated_at = ?3 WHERE id = ?1 AND updated_at = ?4";

    DELETE = "DELETE FROM project_members WHERE id = ?1 AND updated_at = ?2";

    pub(crate) DELETE_OF_PRINCIPAL = "DELETE FROM project_members WHERE principal_id = ?1";

    pub(crate) DELETE_OF_PROJECT = "DELETE FROM project_members WHERE project_id = ?1";

    // Whoever is to be given something has to be there, as what they are said to be.
    PRINCIPAL = "SELECT id FROM identities WHERE id = ?1 AND CAST(?2 AS TEXT) = 'identity'
        UNION ALL SELECT id FROM users WHERE id = ?1 AND CAST(?2 AS TEXT) = 'user'
        UNION ALL SELECT id FROM member_groups WHERE id = ?1 AND CAST(?2 AS TEXT) = 'group'";

    GET = "SELECT * FROM project_members WHERE principal_id = ?1 AND project_id = ?2";

    GET_BY_ID = "SELECT project_members.* FROM project_members JOIN projects ON projects.id = project_members.project_id
        WHERE project_members.id = ?1 AND projects.organization_id = ?2";

    LIST = "SELECT * FROM project_members WHERE project_id = ?1 AND principal_kind = ?2 ORDER BY id LIMIT ?3 OFFSET ?4";

    ALL = "SELECT * FROM project_members WHERE project_id = ?1 ORDER BY id";

    COUNT = "SELECT CAST(COUNT(*) AS BIGINT) AS number FROM project_members WHERE project_id = ?1 AND principal_kind = ?2";

    // One's own, and those of the groups that one is in. Who is disabled has none.
    HELD = "SELECT * FROM project_members
        WHERE project_id = ?1
          AND (principal_id = ?2 OR principal_id IN (SELECT group_id FROM group_members WHERE principal_id = ?2))
          AND NOT EXISTS (SELECT 1 FROM identities WHERE id = ?2 AND is_disabled = TRUE)
          AND NOT EXISTS (SELECT 1 FROM users WHERE id = ?2 AND is_disabled = TRUE)
        ORDER BY id";
}

/// The index that a second membership of the same principal in a project hits.
pub const PRINCIPAL_INDEX: &str = "project_members_principal";
/// The guard's text when whoever is to be given something is gone.
pub const PRINCIPAL_IS_THERE: &str = "whoever is to be given something is there";

/// The step that writes a new membership.
pub(crate) fn insert(membership: &Membership) -> Step {
    Step::new(
        &INSERT,
        values![
            membership.id,
            membership.project,
            membership.principal.kind(),
            membership.principal.to_string(),
            Value::json(&membership.roles),
            membership.created_at,
            membership.updated_at,
        ],
    )
}

/// The step that finds whoever is to be given something, or undoes the whole transaction.
pub(crate) fn expect_principal(principal: &Principal) -> Step {
    Step::new(&PRINCIPAL, values![principal.to_string(), principal.kind()]).expecting_one(PRINCIPAL_IS_THERE)
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
    /// Adds one; a principal has one at most in a project ([`PRINCIPAL_INDEX`]).
    pub async fn create(&self, membership: &Membership, event: &AuditEvent) -> Result<(), StoreError> {
        let transaction = Transaction::new()
            .with(expect_principal(&membership.principal))
            .with_all(custom_roles::expect_all(membership))
            .with(insert(membership))
            .with(audit_events::insert(event))
            .serial();
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
        let transaction = Transaction::new()
            .with_all(custom_roles::expect_all(membership))
            .step(&UPDATE, values)
            .expecting_one(UNCHANGED)
            .with(audit_events::insert(event))
            .serial();
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

    /// What a principal was given in a project itself.
    pub async fn get(&self, project: ProjectId, principal: Principal) -> Result<Option<Membership>, StoreError> {
        let row = self.0.database().read_one(&GET, values![principal.to_string(), project]).await?;
        row.as_ref().map(membership).transpose()
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

    /// A page of a project's memberships of one kind ([`Principal::kind`]), oldest first.
    pub async fn list(
        &self,
        project: ProjectId,
        kind: &'static str,
        limit: i64,
        offset: i64,
    ) -> Result<Vec<Membership>, StoreError> {
        let values = values![project, kind, limit, offset];
        self.0.database().read(&LIST, values).await?.iter().map(membership).collect()
    }

    /// All memberships of a project, oldest first.
    pub async fn all(&self, project: ProjectId) -> Result<Vec<Membership>, StoreError> {
        self.0.database().read(&ALL, values![project]).await?.iter().map(membership).collect()
    }

    /// How many there are of one kind in a project.
    pub async fn count(&self, project: ProjectId, kind: &'static str) -> Result<i64, StoreError> {
        let row = self.0.database().read_one(&COUNT, values![project, kind]).await?;
        row.map_or(Ok(0), |row| row.integer("number"))
    }

    /// All roles that a person or machine holds in a project, through groups too, whether they count now or not. `None` for
    /// somebody who is no member, or disabled.
    pub async fn held(&self, project: ProjectId, principal: Principal) -> Result<Option<Vec<HeldRole>>, StoreError> {
        let rows = self.0.database().read(&HELD, values![project, principal.to_string()]).await?;
        let memberships: Vec<Membership> = rows.iter().map(membership).collect::<Result<_, _>>()?;
        if memberships.is_empty() {
            return Ok(None);
        }
        self.resolve(project, &memberships).await.map(Some)
    }

    /// The roles of `memberships` of a project, with what they say.
    pub async fn resolve(&self, project: ProjectId, memberships: &[Membership]) -> Result<Vec<HeldRole>, StoreError> {
        let any_custom = memberships.iter().any(|membership| membership.custom_roles().next().is_some());
        let customs = if any_custom { self.0.custom_roles().list(project).await? } else { Vec::new() };
        let mut held = Vec::new();
        for membership in memberships {
            let through = match membership.principal {
                Principal::Group(group) => Some(group),
                Principal::Identity(_) | Principal::User(_) => None,
            };
            for AssignedRole { role, temporary } in &membership.roles {
                let span = temporary.as_ref().map(mayfly_domain::membership::Temporary::span);
                let (slug, rules) = match role {
                    RoleName::BuiltIn(role) => (role.slug().to_owned(), role.rules().into()),
                    RoleName::Custom(id) => match customs.iter().find(|custom| custom.id == *id) {
                        Some(custom) => (custom.slug.to_string(), custom.rules.as_slice().into()),
                        // Removed since the membership was read: it gives nothing.
                        None => continue,
                    },
                };
                held.push(HeldRole { name: *role, slug, rules, through, span });
            }
        }
        Ok(held)
    }
}

fn membership(row: &Row) -> Result<Membership, StoreError> {
    let principal = Principal::named(row.text("principal_kind")?, row.text("principal_id")?);
    Ok(Membership {
        id: row.parsed("id")?,
        principal: principal.ok_or_else(|| row.corrupt("principal_kind", "names nobody"))?,
        project: row.parsed("project_id")?,
        roles: row.json("roles")?,
        created_at: row.timestamp("created_at")?,
        updated_at: row.timestamp("updated_at")?,
    })
}
