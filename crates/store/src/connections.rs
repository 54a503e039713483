//! Cluster connections and their sealed credentials.
//!
//! The credential is bound to where it may go: address, CA and verification are part of what seals it, so a row whose
//! address was changed behind our back opens to nothing.

pub(crate) mod sealed_columns;
mod users;

use std::collections::HashMap;

use jiff::Timestamp;
use mayfly_domain::{
    audit::AuditEvent,
    connection::{ClusterIdentity, Target, Via},
    dynamic_secret::{Connection, Credential},
    error::{ErrorClass, chain},
    ids::{ConnectionId, DynamicSecretId, OrganizationId, ProjectId},
    kubernetes_name::Namespace,
    renewal::TokenState,
    sensitive::Sensitive,
    shared_connection::{SharedWith, Sharing},
};

pub(crate) use self::users::using;
pub use self::users::{ConnectionUsers, UsingSecret};
use crate::{
    Store, StoreError, UNCHANGED, audit_events, keepers,
    row::Row,
    sealed::{Place, Scope, Sealed},
    sql::statements,
    transaction::{Step, Transaction},
    value::{Value, values},
};

statements! {
    INSERT = "INSERT INTO connections
        (id, organization_id, project_id, owner_id, version, address, sealed_credential, created_at, updated_at, cluster,
         name, projects, limits, clients, token_expires_at, renew_at, gateway_id, gateway_pool_id)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18)";

    UPDATE = "UPDATE connections
        SET version = version + 1, address = ?3, sealed_credential = ?4, updated_at = ?5, cluster = ?6,
            token_expires_at = ?7, renew_at = ?8, renewal_problem = NULL, gateway_id = ?9,
            gateway_pool_id = ?10
        WHERE id = ?1 AND version = ?2";

    UPDATE_SHARING = "UPDATE connections
        SET name = ?3, projects = ?4, limits = ?5, clients = ?6, updated_at = ?7, renew_at = ?8, renewal_problem = ?9
        WHERE id = ?1 AND updated_at = ?2 AND owner_id IS NULL";

    UPDATE_LIMITS = "UPDATE connections SET limits = ?3, updated_at = ?4
        WHERE id = ?1 AND updated_at = ?2 AND owner_id IS NULL";

    DUE_RENEWALS = "SELECT * FROM connections WHERE renew_at <= ?1 ORDER BY renew_at, id LIMIT ?2";

    CLAIM_RENEWAL = "UPDATE connections SET renew_at = ?4 WHERE id = ?1 AND version = ?2 AND renew_at = ?3";

    // To where it is already, it only holds on to it.
    MOVE_RENEWAL = "UPDATE connections SET renew_at = ?3 WHERE id = ?1 AND renew_at = ?2";

    PUT_RENEWAL_OFF = "UPDATE connections SET renew_at = ?4, renewal_problem = ?5
        WHERE id = ?1 AND version = ?2 AND renew_at = ?3";

    GET = "SELECT * FROM connections WHERE organization_id = ?1 AND id = ?2";

    PAGE = "SELECT * FROM connections WHERE organization_id = ?1 AND id > ?2 ORDER BY id LIMIT ?3";

    USING = "SELECT dynamic_secrets.id AS id, dynamic_secrets.name AS name, projects.slug AS project_slug,
            environments.slug AS environment_slug, folders.path AS folder_path
        FROM dynamic_secrets
        JOIN folders ON folders.id = dynamic_secrets.folder_id
        JOIN environments ON environments.id = folders.environment_id
        JOIN projects ON projects.id = environments.project_id
        WHERE dynamic_secrets.connection_id = ?1 AND dynamic_secrets.id > ?2
        ORDER BY dynamic_secrets.id LIMIT ?3";

    // Those whose end needs the connection.
    UNFINISHED = "SELECT lease_id AS id FROM lease_states
        WHERE lane = ?1 AND ends_when = 'deleted' AND ended_at IS NULL ORDER BY due_at, lease_id LIMIT ?2";

    INSERT_VERSION = "INSERT INTO connection_versions
        (connection_id, version, organization_id, project_id, address, sealed_credential, cluster, created_at, gateway_id,
         gateway_pool_id)
        SELECT id, version, organization_id, project_id, address, sealed_credential, cluster, updated_at, gateway_id,
            gateway_pool_id
        FROM connections WHERE id = ?1";

    VERSIONS = "SELECT * FROM connection_versions WHERE connection_id = ?1 ORDER BY version DESC";

    LIST = "SELECT * FROM connections ORDER BY id";

    // What is given out by them: a connection may have very many dynamic secrets, and is read once.
    CREDENTIALS = "SELECT connection_id AS id, credential FROM dynamic_secrets
        WHERE CAST(?1 AS TEXT) IS NULL OR connection_id = ?1 ORDER BY connection_id";

    // What no connection has and no lease needs any more.
    DELETE_SPENT = "DELETE FROM connection_versions
        WHERE NOT EXISTS (SELECT 1 FROM connections
                          WHERE connections.id = connection_versions.connection_id
                            AND (connections.version = connection_versions.version OR connections.updated_at > ?1))
          AND NOT EXISTS (SELECT 1 FROM lease_states
                          WHERE lane = connection_versions.connection_id AND ends_when = 'deleted' AND ended_at IS NULL)";

    // What a newer version of the same cluster stands in for, and no lease was issued with that is not over.
    DELETE_SUPERSEDED = "DELETE FROM connection_versions
        WHERE NOT EXISTS (SELECT 1 FROM connections
                          WHERE connections.id = connection_versions.connection_id
                            AND (connections.version = connection_versions.version OR connections.updated_at > ?1))
          AND EXISTS (SELECT 1 FROM connection_versions AS newer
                      WHERE newer.connection_id = connection_versions.connection_id
                        AND newer.version > connection_versions.version
                        AND newer.cluster = connection_versions.cluster)
          AND NOT EXISTS (SELECT 1 FROM lease_states
                          WHERE lane = connection_versions.connection_id AND ends_when = 'deleted' AND ended_at IS NULL
                            AND (SELECT connection_version FROM leases WHERE leases.id = lease_states.lease_id)
                                = connection_versions.version)";

    DELETE = "DELETE FROM connections WHERE id = ?1";
}

/// The steps that write a new connection: private to a project, or the organization's.
pub(crate) async fn insert(
    store: &Store,
    project: Option<ProjectId>,
    connection: &Connection,
    credential: &Sensitive<String>,
) -> Result<[Step; 2], StoreError> {
    let sealed = seal(store, scope(project), connection, credential).await?;
    let sharing = connection.sharing.as_ref();
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
        sharing.map(|sharing| sharing.name.as_str()),
        sharing.map(|sharing| Value::json(&sharing.projects)),
        sharing.map(|sharing| Value::json(&sharing.limits)),
        sharing.map(|sharing| Value::json(&sharing.clients)),
        connection.token.expires_at,
        connection.token.renew_at,
        connection.address.route.via().and_then(Via::gateway),
        connection.address.route.via().and_then(Via::pool),
    ];
    Ok([Step::new(&INSERT, values), Step::new(&INSERT_VERSION, values![connection.id])])
}

/// The steps that give a connection another address and credential.
pub(crate) async fn update(
    store: &Store,
    project: Option<ProjectId>,
    connection: &Connection,
    credential: &Sensitive<String>,
) -> Result<[Step; 2], StoreError> {
    let sealed = seal(store, scope(project), connection, credential).await?;
    let values = values![
        connection.id,
        connection.version,
        Value::json(&connection.address),
        sealed,
        connection.updated_at,
        connection.cluster.as_ref().map(Value::json),
        connection.token.expires_at,
        connection.token.renew_at,
        connection.address.route.via().and_then(Via::gateway),
        connection.address.route.via().and_then(Via::pool),
    ];
    let update = Step::new(&UPDATE, values).expecting_one("the connection was not changed by somebody else meanwhile");
    Ok([update, Step::new(&INSERT_VERSION, values![connection.id])])
}

/// The step that removes a connection.
pub(crate) fn delete(id: ConnectionId) -> Step {
    Step::new(&DELETE, values![id])
}

fn update_sharing(connection: &Connection, sharing: &Sharing, seen: Timestamp) -> Step {
    let values = values![
        connection.id,
        seen,
        sharing.name.as_str(),
        Value::json(&sharing.projects),
        Value::json(&sharing.limits),
        Value::json(&sharing.clients),
        connection.updated_at,
        connection.token.renew_at,
        connection.token.problem.as_deref(),
    ];
    Step::new(&UPDATE_SHARING, values).expecting_one(UNCHANGED)
}

/// The step that changes the limits of a connection that was last changed at `seen`.
pub(crate) fn change_limits(connection: &Connection, seen: Timestamp) -> Step {
    let limits = connection.sharing.as_ref().map(|sharing| Value::json(&sharing.limits));
    let values = values![connection.id, seen, limits, connection.updated_at];
    Step::new(&UPDATE_LIMITS, values).expecting_one(UNCHANGED)
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
        let credentials = self.0.database().read(&CREDENTIALS, values![None::<ConnectionId>]).await?;
        let mut given: HashMap<&str, &[Row]> = HashMap::new();
        for of_one in credentials.chunk_by(|one, next| one.text("id").ok() == next.text("id").ok()) {
            given.extend(of_one.first().and_then(|row| row.text("id").ok()).map(|id| (id, of_one)));
        }
        let mut used = Vec::with_capacity(rows.len());
        for row in &rows {
            let credentials = row.text("id").ok().and_then(|id| given.get(id)).copied().unwrap_or_default();
            used.push(self.read_used(row, credentials).await);
        }
        Ok(used)
    }

    /// One of an organization, as [`list`](Self::list) has it.
    pub async fn get_used(
        &self,
        organization: OrganizationId,
        id: ConnectionId,
    ) -> Result<Option<Result<UsedConnection, StoreError>>, StoreError> {
        let Some(row) = self.row(organization, id).await? else { return Ok(None) };
        let credentials = self.0.database().read(&CREDENTIALS, values![Some(id)]).await?;
        Ok(Some(self.read_used(&row, &credentials).await))
    }

    /// Adds one of the organization. Its name is unique there (`connections_name`).
    pub async fn create(
        &self,
        connection: &Connection,
        credential: &Sensitive<String>,
        event: &AuditEvent,
    ) -> Result<(), StoreError> {
        let steps = insert(self.0, None, connection, credential).await?;
        let transaction = Transaction::new()
            .with_all(steps)
            .with_all(keepers::note_by_connection(connection.id, event))
            .with(audit_events::insert(event));
        self.0.database().write(transaction).await.map(|_| ())
    }

    /// Changes one of the organization, last changed at `seen`. A credential comes with each new address. Fails with
    /// [`UNCHANGED`](crate::UNCHANGED) when somebody else changed it meanwhile.
    pub async fn update(
        &self,
        connection: &Connection,
        seen: Timestamp,
        credential: Option<&Sensitive<String>>,
        event: &AuditEvent,
    ) -> Result<(), StoreError> {
        let sharing = connection.sharing.iter().map(|sharing| update_sharing(connection, sharing, seen));
        let mut transaction = Transaction::new().with_all(sharing);
        if let Some(credential) = credential {
            transaction = transaction
                .with_all(update(self.0, None, connection, credential).await?)
                .with_all(keepers::note_by_connection(connection.id, event));
        }
        self.0.database().write(transaction.with(audit_events::insert(event))).await.map(|_| ())
    }

    /// Connections whose tokens are to be renewed, each with its opened credential. One that does not open hides no other, and
    /// is looked at again at `later`.
    pub async fn due_renewals(
        &self,
        (now, later): (Timestamp, Timestamp),
        limit: i64,
    ) -> Result<Vec<Result<(Connection, Target), StoreError>>, StoreError> {
        let rows = self.0.database().read(&DUE_RENEWALS, values![now, limit]).await?;
        let mut due = Vec::with_capacity(rows.len());
        for row in &rows {
            let opened = match connection(row) {
                Ok(connection) => self.opened(row, connection).await,
                Err(error) => Err(error),
            };
            if opened.is_err() {
                let skip = values![row.text("id")?, row.optional_timestamp("renew_at")?, later];
                self.0.database().write(Transaction::new().step(&MOVE_RENEWAL, skip)).await?;
            }
            due.push(opened);
        }
        Ok(due)
    }

    /// Keeps others from renewing the token of a connection until `until`; returns the connection as it is then. Fails with a
    /// guard when somebody was faster.
    pub async fn claim_renewal(&self, connection: &Connection, until: Timestamp) -> Result<Connection, StoreError> {
        let values = values![connection.id, connection.version, connection.token.renew_at, until];
        let step = Step::new(&CLAIM_RENEWAL, values).expecting_one("nobody else renews the token");
        self.0.database().write(Transaction::new().with(step)).await?;
        let token = TokenState { renew_at: Some(until), ..connection.token.clone() };
        Ok(Connection { token, ..connection.clone() })
    }

    /// Gives a connection that was `claimed` until then its new token. Fails with a guard when the claim does not stand any
    /// more: somebody else renews it, or somebody said that nobody should.
    pub async fn renew(
        &self,
        connection: &Connection,
        claimed: Option<Timestamp>,
        credential: &Sensitive<String>,
        event: &AuditEvent,
    ) -> Result<(), StoreError> {
        let claim =
            Step::new(&MOVE_RENEWAL, values![connection.id, claimed, claimed]).expecting_one("the claim stands");
        let steps = update(self.0, None, connection, credential).await?;
        let transaction = Transaction::new().with(claim).with_all(steps).with(audit_events::insert(event));
        self.0.database().write(transaction).await.map(|_| ())
    }

    /// Writes down that the token of a connection that was claimed could not be renewed, and when it is tried again.
    pub async fn put_renewal_off(
        &self,
        connection: &Connection,
        token: &TokenState,
        event: Option<&AuditEvent>,
    ) -> Result<(), StoreError> {
        let values = values![
            connection.id,
            connection.version,
            connection.token.renew_at,
            token.renew_at,
            token.problem.as_deref()
        ];
        let step = Step::new(&PUT_RENEWAL_OFF, values).expecting_one("nobody else renews the token");
        let transaction = Transaction::new().with(step).with_all(event.map(audit_events::insert));
        self.0.database().write(transaction).await.map(|_| ())
    }

    /// Removes one of the organization. A dynamic secret that is pointed at it keeps it (a foreign key), and so does a
    /// lease whose end needs it.
    pub async fn delete(&self, id: ConnectionId, event: &AuditEvent) -> Result<(), StoreError> {
        let transaction = Transaction::new()
            .step(&UNFINISHED, values![id, 1])
            .expecting(0, "no lease needs the connection any more")
            .with(delete(id).expecting_one("the connection is still there"))
            .with(keepers::forget_connection(id))
            .with(audit_events::insert(event));
        self.0.database().write(transaction).await.map(|_| ())
    }

    /// One of an organization, private ones included.
    pub async fn get(&self, organization: OrganizationId, id: ConnectionId) -> Result<Option<Connection>, StoreError> {
        self.row(organization, id).await?.as_ref().map(connection).transpose()
    }

    /// The same, with its opened credential.
    pub async fn get_with_target(
        &self,
        organization: OrganizationId,
        id: ConnectionId,
    ) -> Result<Option<(Connection, Target)>, StoreError> {
        let Some(row) = self.row(organization, id).await? else { return Ok(None) };
        self.opened(&row, connection(&row)?).await.map(Some)
    }

    /// At most `limit` connections of an organization, in the order of their making, after the one with id `after`.
    pub async fn page(
        &self,
        organization: OrganizationId,
        after: Option<ConnectionId>,
        limit: i64,
    ) -> Result<Vec<Connection>, StoreError> {
        let after = after.map(|id| id.to_string()).unwrap_or_default();
        let rows = self.0.database().read(&PAGE, values![organization, after, limit]).await?;
        rows.iter().map(connection).collect()
    }

    /// What keeps a connection: at most `limit` of each kind.
    pub async fn users(&self, id: ConnectionId, limit: i64) -> Result<ConnectionUsers, StoreError> {
        let leases = self.0.database().read(&UNFINISHED, values![id, limit]).await?;
        Ok(ConnectionUsers {
            secrets: self.secrets(id, None, limit).await?,
            leases: leases.iter().map(|row| row.parsed("id")).collect::<Result<_, _>>()?,
        })
    }

    /// The dynamic secrets that are pointed at a connection, oldest first: at most `limit`, only those after `after`.
    pub async fn secrets(
        &self,
        id: ConnectionId,
        after: Option<DynamicSecretId>,
        limit: i64,
    ) -> Result<Vec<UsingSecret>, StoreError> {
        let after = after.map(|id| id.to_string()).unwrap_or_default();
        self.0.database().read(&USING, values![id, after, limit]).await?.iter().map(using).collect()
    }

    async fn row(&self, organization: OrganizationId, id: ConnectionId) -> Result<Option<Row>, StoreError> {
        self.0.database().read_one(&GET, values![organization, id]).await
    }

    /// `connection`, which `row` has, with its opened credential.
    async fn opened(&self, row: &Row, connection: Connection) -> Result<(Connection, Target), StoreError> {
        let scope = scope(row.optional_parsed("project_id")?);
        let target = target(self.0, &connection, scope, row.bytes("sealed_credential")?).await?;
        Ok((connection, target))
    }

    /// The connection of `row`, with what the dynamic secrets that are pointed at it give out.
    async fn read_used(&self, row: &Row, credentials: &[Row]) -> Result<UsedConnection, StoreError> {
        let (connection, target) = self.opened(row, connection(row)?).await?;
        let mut namespaces: Vec<Namespace> = Vec::new();
        for row in credentials {
            namespaces.extend(row.json::<Credential>("credential")?.namespaces().iter().cloned());
        }
        namespaces.sort();
        namespaces.dedup();
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
        let (connection, target) = self.opened(row, version(row)?).await?;
        Ok(PinnedTarget { cluster: connection.cluster, target })
    }

    /// Forgets versions that no connection has and no lease needs any more; says how many. Of a connection that changed
    /// after `before` none is: a lease may be on its way that was prepared with an older one.
    pub async fn delete_spent(&self, before: Timestamp) -> Result<u64, StoreError> {
        let transaction =
            Transaction::new().step(&DELETE_SPENT, values![before]).step(&DELETE_SUPERSEDED, values![before]);
        Ok(self.0.database().write(transaction).await?.iter().map(|outcome| outcome.changed).sum())
    }
}

fn connection(row: &Row) -> Result<Connection, StoreError> {
    Ok(Connection {
        id: row.parsed("id")?,
        organization: row.parsed("organization_id")?,
        owner: row.optional_parsed("owner_id")?,
        sharing: sharing(row, ["name", "projects", "limits", "clients"])?,
        version: row.integer("version")?,
        address: row.json("address")?,
        cluster: row.optional_json("cluster")?,
        token: TokenState {
            expires_at: row.optional_timestamp("token_expires_at")?,
            renew_at: row.optional_timestamp("renew_at")?,
            problem: row.optional_text("renewal_problem")?.map(str::to_owned),
        },
        created_at: row.timestamp("created_at")?,
        updated_at: row.timestamp("updated_at")?,
    })
}

/// What a connection has that is nobody's own, from these columns of a row.
pub(crate) fn sharing(row: &Row, columns: [&str; 4]) -> Result<Option<Sharing>, StoreError> {
    let [name, projects, limits, clients] = columns;
    let Some(name) = row.optional_parsed(name)? else { return Ok(None) };
    Ok(Some(Sharing {
        name,
        projects: row.optional_json(projects)?.unwrap_or(SharedWith::Named(Vec::new())),
        limits: row.optional_json(limits)?.unwrap_or_default(),
        clients: row.optional_json(clients)?.unwrap_or_default(),
    }))
}

fn version(row: &Row) -> Result<Connection, StoreError> {
    let created_at = row.timestamp("created_at")?;
    Ok(Connection {
        id: row.parsed("connection_id")?,
        organization: row.parsed("organization_id")?,
        owner: None,
        sharing: None,
        version: row.integer("version")?,
        address: row.json("address")?,
        cluster: row.optional_json("cluster")?,
        token: TokenState::default(),
        created_at,
        updated_at: created_at,
    })
}

async fn seal(
    store: &Store,
    scope: Scope,
    connection: &Connection,
    credential: &Sensitive<String>,
) -> Result<Sealed, StoreError> {
    store.seal(&place(connection, scope), credential.expose().as_bytes()).await
}

fn place(connection: &Connection, scope: Scope) -> Place {
    let address = &connection.address;
    let bound_to = address.bind_text();
    Place::new("connections", "sealed_credential", connection.id, scope).bound_to(bound_to)
}
