//! Cluster connections and their sealed credentials.
//!
//! The credential is bound to where it may go: address, CA and verification are part of what seals it, so a row whose
//! address was changed behind our back opens to nothing.

use jiff::Timestamp;
use mayfly_domain::{
    connection::{ClusterIdentity, Target},
    dynamic_secret::{Connection, Credential},
    error::{ErrorClass, chain},
    ids::{ConnectionId, DynamicSecretId, OrganizationId, ProjectId},
    kubernetes_name::Namespace,
    sensitive::Sensitive,
};

use crate::{
    Store, StoreError,
    row::Row,
    sealed::{Place, Scope},
    sql::statements,
    transaction::{Step, Transaction},
    value::{Value, values},
};

statements! {
    INSERT = "INSERT INTO connections
        (id, organization_id, project_id, owner_id, version, address, sealed_credential, created_at, updated_at, cluster)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)";

    UPDATE = "UPDATE connections
        SET version = version + 1, address = ?3, sealed_credential = ?4, updated_at = ?5, cluster = ?6
        WHERE id = ?1 AND version = ?2";

    INSERT_VERSION = "INSERT INTO connection_versions
        (connection_id, version, organization_id, project_id, address, sealed_credential, cluster, created_at)
        SELECT id, version, organization_id, project_id, address, sealed_credential, cluster, updated_at
        FROM connections WHERE id = ?1";

    VERSIONS = "SELECT * FROM connection_versions WHERE connection_id = ?1 ORDER BY version DESC";

    LIST = "SELECT connections.*, dynamic_secrets.credential AS credential
        FROM connections LEFT JOIN dynamic_secrets ON dynamic_secrets.id = connections.owner_id
        ORDER BY connections.id";

    // What no connection has and no lease needs any more.
    DELETE_SPENT = "DELETE FROM connection_versions
        WHERE NOT EXISTS (SELECT 1 FROM connections
                          WHERE connections.id = connection_versions.connection_id
                            AND (connections.version = connection_versions.version OR connections.updated_at > ?1))
          AND NOT EXISTS (SELECT 1 FROM lease_states
                          WHERE lane = connection_versions.connection_id AND ends_when = 'deleted' AND ended_at IS NULL)";

    DELETE = "DELETE FROM connections WHERE id = ?1";
}

/// The steps that write a new private connection of a project.
pub(crate) async fn insert(
    store: &Store,
    project: ProjectId,
    connection: &Connection,
    credential: &Sensitive<String>,
) -> Result<[Step; 2], StoreError> {
    let sealed = seal(store, Scope::Project(project), connection, credential).await?;
    let values = values![
        connection.id,
        connection.organization,
        project,
        connection.owner,
        connection.version,
        Value::json(&connection.address),
        sealed,
        connection.created_at,
        connection.updated_at,
        connection.cluster.as_ref().map(Value::json),
    ];
    Ok([Step::new(&INSERT, values), Step::new(&INSERT_VERSION, values![connection.id])])
}

/// The steps that give a private connection of a project another address and credential.
pub(crate) async fn update(
    store: &Store,
    project: ProjectId,
    connection: &Connection,
    credential: &Sensitive<String>,
) -> Result<[Step; 2], StoreError> {
    let sealed = seal(store, Scope::Project(project), connection, credential).await?;
    let values = values![
        connection.id,
        connection.version,
        Value::json(&connection.address),
        sealed,
        connection.updated_at,
        connection.cluster.as_ref().map(Value::json),
    ];
    let update = Step::new(&UPDATE, values).expecting_one("the connection was not changed by somebody else meanwhile");
    Ok([update, Step::new(&INSERT_VERSION, values![connection.id])])
}

/// The step that removes a connection.
pub(crate) fn delete(id: ConnectionId) -> Step {
    Step::new(&DELETE, values![id])
}

/// Whose key seals the credential of a connection.
pub(crate) fn scope(project: Option<ProjectId>) -> Scope {
    project.map_or(Scope::Organization, Scope::Project)
}

/// What is needed to speak to the API server, credential included.
pub(crate) async fn target(
    store: &Store,
    connection: &Connection,
    scope: Scope,
    sealed: &[u8],
) -> Result<Target, StoreError> {
    let place = place(connection, scope);
    let opened = store.unseal(&place, sealed).await?;
    let credential = std::str::from_utf8(opened.expose()).map_err(|_| place.refused("is not text"))?;
    Ok(connection.target(Sensitive::from(credential)))
}

/// A version of a connection, which may be gone itself.
#[derive(Clone, Debug)]
pub struct PinnedTarget {
    /// Which cluster was there when the version was tested.
    pub cluster: Option<ClusterIdentity>,
    /// How to speak to it.
    pub target: Target,
}

/// A connection, and where leases of it make objects.
#[derive(Clone, Debug)]
pub struct UsedConnection {
    /// Id.
    pub id: ConnectionId,
    /// Whose it is.
    pub organization: OrganizationId,
    /// Which cluster was there when it was tested.
    pub cluster: Option<ClusterIdentity>,
    /// How to speak to it.
    pub target: Target,
    /// The dynamic secret that it goes with.
    pub owner: Option<DynamicSecretId>,
    /// The namespaces that leases may be for.
    pub namespaces: Vec<Namespace>,
}

/// The connections of a store.
#[derive(Clone, Copy)]
pub struct Connections<'store>(&'store Store);

impl Store {
    /// Cluster connections.
    pub fn connections(&self) -> Connections<'_> {
        Connections(self)
    }
}

impl Connections<'_> {
    /// Every connection there is. One that cannot be read stands for itself, and hides no other.
    pub async fn list(&self) -> Result<Vec<Result<UsedConnection, StoreError>>, StoreError> {
        let rows = self.0.database().read(&LIST, values![]).await?;
        let mut used = Vec::with_capacity(rows.len());
        for row in &rows {
            used.push(self.used(row).await);
        }
        Ok(used)
    }

    async fn used(&self, row: &Row) -> Result<UsedConnection, StoreError> {
        let connection = Connection {
            id: row.parsed("id")?,
            organization: row.parsed("organization_id")?,
            owner: row.optional_parsed("owner_id")?,
            version: row.integer("version")?,
            address: row.json("address")?,
            cluster: row.optional_json("cluster")?,
            created_at: row.timestamp("created_at")?,
            updated_at: row.timestamp("updated_at")?,
        };
        let scope = scope(row.optional_parsed("project_id")?);
        let target = target(self.0, &connection, scope, row.bytes("sealed_credential")?).await?;
        let credential: Option<Credential> = row.optional_json("credential")?;
        let namespaces = credential.map(|credential| credential.namespaces().to_vec()).unwrap_or_default();
        let Connection { id, organization, cluster, owner, .. } = connection;
        Ok(UsedConnection { id, organization, cluster, target, owner, namespaces })
    }

    /// Every version of a connection that is kept, newest first. One that was spoiled or tampered with is told to the log
    /// and hides no other; it is the answer where there is no other.
    pub async fn versions(&self, id: ConnectionId) -> Result<Vec<PinnedTarget>, StoreError> {
        let rows = self.0.database().read(&VERSIONS, values![id]).await?;
        let (mut versions, mut spoiled) = (Vec::with_capacity(rows.len()), None);
        for row in &rows {
            match self.pinned(row).await {
                Ok(version) => versions.push(version),
                Err(error) if error.class() == ErrorClass::Bug => {
                    tracing::error!(error = %chain(&error), "a version of a connection does not open and is left out");
                    spoiled = spoiled.or(Some(error));
                }
                Err(error) => return Err(error),
            }
        }
        spoiled.filter(|_| versions.is_empty()).map_or(Ok(versions), Err)
    }

    async fn pinned(&self, row: &Row) -> Result<PinnedTarget, StoreError> {
        let connection = version(row)?;
        let scope = scope(row.optional_parsed("project_id")?);
        let target = target(self.0, &connection, scope, row.bytes("sealed_credential")?).await?;
        Ok(PinnedTarget { cluster: connection.cluster, target })
    }

    /// Forgets versions that no connection has and no lease needs any more; says how many. Of a connection that changed
    /// after `before` none is: a lease may be on its way that was prepared with an older one.
    pub async fn delete_spent(&self, before: Timestamp) -> Result<u64, StoreError> {
        let outcomes = self.0.database().write(Transaction::new().step(&DELETE_SPENT, values![before])).await?;
        Ok(outcomes.first().map_or(0, |outcome| outcome.changed))
    }
}

fn version(row: &Row) -> Result<Connection, StoreError> {
    let created_at = row.timestamp("created_at")?;
    Ok(Connection {
        id: row.parsed("connection_id")?,
        organization: row.parsed("organization_id")?,
        owner: None,
        version: row.integer("version")?,
        address: row.json("address")?,
        cluster: row.optional_json("cluster")?,
        created_at,
        updated_at: created_at,
    })
}

async fn seal(
    store: &Store,
    scope: Scope,
    connection: &Connection,
    credential: &Sensitive<String>,
) -> Result<Vec<u8>, StoreError> {
    store.seal(&place(connection, scope), credential.expose().as_bytes()).await
}

fn place(connection: &Connection, scope: Scope) -> Place {
    let address = &connection.address;
    let bound_to = Target::bind_text(&address.url, address.ca_bundle(), address.verification());
    Place::new("connections", "sealed_credential", connection.id, scope).bound_to(bound_to)
}
