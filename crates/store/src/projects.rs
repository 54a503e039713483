//! Projects.

use jiff::Timestamp;
use mayfly_domain::{
    audit::AuditEvent,
    clock::Ambient,
    ids::{OrganizationId, ProjectId},
    membership::{Membership, Principal},
    project::{Folder, Project},
    slug::ProjectSlug,
};

use crate::{
    Store, StoreError, UNCHANGED, audit_events, custom_roles, dynamic_secrets::Removal, environments, folders,
    memberships, row::Row, sealed::Scope, sql::statements, transaction::Transaction, value::values,
};

statements! {
    INSERT = "INSERT INTO projects
        (id, organization_id, name, slug, description, has_delete_protection, created_at, updated_at)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)";

    UPDATE = "UPDATE projects
        SET name = ?2, slug = ?3, description = ?4, has_delete_protection = ?5, updated_at = ?6
        WHERE id = ?1 AND updated_at = ?7";

    DELETE = "DELETE FROM projects WHERE id = ?1 AND has_delete_protection = FALSE";

    GET = "SELECT * FROM projects WHERE id = ?1 AND organization_id = ?2";

    GET_BY_SLUG = "SELECT * FROM projects WHERE slug = ?1 AND organization_id = ?2";

    LIST_OF_PRINCIPAL = "SELECT * FROM projects
        WHERE organization_id = ?2 AND id IN (SELECT project_id FROM project_members
            WHERE principal_id = ?1
               OR principal_id IN (SELECT group_id FROM group_members WHERE principal_id = ?1))
        ORDER BY LOWER(name), id";
}

/// The guard's text when a project is protected, or gone.
pub const NOT_PROTECTED: &str = "the project is there and not protected from deletion";

/// A project that is to be made.
#[derive(Debug)]
pub struct NewProject<'a> {
    /// The project, with its environments.
    pub project: &'a Project,
    /// The root folder of each environment.
    pub roots: &'a [Folder],
    /// Its maker's membership.
    pub membership: Option<&'a Membership>,
}

/// The projects of a store.
#[derive(Clone, Copy)]
pub struct Projects<'store>(&'store Store);

impl Store {
    /// Projects.
    pub fn projects(&self) -> Projects<'_> {
        Projects(self)
    }
}

impl Projects<'_> {
    /// Adds one with all that belongs to it: environments, their root folders, its maker's membership and the key that
    /// seals its secrets. Its slug is unique (`projects_slug`).
    pub async fn create(&self, new: &NewProject<'_>, ambient: &Ambient, event: &AuditEvent) -> Result<(), StoreError> {
        let project = new.project;
        let values = values![
            project.id,
            project.organization,
            project.name.as_str(),
            project.slug.as_str(),
            project.description.as_deref(),
            project.has_delete_protection,
            project.created_at,
            project.updated_at,
        ];
        let key = self.0.keyring().new_data_key(self.0.database(), Scope::Project(project.id), ambient).await?;
        let transaction = Transaction::new()
            .step(&INSERT, values)
            .with(key)
            .with_all(project.environments.iter().map(environments::insert))
            .with_all(new.roots.iter().map(folders::insert))
            .with_all(new.membership.map(memberships::insert))
            .with(audit_events::insert(event));
        self.0.database().write(transaction).await.map(|_| ())
    }

    /// Changes the own fields of one that was last changed at `since`.
    pub async fn update(&self, project: &Project, since: Timestamp, event: &AuditEvent) -> Result<(), StoreError> {
        let values = values![
            project.id,
            project.name.as_str(),
            project.slug.as_str(),
            project.description.as_deref(),
            project.has_delete_protection,
            project.updated_at,
            since,
        ];
        let transaction =
            Transaction::new().step(&UPDATE, values).expecting_one(UNCHANGED).with(audit_events::insert(event));
        self.0.database().write(transaction).await.map(|_| ())
    }

    /// Removes one with all that is in it. `removals` are its dynamic secrets; one that was added meanwhile makes this
    /// fail with [`StoreError::ForeignKey`].
    pub async fn delete(&self, project: &Project, removals: &[Removal], event: &AuditEvent) -> Result<(), StoreError> {
        let environments = project.environments.iter().flat_map(|environment| environments::delete(environment.id));
        let transaction = Transaction::new()
            .with_all(removals.iter().flat_map(Removal::steps))
            .with_all(environments)
            .step(&memberships::DELETE_OF_PROJECT, values![project.id])
            .step(&custom_roles::DELETE_OF_PROJECT, values![project.id])
            .step(&DELETE, values![project.id])
            .expecting_one(NOT_PROTECTED)
            .with(audit_events::insert(event));
        self.0.database().write(transaction).await.map(|_| ())
    }

    /// One of the organization's projects, with its environments.
    pub async fn get(&self, organization: OrganizationId, id: ProjectId) -> Result<Option<Project>, StoreError> {
        let row = self.0.database().read_one(&GET, values![id, organization]).await?;
        self.with_environments(row.as_ref()).await
    }

    /// One of them, by its slug.
    pub async fn get_by_slug(
        &self,
        organization: OrganizationId,
        slug: &ProjectSlug,
    ) -> Result<Option<Project>, StoreError> {
        let row = self.0.database().read_one(&GET_BY_SLUG, values![slug.as_str(), organization]).await?;
        self.with_environments(row.as_ref()).await
    }

    /// The id behind a slug: all that the hot path needs.
    pub async fn id_by_slug(
        &self,
        organization: OrganizationId,
        slug: &ProjectSlug,
    ) -> Result<Option<ProjectId>, StoreError> {
        let row = self.0.database().read_one(&GET_BY_SLUG, values![slug.as_str(), organization]).await?;
        row.map(|row| row.parsed("id")).transpose()
    }

    /// Those somebody is a member of, themselves or through a group, by name.
    pub async fn list_of_principal(
        &self,
        organization: OrganizationId,
        principal: Principal,
    ) -> Result<Vec<Project>, StoreError> {
        let rows = self.0.database().read(&LIST_OF_PRINCIPAL, values![principal.to_string(), organization]).await?;
        let mut projects = Vec::with_capacity(rows.len());
        for row in &rows {
            projects.extend(self.with_environments(Some(row)).await?);
        }
        Ok(projects)
    }

    async fn with_environments(&self, row: Option<&Row>) -> Result<Option<Project>, StoreError> {
        let Some(row) = row else { return Ok(None) };
        let id = row.parsed("id")?;
        Ok(Some(Project {
            id,
            organization: row.parsed("organization_id")?,
            name: row.parsed("name")?,
            slug: row.parsed("slug")?,
            description: row.optional_text("description")?.map(str::to_owned),
            has_delete_protection: row.boolean("has_delete_protection")?,
            environments: self.0.environments().list(id).await?,
            created_at: row.timestamp("created_at")?,
            updated_at: row.timestamp("updated_at")?,
        }))
    }
}
