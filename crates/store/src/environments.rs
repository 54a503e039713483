//! Environments of projects.

use mayfly_domain::{
    audit::AuditEvent,
    ids::{EnvironmentId, OrganizationId, ProjectId},
    project::{Environment, Folder, FolderPath},
};

use crate::{
    Store, StoreError, UNCHANGED, audit_events,
    dynamic_secrets::Removal,
    folders,
    moves::Judged,
    policies,
    row::Row,
    sql::statements,
    transaction::{Step, Transaction},
    value::values,
};

statements! {
    INSERT = "INSERT INTO environments (id, project_id, name, slug, position, created_at, updated_at)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";

    MAKE_ROOM = "UPDATE environments SET position = position + 1 WHERE project_id = ?1 AND position >= ?2 AND id <> ?3";

    UPDATE = "UPDATE environments SET name = ?2, slug = ?3, position = ?4, updated_at = ?5
        WHERE id = ?1 AND updated_at = ?6";

    DELETE = "DELETE FROM environments WHERE id = ?1";

    LIST = "SELECT * FROM environments WHERE project_id = ?1 ORDER BY position, id";

    GET = "SELECT environments.* FROM environments JOIN projects ON projects.id = environments.project_id
        WHERE environments.id = ?1 AND projects.organization_id = ?2";
}

/// The step that writes a new environment.
pub(crate) fn insert(environment: &Environment) -> Step {
    Step::new(
        &INSERT,
        values![
            environment.id,
            environment.project,
            environment.name.as_str(),
            environment.slug.as_str(),
            environment.position,
            environment.created_at,
            environment.updated_at,
        ],
    )
}

/// The steps that remove an environment and its folders, once its dynamic secrets are gone.
pub(crate) fn delete(id: EnvironmentId) -> [Step; 3] {
    let policy = Step::new(&policies::DELETE_OF_ENVIRONMENT, values![id]);
    [policy, folders::delete_all(id), Step::new(&DELETE, values![id])]
}

/// The environments of a store.
#[derive(Clone, Copy)]
pub struct Environments<'store>(&'store Store);

impl Store {
    /// Environments.
    pub fn environments(&self) -> Environments<'_> {
        Environments(self)
    }
}

impl Environments<'_> {
    /// Adds one with its root folder, at its place in the list. Its slug is unique in the project
    /// (`environments_slug`).
    pub async fn create(&self, environment: &Environment, root: &Folder, event: &AuditEvent) -> Result<(), StoreError> {
        let transaction = Transaction::new()
            .with(make_room(environment))
            .with(insert(environment))
            .with(folders::insert(root))
            .with(audit_events::insert(event));
        self.0.database().write(transaction).await.map(|_| ())
    }

    /// Changes one that was `old` before, and moves the others if it got another place. Fails with
    /// [`UNCHANGED`](crate::UNCHANGED) when what was judged is no longer so.
    pub async fn update(
        &self,
        environment: &Environment,
        old: &Environment,
        judged: &Judged,
        event: &AuditEvent,
    ) -> Result<(), StoreError> {
        let values = values![
            environment.id,
            environment.name.as_str(),
            environment.slug.as_str(),
            environment.position,
            environment.updated_at,
            old.updated_at,
        ];
        let has_moved = environment.position != old.position;
        let transaction = Transaction::new()
            .with_all(judged.holds(environment.id, &FolderPath::root()))
            .step(&UPDATE, values)
            .expecting_one(UNCHANGED)
            .with_all(has_moved.then(|| make_room(environment)))
            .with(audit_events::insert(event))
            .serial();
        self.0.database().write(transaction).await.map(|_| ())
    }

    /// Removes one with all that is in it. `removals` are its dynamic secrets; one that was added meanwhile makes this
    /// fail with [`StoreError::ForeignKey`].
    pub async fn delete(&self, id: EnvironmentId, removals: &[Removal], event: &AuditEvent) -> Result<(), StoreError> {
        let transaction = Transaction::new()
            .with_all(removals.iter().flat_map(Removal::steps))
            .with_all(delete(id))
            .expecting_one("the environment is still there")
            .with(audit_events::insert(event));
        self.0.database().write(transaction).await.map(|_| ())
    }

    /// Those of a project, in their order.
    pub async fn list(&self, project: ProjectId) -> Result<Vec<Environment>, StoreError> {
        self.0.database().read(&LIST, values![project]).await?.iter().map(environment).collect()
    }

    /// One of the organization's environments.
    pub async fn get(
        &self,
        organization: OrganizationId,
        id: EnvironmentId,
    ) -> Result<Option<Environment>, StoreError> {
        self.0.database().read_one(&GET, values![id, organization]).await?.as_ref().map(environment).transpose()
    }
}

fn make_room(environment: &Environment) -> Step {
    Step::new(&MAKE_ROOM, values![environment.project, environment.position, environment.id])
}

fn environment(row: &Row) -> Result<Environment, StoreError> {
    Ok(Environment {
        id: row.parsed("id")?,
        project: row.parsed("project_id")?,
        name: row.parsed("name")?,
        slug: row.parsed("slug")?,
        position: row.integer("position")?,
        created_at: row.timestamp("created_at")?,
        updated_at: row.timestamp("updated_at")?,
    })
}
