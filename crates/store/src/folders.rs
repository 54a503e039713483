//! Folders. Each row has its whole path, so that finding one is a single look-up.

use mayfly_domain::{
    audit::AuditEvent,
    dynamic_secret::SecretPlace,
    ids::{EnvironmentId, FolderId, OrganizationId},
    project::{Folder, FolderPath},
    slug::EnvironmentSlug,
};

use crate::{
    Store, StoreError, UNCHANGED, audit_events,
    dynamic_secrets::Removal,
    moves::{self, Judged},
    row::Row,
    sql::statements,
    transaction::{Step, Transaction},
    value::values,
};

statements! {
    INSERT = "INSERT INTO folders (id, environment_id, parent_id, path, description, created_at, updated_at)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";

    // `?3` is the old path with a slash, and `?4` its length: a prefix, compared as text and never as a pattern.
    MOVE_BELOW = "UPDATE folders SET path = ?5 || substr(path, CAST(?4 AS INTEGER)), updated_at = ?2
        WHERE environment_id = ?1 AND substr(path, 1, CAST(?4 AS INTEGER)) = ?3";

    // A guard: paths are read before they are written, and somebody else may rename meanwhile.
    IS_AT = "SELECT id FROM folders WHERE id = ?1 AND path = ?2",
        // And stays there until the transaction ends.
        postgres "SELECT id FROM folders WHERE id = ?1 AND path = ?2 FOR UPDATE";

    // A guard: what is below a folder may be too deep for its new name.
    TOO_LONG_BELOW = "SELECT id FROM folders
        WHERE environment_id = ?1 AND substr(path, 1, CAST(?3 AS INTEGER)) = ?2 AND LENGTH(path) > ?4";

    UPDATE = "UPDATE folders SET path = ?2, description = ?3, updated_at = ?4 WHERE id = ?1 AND path = ?5";

    // Children before parents would need an order; one statement for all of them needs none.
    DELETE_BELOW = "DELETE FROM folders
        WHERE environment_id = ?1 AND (path = ?2 OR substr(path, 1, CAST(?4 AS INTEGER)) = ?3)";

    DELETE_ALL = "DELETE FROM folders WHERE environment_id = ?1";

    GET_BY_PATH = "SELECT * FROM folders WHERE environment_id = ?1 AND path = ?2";

    GET = "SELECT folders.* FROM folders
        JOIN environments ON environments.id = folders.environment_id
        JOIN projects ON projects.id = environments.project_id
        WHERE folders.id = ?1 AND projects.organization_id = ?2";

    LIST = "SELECT * FROM folders WHERE parent_id = ?1 ORDER BY path";

    LIST_BELOW = "SELECT * FROM folders
        WHERE environment_id = ?1 AND substr(path, 1, CAST(?3 AS INTEGER)) = ?2 AND path <> '/' ORDER BY path";
}

/// The step that writes a new folder.
pub(crate) fn insert(folder: &Folder) -> Step {
    Step::new(
        &INSERT,
        values![
            folder.id,
            folder.environment,
            folder.parent,
            folder.path.as_str(),
            folder.description.as_deref(),
            folder.created_at,
            folder.updated_at,
        ],
    )
}

/// The step that removes every folder of an environment, its root too.
pub(crate) fn delete_all(environment: EnvironmentId) -> Step {
    Step::new(&DELETE_ALL, values![environment])
}

/// The guard's text when a new name would make a path below the folder longer than [`FolderPath::LONGEST`].
pub const PATHS_FIT: &str = "the paths below the folder stay short enough";

/// The step that undoes everything unless the folder is still at `path`, where it then stays until the
/// transaction ends.
pub(crate) fn is_at(id: FolderId, path: &FolderPath) -> Step {
    Step::new(&IS_AT, values![id, path.as_str()]).expecting_one(UNCHANGED)
}

fn move_below(folder: &Folder, old_path: &FolderPath) -> [Step; 2] {
    let (below, length) = prefix(old_path);
    let characters = |path: &FolderPath| i64::try_from(path.as_str().len()).unwrap_or(i64::MAX);
    let longest = i64::try_from(FolderPath::LONGEST).unwrap_or(i64::MAX);
    let longest_before = longest - characters(&folder.path) + characters(old_path);
    let too_long = values![folder.environment, below.as_str(), length, longest_before];
    let moved = values![folder.environment, folder.updated_at, below, length, folder.path.as_str()];
    [Step::new(&TOO_LONG_BELOW, too_long).expecting(0, PATHS_FIT), Step::new(&MOVE_BELOW, moved)]
}

/// The folders of a store.
#[derive(Clone, Copy)]
pub struct Folders<'store>(&'store Store);

impl Store {
    /// Folders.
    pub fn folders(&self) -> Folders<'_> {
        Folders(self)
    }
}

impl Folders<'_> {
    /// Adds one, where the folder around it still is as it was read, in the environment called `slug`; a path is taken
    /// once in an environment (`folders_path`).
    pub async fn create(&self, folder: &Folder, slug: &EnvironmentSlug, event: &AuditEvent) -> Result<(), StoreError> {
        let around = folder.parent.zip(folder.path.parent());
        let transaction = Transaction::new()
            .with_all(around.map(|(id, path)| moves::lies_at(id, &path, slug)))
            .with(insert(folder))
            .with(audit_events::insert(event))
            .serial();
        self.0.database().write(transaction).await.map(|_| ())
    }

    /// Changes one that was called `old_path` when it was read, and the paths of all below it if it no longer is. Fails
    /// with [`UNCHANGED`](crate::UNCHANGED) when what was judged is no longer so.
    pub async fn update(
        &self,
        folder: &Folder,
        old_path: &FolderPath,
        judged: &Judged,
        event: &AuditEvent,
    ) -> Result<(), StoreError> {
        let update = values![
            folder.id,
            folder.path.as_str(),
            folder.description.as_deref(),
            folder.updated_at,
            old_path.as_str()
        ];
        let is_renamed = folder.path != *old_path;
        let transaction = Transaction::new()
            .with(is_at(folder.id, old_path))
            .with_all(judged.holds(folder.environment, old_path))
            .step(&UPDATE, update)
            .expecting_one(UNCHANGED)
            .with_all(is_renamed.then(|| move_below(folder, old_path)).into_iter().flatten())
            .with(audit_events::insert(event))
            .serial();
        self.0.database().write(transaction).await.map(|_| ())
    }

    /// Removes one with all that is in it. `removals` are the dynamic secrets in and below it; one that was added
    /// meanwhile makes this fail with [`StoreError::ForeignKey`].
    pub async fn delete(&self, folder: &Folder, removals: &[Removal], event: &AuditEvent) -> Result<(), StoreError> {
        let (below, length) = prefix(&folder.path);
        let transaction = Transaction::new()
            .with(is_at(folder.id, &folder.path))
            .with_all(removals.iter().flat_map(Removal::steps))
            .step(&DELETE_BELOW, values![folder.environment, folder.path.as_str(), below, length])
            .with(audit_events::insert(event));
        self.0.database().write(transaction).await.map(|_| ())
    }

    /// The folder at a path.
    pub async fn get_by_path(
        &self,
        environment: EnvironmentId,
        path: &FolderPath,
    ) -> Result<Option<Folder>, StoreError> {
        let row = self.0.database().read_one(&GET_BY_PATH, values![environment, path.as_str()]).await?;
        row.as_ref().map(folder).transpose()
    }

    /// One of the organization's folders.
    pub async fn get(&self, organization: OrganizationId, id: FolderId) -> Result<Option<Folder>, StoreError> {
        self.0.database().read_one(&GET, values![id, organization]).await?.as_ref().map(folder).transpose()
    }

    /// The folders directly in one, by name.
    pub async fn list(&self, parent: FolderId) -> Result<Vec<Folder>, StoreError> {
        self.0.database().read(&LIST, values![parent]).await?.iter().map(folder).collect()
    }

    /// Every folder below a path, by path.
    pub async fn list_below(&self, environment: EnvironmentId, path: &FolderPath) -> Result<Vec<Folder>, StoreError> {
        let (below, length) = prefix(path);
        self.0.database().read(&LIST_BELOW, values![environment, below, length]).await?.iter().map(folder).collect()
    }
}

/// What the paths below `path` begin with, and how many characters that is.
pub(crate) fn prefix(path: &FolderPath) -> (String, i64) {
    let below = if path.is_root() { "/".to_owned() } else { format!("{path}/") };
    let length = i64::try_from(below.len()).unwrap_or(i64::MAX);
    (below, length)
}

fn folder(row: &Row) -> Result<Folder, StoreError> {
    Ok(Folder {
        id: row.parsed("id")?,
        environment: row.parsed("environment_id")?,
        parent: row.optional_parsed("parent_id")?,
        path: path(row, "path")?,
        description: row.optional_text("description")?.map(str::to_owned),
        created_at: row.timestamp("created_at")?,
        updated_at: row.timestamp("updated_at")?,
    })
}

/// Where a dynamic secret lies, or a lease was issued from.
pub(crate) fn secret_place(row: &Row) -> Result<SecretPlace, StoreError> {
    Ok(SecretPlace {
        organization: row.parsed("organization_id")?,
        project: row.parsed("project_id")?,
        environment: row.parsed("environment_id")?,
        environment_slug: row.parsed("environment_slug")?,
        folder: row.parsed("folder_id")?,
        path: path(row, "folder_path")?,
    })
}

/// A stored path.
pub(crate) fn path(row: &Row, column: &str) -> Result<FolderPath, StoreError> {
    FolderPath::parse(row.text(column)?).map_err(|_| row.corrupt(column, "is not a path"))
}
