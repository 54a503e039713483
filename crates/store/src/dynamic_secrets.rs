//! Dynamic secrets, each with its cluster connection.

use std::collections::{BTreeMap, BTreeSet};

use mayfly_domain::{
    audit::AuditEvent,
    connection::Target,
    dynamic_secret::{Connection, DynamicSecret},
    identity::MetadataEntry,
    ids::{ConnectionId, DynamicSecretId, EnvironmentId, FolderId, ProjectId},
    name_template::NameTemplate,
    project::FolderPath,
    renewal::TokenState,
    sensitive::Sensitive,
    slug::{DynamicSecretName, EnvironmentSlug},
};

use crate::{
    Store, StoreError, UNCHANGED, audit_events, connections, folders, leases,
    row::Row,
    sql::statements,
    transaction::{Step, Transaction},
    value::{Value, values},
};

/// The columns of a dynamic secret with its place and its connection.
macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT dynamic_secrets.*, projects.organization_id AS organization_id, projects.id AS project_id,
                environments.id AS environment_id, environments.slug AS environment_slug, folders.path AS folder_path,
                connections.owner_id AS connection_owner_id, connections.version AS connection_version,
                connections.address AS connection_address, connections.cluster AS connection_cluster,
                connections.project_id AS connection_project_id,
                connections.sealed_credential AS connection_sealed_credential,
                connections.name AS connection_name, connections.projects AS connection_projects,
                connections.limits AS connection_limits, connections.clients AS connection_clients,
                connections.created_at AS connection_created_at, connections.updated_at AS connection_updated_at
            FROM dynamic_secrets
            JOIN folders ON folders.id = dynamic_secrets.folder_id
            JOIN environments ON environments.id = folders.environment_id
            JOIN projects ON projects.id = environments.project_id
            JOIN connections ON connections.id = dynamic_secrets.connection_id ",
            $rest
        )
    };
}

statements! {
    INSERT = "INSERT INTO dynamic_secrets
        (id, folder_id, name, version, default_ttl, max_ttl, connection_id, credential, audiences, metadata, created_at,
         updated_at, username_template)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)";

    UPDATE = "UPDATE dynamic_secrets
        SET name = ?3, version = version + 1, default_ttl = ?4, max_ttl = ?5, credential = ?6, audiences = ?7,
            metadata = ?8, updated_at = ?9, username_template = ?10, connection_id = ?11
        WHERE id = ?1 AND version = ?2";

    // Of what was reserved before, nothing becomes a lease any more, where none may be left of the old kind.
    RAISE_FLOOR = "UPDATE dynamic_secrets SET leases_from_version = version WHERE id = ?1";

    DELETE = "DELETE FROM dynamic_secrets WHERE id = ?1";

    GET_BY_ADDRESS = select!(
        "WHERE projects.id = ?1 AND environments.slug = ?2 AND folders.path = ?3 AND dynamic_secrets.name = ?4"
    );

    GET_BY_ID = select!("WHERE projects.id = ?1 AND dynamic_secrets.id = ?2");

    // Few ids in one text: a read for each of them would be as many round trips.
    LABELS = "SELECT dynamic_secrets.id AS id, dynamic_secrets.metadata AS metadata FROM dynamic_secrets
        JOIN folders ON folders.id = dynamic_secrets.folder_id
        JOIN environments ON environments.id = folders.environment_id
        WHERE environments.project_id = ?1 AND CAST(?2 AS TEXT) LIKE '%' || dynamic_secrets.id || '%'";

    LIST = select!("WHERE dynamic_secrets.folder_id = ?1 ORDER BY dynamic_secrets.name");

    LIST_BELOW = select!(
        "WHERE folders.environment_id = ?1 AND (folders.path = ?2 OR substr(folders.path, 1, CAST(?4 AS INTEGER)) = ?3)
         ORDER BY dynamic_secrets.id"
    );
}

/// Where a dynamic secret is, as callers write it.
#[derive(Clone, Debug)]
pub struct SecretAddress<'a> {
    /// The project.
    pub project: ProjectId,
    /// The environment's slug.
    pub environment: &'a EnvironmentSlug,
    /// The folder.
    pub path: &'a FolderPath,
}

/// What becomes of the leases of a dynamic secret that goes or changes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LeasesThen {
    /// They end now: what was made for them is removed, and the rest is closed.
    #[default]
    End,
    /// They go on until their time is up.
    RunOut,
    /// There must be none that is live, or nothing happens.
    Refuse,
}

impl LeasesThen {
    /// As requests and events say it.
    pub const fn word(self) -> &'static str {
        match self {
            Self::End => "end",
            Self::RunOut => "run-out",
            Self::Refuse => "refuse",
        }
    }

    /// Does with the leases of `secret` as was chosen, in a transaction whose `event` is the reason.
    fn steps(self, secret: DynamicSecretId, event: &AuditEvent) -> Vec<Step> {
        match self {
            Self::End => leases::close_all(secret, event).into(),
            Self::RunOut => Vec::new(),
            Self::Refuse => vec![leases::expect_none_live(secret, HAS_NO_LIVE_LEASES)],
        }
    }
}

/// The guard's text when a dynamic secret has live leases and must not go or change with them.
pub const HAS_NO_LIVE_LEASES: &str = "the dynamic secret has no live leases";

/// A dynamic secret that is to go, with its event.
#[derive(Debug)]
pub struct Removal {
    /// Which.
    pub id: DynamicSecretId,
    /// Its private connection, which goes with it.
    pub connection: Option<ConnectionId>,
    /// What becomes of its leases.
    pub leases: LeasesThen,
    /// What the audit log tells of it.
    pub event: AuditEvent,
}

impl Removal {
    /// Removes it, does with its leases as was chosen, and writes the events. The secret goes first: who activates a lease holds on to it,
    /// so what is activated is seen by the next statement, and nothing is activated any more.
    pub(crate) fn steps(&self) -> Vec<Step> {
        let mut steps = vec![Step::new(&DELETE, values![self.id]).expecting_one("the dynamic secret is still there")];
        steps.extend(self.leases.steps(self.id, &self.event));
        steps.extend(self.connection.map(connections::delete));
        steps.push(audit_events::insert(&self.event));
        steps
    }
}

/// What a change of a dynamic secret does to its connection.
#[derive(Debug)]
pub enum ConnectionChange<'a> {
    /// Nothing.
    None,
    /// A new credential, and perhaps a new address with it.
    Replace(&'a Sensitive<String>),
    /// It is pointed at another one, and the private one that it had goes.
    Leave(Option<ConnectionId>),
}

/// The dynamic secrets of a store.
#[derive(Clone, Copy)]
pub struct DynamicSecrets<'store>(&'store Store);

impl Store {
    /// Dynamic secrets.
    pub fn dynamic_secrets(&self) -> DynamicSecrets<'_> {
        DynamicSecrets(self)
    }
}

impl DynamicSecrets<'_> {
    /// Adds one with its private connection, whose credential this is, or pointed at one of the organization. Its name is
    /// unique in its folder (`dynamic_secrets_name`).
    pub async fn create(
        &self,
        secret: &DynamicSecret,
        credential: Option<&Sensitive<String>>,
        event: &AuditEvent,
    ) -> Result<(), StoreError> {
        let connection = match credential {
            Some(credential) => {
                Some(connections::insert(self.0, Some(secret.place.project), &secret.connection, credential).await?)
            }
            None => None,
        };
        let transaction = Transaction::new()
            .with_all(connection.into_iter().flatten())
            .with(insert(secret))
            .with(audit_events::insert(event));
        self.0.database().write(transaction).await.map(|_| ())
    }

    /// Changes one, and does with its leases as was chosen. `secret` has the version it was read with; fails with
    /// [`UNCHANGED`](crate::UNCHANGED) when that is no longer so.
    pub async fn update(
        &self,
        secret: &DynamicSecret,
        change: &ConnectionChange<'_>,
        leases: LeasesThen,
        event: &AuditEvent,
    ) -> Result<(), StoreError> {
        let values = values![
            secret.id,
            secret.version,
            secret.name.as_str(),
            secret.default_ttl.as_str(),
            secret.max_ttl.as_ref().map(mayfly_domain::ttl::Ttl::as_str),
            Value::json(&secret.credential),
            Value::json(&secret.audiences),
            Value::json(&secret.metadata),
            secret.updated_at,
            secret.username_template.as_ref().map(NameTemplate::as_str),
            secret.connection.id,
        ];
        let connection = match change {
            ConnectionChange::None => Vec::new(),
            ConnectionChange::Replace(credential) => {
                connections::update(self.0, Some(secret.place.project), &secret.connection, credential).await?.into()
            }
            ConnectionChange::Leave(old) => old.map(connections::delete).into_iter().collect(),
        };
        let floor = (leases != LeasesThen::RunOut).then(|| Step::new(&RAISE_FLOOR, values![secret.id]));
        let transaction = Transaction::new()
            .step(&UPDATE, values)
            .expecting_one(UNCHANGED)
            .with_all(floor)
            .with_all(leases.steps(secret.id, event))
            .with_all(connection)
            .with(audit_events::insert(event));
        self.0.database().write(transaction).await.map(|_| ())
    }

    /// Removes one; its leases become what `removal` says.
    pub async fn delete(&self, removal: &Removal) -> Result<(), StoreError> {
        let transaction = Transaction::new().with_all(removal.steps());
        self.0.database().write(transaction).await.map(|_| ())
    }

    /// The one called `name`.
    pub async fn get(
        &self,
        address: &SecretAddress<'_>,
        name: &DynamicSecretName,
    ) -> Result<Option<DynamicSecret>, StoreError> {
        self.row(address, name).await?.as_ref().map(dynamic_secret).transpose()
    }

    /// The one with this id, if it is one of `project`.
    pub async fn get_by_id(
        &self,
        project: ProjectId,
        id: DynamicSecretId,
    ) -> Result<Option<DynamicSecret>, StoreError> {
        self.0.database().read_one(&GET_BY_ID, values![project, id]).await?.as_ref().map(dynamic_secret).transpose()
    }

    /// The labels of those of a project that are there, of `ids`.
    pub async fn labels(
        &self,
        project: ProjectId,
        ids: &BTreeSet<DynamicSecretId>,
    ) -> Result<BTreeMap<DynamicSecretId, Vec<MetadataEntry>>, StoreError> {
        let ids: Vec<String> = ids.iter().map(ToString::to_string).collect();
        let rows = self.0.database().read(&LABELS, values![project, ids.join(",")]).await?;
        rows.iter().map(|row| Ok((row.parsed("id")?, row.json("metadata")?))).collect()
    }

    /// The one called `name`, with the opened credential of its connection.
    pub async fn get_with_target(
        &self,
        address: &SecretAddress<'_>,
        name: &DynamicSecretName,
    ) -> Result<Option<(DynamicSecret, Target)>, StoreError> {
        let Some(row) = self.row(address, name).await? else { return Ok(None) };
        let secret = dynamic_secret(&row)?;
        let sealed = row.bytes("connection_sealed_credential")?;
        let scope = connections::scope(row.optional_parsed("connection_project_id")?);
        let target = connections::target(self.0, &secret.connection, scope, sealed).await?;
        Ok(Some((secret, target)))
    }

    /// Those in a folder, by name.
    pub async fn list(&self, folder: FolderId) -> Result<Vec<DynamicSecret>, StoreError> {
        self.0.database().read(&LIST, values![folder]).await?.iter().map(dynamic_secret).collect()
    }

    /// Those in a folder and below it.
    pub async fn list_below(
        &self,
        environment: EnvironmentId,
        path: &FolderPath,
    ) -> Result<Vec<DynamicSecret>, StoreError> {
        let (below, length) = folders::prefix(path);
        let values = values![environment, path.as_str(), below, length];
        self.0.database().read(&LIST_BELOW, values).await?.iter().map(dynamic_secret).collect()
    }

    async fn row(&self, address: &SecretAddress<'_>, name: &DynamicSecretName) -> Result<Option<Row>, StoreError> {
        let values = values![address.project, address.environment.as_str(), address.path.as_str(), name.as_str()];
        self.0.database().read_one(&GET_BY_ADDRESS, values).await
    }
}

fn insert(secret: &DynamicSecret) -> Step {
    Step::new(
        &INSERT,
        values![
            secret.id,
            secret.place.folder,
            secret.name.as_str(),
            secret.version,
            secret.default_ttl.as_str(),
            secret.max_ttl.as_ref().map(mayfly_domain::ttl::Ttl::as_str),
            secret.connection.id,
            Value::json(&secret.credential),
            Value::json(&secret.audiences),
            Value::json(&secret.metadata),
            secret.created_at,
            secret.updated_at,
            secret.username_template.as_ref().map(NameTemplate::as_str),
        ],
    )
}

fn dynamic_secret(row: &Row) -> Result<DynamicSecret, StoreError> {
    Ok(DynamicSecret {
        id: row.parsed("id")?,
        place: folders::secret_place(row)?,
        name: row.parsed("name")?,
        version: row.integer("version")?,
        default_ttl: row.parsed("default_ttl")?,
        max_ttl: row.optional_parsed("max_ttl")?,
        connection: connection(row)?,
        credential: row.json("credential")?,
        username_template: row.optional_parsed("username_template")?,
        audiences: row.json("audiences")?,
        metadata: row.json("metadata")?,
        created_at: row.timestamp("created_at")?,
        updated_at: row.timestamp("updated_at")?,
    })
}

fn connection(row: &Row) -> Result<Connection, StoreError> {
    Ok(Connection {
        id: row.parsed("connection_id")?,
        organization: row.parsed("organization_id")?,
        owner: row.optional_parsed("connection_owner_id")?,
        sharing: connections::sharing(
            row,
            ["connection_name", "connection_projects", "connection_limits", "connection_clients"],
        )?,
        version: row.integer("connection_version")?,
        address: row.json("connection_address")?,
        cluster: row.optional_json("connection_cluster")?,
        token: TokenState::default(),
        created_at: row.timestamp("connection_created_at")?,
        updated_at: row.timestamp("connection_updated_at")?,
    })
}
